"""Experts, conflicts of interest, assignment, scores, funding plans."""
