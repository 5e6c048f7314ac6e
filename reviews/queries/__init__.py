"""Reads of the pool, of an expert's own reviews, of results, and of funding plans."""
