"""Writes to projects. Each locks the row, asks again who and when, changes, tells people, and is audited last."""

from projects.actions.batches import confirm_batch, pause_batch, resume_batch, work_off
from projects.actions.book import save_book, scale_book, start_project, submit_book
from projects.actions.opinions import assign_finance_expert, give_opinion
from projects.actions.signing import sign_book

__all__ = [
    "assign_finance_expert",
    "confirm_batch",
    "give_opinion",
    "pause_batch",
    "resume_batch",
    "save_book",
    "scale_book",
    "sign_book",
    "start_project",
    "submit_book",
    "work_off",
]
