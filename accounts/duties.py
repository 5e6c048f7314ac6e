"""Which roles one person can't hold together with the same funder: whoever proposes does not approve, whoever chooses
experts is none of them, nobody signs for two parties."""

from collections.abc import Iterable

from accounts.enums import STAFF_ROLES, Role
from core.errors import Obstacle

# One of the first with one of the second: article, and why.
SEPARATIONS: tuple[tuple[frozenset[Role], frozenset[Role], str, str, str], ...] = (
    (
        frozenset({Role.DIRECTOR}),
        frozenset({Role.SECRETARY, Role.FINANCE}),
        "A23",
        "资助方案由秘书处提出、执行主任审批，提出与审批不能是同一人。",
        "The secretariat proposes the funding plan and the executive director approves it: they are two people.",
    ),
    (
        frozenset({Role.HOST}),
        frozenset({Role.SECRETARY, Role.DIRECTOR}),
        "A26",
        "项目书由四方分别签署，同一人不能代表挂靠单位和秘书处两方。",
        "Four parties sign the project book: nobody signs for the host institution and for the secretariat.",
    ),
    (
        frozenset({Role.REVIEWER, Role.FINANCE_EXPERT}),
        STAFF_ROLES,
        "A16",
        "评审专家由资助机构人员遴选，其意见须独立作出，工作人员不能同时担任评审专家。",
        "The funder's staff choose the experts, who judge independently of them: staff are not experts as well.",
    ),
)


def incompatible(role: str, held: Iterable[str]) -> list[Obstacle]:
    """Why somebody who holds the roles `held` with a funder can't be given `role` there too; empty where they can."""
    found = []
    for first, second, article, zh, en in SEPARATIONS:
        for one, other in ((first, second), (second, first)):
            if role in one and (clash := [each for each in held if each in other]):
                found.append(
                    Obstacle(f"separate-{clash[0]}", zh, en, article=article, field="role", who_can_clear="admin")
                )
    return found
