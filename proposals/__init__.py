"""Drafts, frozen versions, endorsement, preliminary check."""
