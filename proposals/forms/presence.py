"""Who else has a draft open just now, and on which page: kept in the cache alone, for less than a minute.

Nothing depends on it: two people on one page are merged field by field (merging.py) whether they know of each other or
not. Two marks at the same instant may lose one, until its browser asks again."""

from typing import Any, NamedTuple

from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.models import User, local
from core import clock
from proposals.forms.desk import Desk
from proposals.forms.pages import REASONS, Page
from proposals.models import PartnerLink, Proposal

GONE_AFTER = 40
"""Seconds without a question; an open page asks every 15."""
WRITING_FOR = 60
"""Seconds since the last save for which somebody is said to be writing."""


class Mark(NamedTuple):
    """One person's page; `at` and `wrote_at` are seconds since the epoch."""

    name_zh: str
    name_en: str
    page: str
    at: float
    wrote_at: float


def present(desk: Desk, page: Page, user: User, *, writes: bool = False) -> list[str]:
    """Remember that the person has this page open, or has just saved it; who else is there, in words. No query."""
    marks = _mark(desk.proposal, f"u{user.pk}", user.name_zh, user.name_en or user.email, page.key, writes=writes)
    labels = {one.key: str(one.label) for one in desk.pages} | {REASONS: _("Check and hand in")}
    now = clock.now().timestamp()
    words = []
    for who, mark in marks.items():
        if who == f"u{user.pk}":
            continue
        is_writing = now - mark.wrote_at < WRITING_FOR
        text = _("%(name)s is writing in “%(page)s”") if is_writing else _("%(name)s has “%(page)s” open")
        place = labels.get(mark.page, _("the application"))
        words.append(text % {"name": local(mark.name_zh, mark.name_en), "page": place})
    return words


def mark_partner(desk: Desk, link: PartnerLink, *, writes: bool) -> None:
    """Remember that a partner's contact has the own part open; they are told of nobody."""
    page = next((one.key for one in desk.pages if one.holds("parties")), "")
    zh, en = desk.dossier.party_name(link.party_key)
    _mark(desk.proposal, f"l{link.pk}", zh, en, page, writes=writes)


def _mark(proposal: Proposal, who: str, zh: str, en: str, page: str, *, writes: bool) -> dict[str, Mark]:
    key, now = f"writing:{proposal.tenant_id}:{proposal.pk}", clock.now().timestamp()
    held: dict[str, Any] = cache.get(key) or {}
    marks = {one: Mark(*mark) for one, mark in held.items() if now - mark[3] < GONE_AFTER}
    before = marks.get(who)
    wrote_at = now if writes else before.wrote_at if before and before.page == page else 0.0
    marks[who] = Mark(zh, en, page, now, wrote_at)
    cache.set(key, {one: tuple(mark) for one, mark in marks.items()}, GONE_AFTER)
    return marks
