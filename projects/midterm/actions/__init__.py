"""Writes of mid-term evaluation. Each locks the project, asks again when, changes, tells people, is audited last."""

from projects.midterm.actions.concluding import content_hash, decide, propose
from projects.midterm.actions.filing import file_opinion
from projects.midterm.actions.notifying import draw_sample, issue_notice, notify_inspection

__all__ = [
    "content_hash",
    "decide",
    "draw_sample",
    "file_opinion",
    "issue_notice",
    "notify_inspection",
    "propose",
]
