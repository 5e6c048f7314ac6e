"""Reads of who belongs where."""
