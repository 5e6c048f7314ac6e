"""Writes of the acceptance. Each locks the project, asks again when, changes, tells people, and is audited last."""

from acceptance.actions.conclusion import content_hash, decide_conclusion, propose_conclusion
from acceptance.actions.notice import send_notice
from acceptance.actions.opinions import file_opinion, record_public_result

__all__ = [
    "content_hash",
    "decide_conclusion",
    "file_opinion",
    "propose_conclusion",
    "record_public_result",
    "send_notice",
]
