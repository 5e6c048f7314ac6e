"""Writes to proposals. Each locks the row, asks again who and when, changes, tells people, and is audited last."""

from proposals.actions.checking import decide_check
from proposals.actions.drafting import (
    allow_co_writer,
    attach_file,
    create_draft,
    forbid_co_writer,
    remove_attachment,
    save_draft,
)
from proposals.actions.endorsing import endorse, request_endorsement, return_to_pi, take_back, withdraw
from proposals.actions.papers import issue_version_pdf

__all__ = [
    "allow_co_writer",
    "attach_file",
    "create_draft",
    "decide_check",
    "endorse",
    "forbid_co_writer",
    "issue_version_pdf",
    "remove_attachment",
    "request_endorsement",
    "return_to_pi",
    "save_draft",
    "take_back",
    "withdraw",
]
