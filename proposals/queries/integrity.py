"""Reads of the integrity records: the bans that run, for the clauses, and the records for the secretariat (C46)."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core import clock
from core.errors import NotVisible
from programs.dossier import Dossier
from programs.facts import Ban
from proposals.enums import SanctionKind
from proposals.models import Sanction


def running_bans(tenant: str, dossiers: Mapping[int, Dossier]) -> dict[int, tuple[Ban, ...]]:
    """For each dossier the bans of the funder that run today in its zone, each with its place in it. One query."""
    named = {key: list(_named(dossier)) for key, dossier in dossiers.items()}
    places = {pk for rows in named.values() for _, is_person, pk in rows if not is_person}
    people = {pk for rows in named.values() for _, is_person, pk in rows if is_person}
    found = _running(tenant, places, people)
    return {
        key: tuple(
            Ban(field, row.ends_on, row.decision, is_total=row.kind == SanctionKind.NO_TAKING_PART)
            for field, is_person, pk in rows
            for row in found
            if row.ends_on is not None and pk == (row.person_id if is_person else row.institution_id)
        )
        for key, rows in named.items()
    }


def _named(dossier: Dossier) -> Iterator[tuple[str, bool, int]]:
    """Dossier path, whether it is a person, and account or institution of everybody whom a ban may concern."""
    if dossier.lead.institution_id:
        yield "lead", False, dossier.lead.institution_id
    if dossier.pi.user_id:
        yield "pi", True, dossier.pi.user_id
    for party in dossier.parties:
        if party.institution_id:
            yield f"parties.{party.key}", False, party.institution_id
    for person in dossier.participants:
        if person.user_id:
            yield f"participants.{person.key}", True, person.user_id


def _running(tenant: str, places: set[int], people: set[int]) -> list[Sanction]:
    now = clock.now()
    # A day to either side: which day it is depends on the funder's zone.
    first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=1)
    rows = Sanction.objects.filter(
        Q(institution__in=places) | Q(person__in=people),
        tenant__slug=tenant,
        starts_on__lte=last,
        ends_on__gte=first,
        lift__isnull=True,
    ).select_related("tenant")
    return [row for row in rows.order_by("pk") if runs_today(row)]


def runs_today(row: Sanction) -> bool:
    """Whether the ban covers today in the funder's zone; a lifted one is for the caller to leave out."""
    today = clock.today(ZoneInfo(row.tenant.zone_name))
    return row.ends_on is not None and row.starts_on <= today <= row.ends_on


def sanctions(text: str = "") -> QuerySet[Sanction]:
    """The active tenant's records, of those whose names or decision contain `text`, with all that a row shows."""
    rows = Sanction.objects.select_related("institution", "person", "lift", "tenant")
    if text:
        names = ("institution__name_zh", "institution__name_en", "person__name_zh", "person__name_en", "decision")
        condition = Q()
        for name in names:
            condition |= Q(**{f"{name}__icontains": text})
        rows = rows.filter(condition)
    return rows


def get_sanction(pk: int) -> Sanction:
    """One of the active tenant's records. Raises NotVisible."""
    row = sanctions().select_related("recorded_by", "lift__lifted_by", "paper").filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row
