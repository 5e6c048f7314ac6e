"""Who did what, when, from which state to which, and why: one append-only hash chain per tenant."""
