"""Personal grants on a proposal, kept by django-guardian in a table with a direct foreign key.

The one place where their codenames stand; `Proposal.Meta.permissions` declares them."""

CO_WRITE = "co_write"
"""May read and write the draft, not hand it in."""
