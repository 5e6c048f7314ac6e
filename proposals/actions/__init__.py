"""Writes to proposals. Each locks the row, asks again who and when, changes, tells people, and is audited last."""

from proposals.actions.batches import confirm_endorsements, work_off
from proposals.actions.checking import decide_check
from proposals.actions.drafting import (
    attach_file,
    beyond,
    create_draft,
    remove_attachment,
    save_draft,
)
from proposals.actions.endorsing import endorse, return_to_pi
from proposals.actions.handing_in import request_endorsement, take_back, withdraw
from proposals.actions.inviting import answer_invitation, change_extent, end_invitation, forbid_co_writer, invite
from proposals.actions.papers import issue_version_pdf
from proposals.actions.partnering import (
    ask_partner,
    attach_to_part,
    confirm_part,
    detach_from_part,
    open_part,
    revoke_partner_link,
    save_part,
)
from proposals.actions.recommending import record_recommender, remove_recommender
from proposals.actions.scans import file_scan, file_version_scan
from proposals.actions.summing_up import issue_summary

__all__ = [
    "answer_invitation",
    "ask_partner",
    "attach_file",
    "attach_to_part",
    "beyond",
    "change_extent",
    "confirm_endorsements",
    "confirm_part",
    "create_draft",
    "decide_check",
    "detach_from_part",
    "end_invitation",
    "endorse",
    "file_scan",
    "file_version_scan",
    "forbid_co_writer",
    "invite",
    "issue_summary",
    "issue_version_pdf",
    "open_part",
    "record_recommender",
    "remove_attachment",
    "remove_recommender",
    "request_endorsement",
    "return_to_pi",
    "revoke_partner_link",
    "save_draft",
    "save_part",
    "take_back",
    "withdraw",
    "work_off",
]
