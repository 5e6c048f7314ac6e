"""Acceptance at the term's end: notice, opinions, conclusion, closing."""
