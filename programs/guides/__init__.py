"""Yearly guides: drafted, commented on, approved, published, corrected or withdrawn in the open (A6 A7 A9 A12)."""
