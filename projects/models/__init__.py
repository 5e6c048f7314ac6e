"""Projects, rounds of their books with opinions, signatures, signing batches; mid-term evaluations."""

from projects.models.books import (
    BookOpinion,
    BookRound,
    Project,
    ProjectTerm,
    Signature,
    SigningBatch,
    SigningItem,
)
from projects.models.judgement import FiledOpinion, ProposedConclusion
from projects.models.midterm import MidTerm, MidTermConclusion, MidTermDraw, MidTermOpinion

__all__ = [
    "BookOpinion",
    "BookRound",
    "FiledOpinion",
    "MidTerm",
    "MidTermConclusion",
    "MidTermDraw",
    "MidTermOpinion",
    "Project",
    "ProjectTerm",
    "ProposedConclusion",
    "Signature",
    "SigningBatch",
    "SigningItem",
]
