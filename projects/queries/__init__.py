"""Reads of projects, their books, signatures and signing batches."""

from projects.queries.batches import batch_progress, get_batch, left_behind
from projects.queries.books import (
    approved_dossier,
    book_dossier,
    book_findings,
    dossier_of_round,
    finance_candidates,
    latest_round,
    may_be_submitted,
    rounds_of,
)
from projects.queries.signing import (
    Waiting,
    next_signatory,
    policy_of,
    signers_of,
    staff_side_parties,
    tray,
    waiting_for_signature,
)
from projects.queries.visible import book_pdf, get_visible, history, judged_by, visible_to

__all__ = [
    "Waiting",
    "approved_dossier",
    "batch_progress",
    "book_dossier",
    "book_findings",
    "book_pdf",
    "dossier_of_round",
    "finance_candidates",
    "get_batch",
    "get_visible",
    "history",
    "judged_by",
    "latest_round",
    "left_behind",
    "may_be_submitted",
    "next_signatory",
    "policy_of",
    "rounds_of",
    "signers_of",
    "staff_side_parties",
    "tray",
    "visible_to",
    "waiting_for_signature",
]
