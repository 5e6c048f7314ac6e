"""Reads of proposals: who sees which, what they contain, what stands in their way, and lists of them."""

from proposals.queries.content import (
    attachments_of,
    dossier_of_version,
    draft_dossier,
    facts_for,
    findings,
    handed_in_before,
    latest_version,
    office_comments,
    problem_findings,
)
from proposals.queries.impartiality import impartial, is_impartial, without_conflict
from proposals.queries.visibility import Access, access_of, calls_by_proposals, get_visible, judged_by, visible_to

__all__ = [
    "Access",
    "access_of",
    "attachments_of",
    "calls_by_proposals",
    "dossier_of_version",
    "draft_dossier",
    "facts_for",
    "findings",
    "get_visible",
    "handed_in_before",
    "impartial",
    "is_impartial",
    "judged_by",
    "latest_version",
    "office_comments",
    "problem_findings",
    "visible_to",
    "without_conflict",
]
