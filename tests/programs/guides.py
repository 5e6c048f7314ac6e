"""Guides in each of their states, by the real actions."""

from datetime import timedelta

from accounts.enums import Role
from accounts.models import Membership, User
from core import clock
from programs.actions import import_programme
from programs.guides import actions as guiding
from programs.guides.content import GuideContent
from programs.models import Guide
from programs.policy import builtin_text
from tests.cast import Cast

WAN = 1_000_000
CONTENT = {
    "title_zh": "2027 年度项目申报指南",
    "title_en": "Guide to applications 2027",
    "intro_zh": "根据战略规划及经费情况制定。",
    "intro_en": "Made from the strategy and the funds at hand.",
    "priorities": [
        {"key": "r1", "title_zh": "粮食安全", "title_en": "Food security", "text_zh": "旱区农业。", "text_en": "Drylands."}
    ],
    "budget": [
        {
            "key": "r1",
            "programme": "conference",
            "title_zh": "ANSO 会议项目",
            "title_en": "ANSO Conference",
            "amount_fen": 200 * WAN,
        }
    ],
    "organisation_zh": "自下而上申报，秘书处组织评审。",
    "organisation_en": "From the members upwards; the secretariat organises the review.",
    "steps": [
        {"key": "r1", "first_day": "2034-03-01", "last_day": "2034-04-30", "title_zh": "受理申请", "title_en": "Applications"},
        {"key": "r2", "first_day": "2034-06-15", "title_zh": "公布结果", "title_en": "Results"},
    ],
}  # fmt: skip


def content(**changes: object) -> GuideContent:
    """A guide that lacks nothing."""
    return GuideContent.of({**CONTENT, **changes})


def strategist_of(cast: Cast) -> User:
    """ANSO's strategy expert."""
    user, is_new = User.objects.get_or_create(email="strategist@demo.example", defaults={"name_en": "Stella Rao"})
    if is_new:
        Membership.objects.create(user=user, tenant=cast.anso, role=Role.STRATEGIST)
    return user


def drafted(cast: Cast, year: int = 2027, **changes: object) -> Guide:
    """A whole one that the secretariat is writing."""
    import_programme(tenant=cast.anso, source=builtin_text("anso/conference"), by=cast.secretary)
    guide = guiding.start_guide(tenant=cast.anso, by=cast.secretary, year=year)
    return guiding.save_guide(guide=guide, by=cast.secretary, content=content(**changes), revision=guide.revision)


def consulted(cast: Cast, year: int = 2027) -> Guide:
    """One that the strategy expert is asked to comment on for ten days."""
    return guiding.consult(
        guide=drafted(cast, year),
        by=cast.secretary,
        experts=[strategist_of(cast)],
        until=clock.now() + timedelta(days=10),
    )


def submitted(cast: Cast, year: int = 2027) -> Guide:
    """One before the director."""
    return guiding.submit(guide=drafted(cast, year), by=cast.secretary)


def approved(cast: Cast, year: int = 2027) -> Guide:
    """One that the director approved."""
    guide = submitted(cast, year)
    return guiding.decide(guide=guide, by=cast.director, approve=True, comment="", sha256=guide.submitted_sha256)


def published(cast: Cast, year: int = 2027) -> Guide:
    """One in force."""
    return guiding.publish(guide=approved(cast, year), by=cast.secretary)
