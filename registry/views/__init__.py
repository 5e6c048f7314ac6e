"""Pages about who belongs where."""
