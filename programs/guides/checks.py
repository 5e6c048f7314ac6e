"""What keeps a consultation, a decision or a change of a yearly guide from going on (A9 A12)."""

from datetime import datetime, timedelta

from accounts.enums import Role
from accounts.models import User
from accounts.queries import people_with
from core import clock
from core.errors import Obstacle
from programs.models import Guide

MOST_COMMENT = 5000


def consultation_problems(row: Guide, people: dict[int, User], until: datetime) -> list[Obstacle]:
    """Nobody asked, somebody who is no strategy expert, or a day that is past or far."""
    found = []
    if not people:
        found.append(
            guide_obstacle("nobody", "请至少邀请一位战略专家。", "Invite at least one strategy expert.", "experts")
        )
    strategists = set(people_with(row.tenant, Role.STRATEGIST).values_list("pk", flat=True))
    if set(people) - strategists:
        zh, en = "只能邀请本资助方的战略专家。", "Only strategy experts of this funder are invited."
        found.append(guide_obstacle("not_a_strategist", zh, en, "experts"))
    now = clock.now()
    if not now < until <= now + timedelta(days=366):
        zh, en = "截止日期须在今后一年之内。", "It must end within the next year."
        found.append(guide_obstacle("until", zh, en, "last_day"))
    return found


def decision_problems(row: Guide, by: User, approve: bool, comment: str, sha256: str) -> list[Obstacle]:
    """The preparer deciding, another content than was put forward, or giving back without a word."""
    found = []
    if row.submitted_by_id == by.pk:
        zh, en = "提交人不能审批自己提交的指南。", "Who put it forward can't decide on it."
        found.append(guide_obstacle("own", zh, en))
    if sha256 != row.submitted_sha256 or row.text.sha256 != row.submitted_sha256:
        zh, en = "内容已有变化，请重新阅读后再作决定。", "The content has changed; please read it again."
        found.append(guide_obstacle("content_changed", zh, en))
    if not approve and not comment.strip():
        found.append(guide_obstacle("comment", "退回时请说明理由。", "Say why you give it back.", "comment"))
    if len(comment) > MOST_COMMENT:
        zh, en = f"不超过 {MOST_COMMENT} 字。", f"At most {MOST_COMMENT} characters."
        found.append(guide_obstacle("comment", zh, en, "comment"))
    return found


def reason_problems(reason_zh: str, reason_en: str) -> list[Obstacle]:
    """A reason that is missing in one of the languages."""
    zh, en = "请用中英文说明理由，公众会看到。", "Say why in both languages; everybody reads it."
    given = {"reason_zh": reason_zh, "reason_en": reason_en}
    return [guide_obstacle("reason", zh, en, name) for name, text in given.items() if not text.strip()]


def guide_obstacle(code: str, zh: str, en: str, field: str = "") -> Obstacle:
    """Why a guide can't go on; its secretariat clears it."""
    return Obstacle(code, zh, en, article="A12", field=field, who_can_clear=Role.SECRETARY)
