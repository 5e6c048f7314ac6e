"""Writes of review and planning. Each locks, asks again who and when, changes, tells people, and is audited last."""

from budgets.actions import LineOpinion
from reviews.actions.assigning import (
    REVIEWABLE,
    assign,
    assign_many,
    find_conflicts,
    record_conflict,
    release,
    remind_now,
    reopen,
)
from reviews.actions.deciding import decide_plan
from reviews.actions.experts import add_expert, invite_again, update_expert
from reviews.actions.panels import RECORDABLE, Meeting, Minutes, record_panel
from reviews.actions.planning import (
    comment_plan,
    hand_in_plan,
    put_line,
    remove_line,
    revise_plan,
    start_plan,
)
from reviews.actions.responding import accept, declare_conflict, decline
from reviews.actions.reviewing import save_review, submit_review

__all__ = [
    "RECORDABLE",
    "REVIEWABLE",
    "LineOpinion",
    "Meeting",
    "Minutes",
    "accept",
    "add_expert",
    "assign",
    "assign_many",
    "comment_plan",
    "decide_plan",
    "declare_conflict",
    "decline",
    "find_conflicts",
    "hand_in_plan",
    "invite_again",
    "put_line",
    "record_conflict",
    "record_panel",
    "release",
    "remind_now",
    "remove_line",
    "reopen",
    "revise_plan",
    "save_review",
    "start_plan",
    "submit_review",
    "update_expert",
]
