"""For each clause and question of the built-in policies: a dossier, facts and a stage that it alone objects to."""

from tests.programs.cases import anso, cast, joint, most, nsfc
from tests.programs.cases.anso import CONFERENCE
from tests.programs.cases.base import GOOD, Case, facts_for, good_for
from tests.programs.cases.joint import CALL_2021, JOINT
from tests.programs.cases.most import AGREEMENT, INTERGOV, INTERGOV_2021

__all__ = [
    "AGREEMENT",
    "CALL_2021",
    "CASES",
    "CONFERENCE",
    "GOOD",
    "INTERGOV",
    "INTERGOV_2021",
    "JOINT",
    "Case",
    "facts_for",
    "good_for",
]

CASES = [*joint.CASES, *anso.CASES, *most.CASES, *cast.CASES, *nsfc.CASES]
