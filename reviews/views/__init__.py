"""Pages of review and planning: fetch and authorise, one action or query, render."""
