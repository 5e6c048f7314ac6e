"""Reads of yearly guides: who sees which, what a version still lacks, its calls."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from accounts.enums import STAFF_ROLES, Role
from accounts.models import User
from core import clock
from core.errors import NotVisible, Obstacle
from programs.enums import GuideState
from programs.guides.content import GuideContent, Step
from programs.models import Call, Guide
from programs.queries import PUBLISHED

PUBLIC_GUIDES = (GuideState.PUBLISHED, GuideState.CORRECTED, GuideState.WITHDRAWN)
IN_FORCE = GuideState.PUBLISHED


def guides_for(user: User | None, roles: Iterable[str]) -> QuerySet[Guide]:
    """The active tenant's guides that a person sees, newest first: staff all, experts those they were invited to
    comment on, everybody the public ones."""
    rows = Guide.objects.all()
    if not STAFF_ROLES.intersection(roles):
        seen = Q(state__in=PUBLIC_GUIDES)
        if user is not None and Role.STRATEGIST in roles:
            seen |= Q(pk__in=Guide.objects.filter(consultations__user=user).exclude(state=GuideState.DROPPED))
        rows = rows.filter(seen)
    return rows.order_by("-year", "-version")


def get_guide(user: User | None, roles: Iterable[str], pk: int) -> Guide:
    """The guide, if the person sees it. Raises NotVisible."""
    rows = guides_for(user, roles).select_related("tenant", "corrects", "decided_by", "submitted_by")
    guide = rows.filter(pk=pk).first()
    if guide is None:
        raise NotVisible
    return guide


def may_comment(user: User, guide: Guide) -> bool:
    """Whether the person was invited and the consultation still runs."""
    return (
        guide.state == GuideState.CONSULTING
        and guide.consult_until is not None
        and clock.now() < guide.consult_until
        and guide.consultations.filter(user=user).exists()
    )


def calls_of(guide: Guide) -> list[Call]:
    """The calls open to everybody that open in the guide's year, in order of their opening."""
    zone = guide.tenant.zone
    first = datetime(guide.year, 1, 1, tzinfo=zone).astimezone(UTC)
    after = datetime(guide.year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
    rows = Call.objects.filter(is_targeted=False, state__in=PUBLISHED, opens_at__gte=first, opens_at__lt=after).defer(
        "source"
    )
    return list(rows.order_by("opens_at", "pk"))


def lacks(content: GuideContent) -> list[Obstacle]:
    """What the guide must say before experts or the director read it (A12): all of it, in both languages."""
    found = []
    for name, zh, en in (
        ("title", "标题", "the title"),
        ("intro", "总体说明", "the introduction"),
        ("organisation", "组织实施形式", "the form of organisation"),
    ):
        if not (getattr(content, f"{name}_zh") and getattr(content, f"{name}_en")):
            found.append(_lack(f"请用中英文填写{zh}。", f"Write {en} in both languages.", f"{name}_zh"))
    found += _rows_lack(content)
    for step in content.steps:
        if step.first_day is None or not (step.title_zh and step.title_en):
            found.append(
                _lack(
                    "每个时间节点须有日期和中英文事项。",
                    "Each date needs its day and words in both languages.",
                    "steps",
                )
            )
            break
    found += [_lack(zh, en, "steps") for zh, en in _reversed(content.steps)]
    return found


def _rows_lack(content: GuideContent) -> list[Obstacle]:
    found = []
    if not content.priorities or any(not (one.title_zh and one.title_en) for one in content.priorities):
        zh, en = "请至少列出一个资助重点，并用中英文命名。", "Name at least one priority, in both languages."
        found.append(_lack(zh, en, "priorities"))
    if not content.budget or any(not (one.amount_fen and one.programme) for one in content.budget):
        zh, en = "请为各项目类别分配预算，金额须大于零。", "Give each programme an amount above zero."
        found.append(_lack(zh, en, "budget"))
    if len({one.programme for one in content.budget}) < len(content.budget):
        found.append(_lack("同一项目类别出现了两次。", "A programme occurs twice.", "budget"))
    if not content.steps:
        found.append(_lack("请至少列出一个时间节点。", "Give at least one date.", "steps"))
    return found


def _reversed(steps: Iterable[Step]) -> list[tuple[str, str]]:
    return [
        (f"“{one.title_zh}”结束日期早于开始日期。", f"“{one.title_en}” ends before it begins.")
        for one in steps
        if one.first_day and one.last_day and one.last_day < one.first_day
    ]


def _lack(zh: str, en: str, field: str) -> Obstacle:
    return Obstacle("guide_lacks", zh, en, article="A12", field=field, who_can_clear=Role.SECRETARY)
