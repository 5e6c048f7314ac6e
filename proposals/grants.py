"""Personal grants on a proposal, kept by django-guardian in a table with a direct foreign key.

The one place where their codenames stand; `Proposal.Meta.permissions` declares them. Nobody holds two on one proposal,
and none lets its holder hand in or invite others."""

CO_READ = "co_read"
"""May read the draft."""
CO_BUDGET = "co_budget"
"""May read the draft and write its budget."""
CO_WRITE = "co_write"
"""May read and write the draft."""
GRANTS = (CO_READ, CO_BUDGET, CO_WRITE)
