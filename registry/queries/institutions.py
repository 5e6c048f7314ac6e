"""Institutions that ask to be put into the directory, and those that are there already and much like them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from rapidfuzz import fuzz, process

from accounts.enums import Role
from accounts.models import Institution, User
from accounts.queries import tenants_where
from core.errors import NotVisible
from registry.enums import RequestState
from registry.identifiers import key_of
from registry.marks import Mark, marks_of
from registry.models import InstitutionRequest

# Who looks at them for a funder.
REGISTRARS = (Role.SECRETARY, Role.ADMIN)
LIKE = 80  # of 100
MOST_LIKE = 5


@dataclass(frozen=True)
class Alike:
    """An institution of the directory with a name much like the one that asks."""

    institution: Institution
    percent: int


def own_institution_request(user: User, pk: int) -> InstitutionRequest:
    """What the person asked for an institution. Raises NotVisible for anybody else's."""
    row = InstitutionRequest.objects.filter(asked_by=user, pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def marks_in(row: InstitutionRequest) -> list[Mark]:
    """What it would be known by."""
    return marks_of(country=row.country, name_zh=row.name_zh, name_en=row.name_en, uscc=row.uscc, ror=row.ror)


def may_register(user: User, row: InstitutionRequest) -> bool:
    """Whether the person decides: of the funder's secretariat or its administrator, and not the one who asks."""
    return user.is_active and row.asked_by_id != user.pk and row.tenant_id in tenants_where(user, *REGISTRARS)


def institution_requests(*, only_waiting: bool = False) -> QuerySet[InstitutionRequest]:
    """The active tenant's, with whoever asks."""
    rows = InstitutionRequest.objects.select_related("asked_by")
    return rows.filter(state=RequestState.WAITING) if only_waiting else rows


def institution_request(pk: int) -> InstitutionRequest | None:
    """One of the active tenant's."""
    rows = InstitutionRequest.objects.select_related("tenant", "asked_by", "decided_by", "institution", "proof")
    return rows.filter(pk=pk).first()


def own_institution_requests(user: User) -> list[InstitutionRequest]:
    """What the person asked for with this funder, newest first."""
    return list(InstitutionRequest.objects.filter(asked_by=user).order_by("-pk")[:5])


def waiting_with(marks: Iterable[Mark]) -> InstitutionRequest | None:
    """The one that waits with this funder and has one of the marks."""
    wanted = set(marks)
    rows = InstitutionRequest.objects.filter(state=RequestState.WAITING)
    return next((row for row in rows if wanted.intersection(marks_in(row))), None)


def alike(row: InstitutionRequest) -> list[Alike]:
    """The institutions of the same country whose names are nearest, for whoever decides."""
    known = {place.pk: place for place in Institution.objects.filter(country=row.country)}
    best: dict[int, float] = {}
    for name, column in ((row.name_zh, "name_zh"), (row.name_en, "name_en")):
        if not name:
            continue
        keys = {pk: key_of(getattr(place, column)) for pk, place in known.items() if getattr(place, column)}
        for _key, score, pk in process.extract(key_of(name), keys, scorer=fuzz.ratio, score_cutoff=LIKE):
            best[pk] = max(score, best.get(pk, 0))
    nearest = sorted(best, key=lambda pk: -best[pk])[:MOST_LIKE]
    return [Alike(known[pk], round(best[pk])) for pk in nearest if pk != row.institution_id]
