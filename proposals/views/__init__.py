"""Pages of proposals, the drafting pages apart."""
