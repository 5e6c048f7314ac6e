"""Receipt by the funder: version, number and receipts; and who stands behind the version (A10 A16 A18 A19)."""

from datetime import datetime

from accounts.models import Institution, User
from accounts.queries import office_users
from budgets.actions import freeze_book
from budgets.enums import BookPurpose
from core import clock
from notifications.actions import notify
from programs.actions import next_number
from programs.dossier import Dossier, canonical_json, sha256_of
from programs.queries import effective_policy
from proposals.actions.common import name_of, page_of
from proposals.models import EndorsementTurn, Proposal, ProposalCountry, ProposalParty, ProposalVersion, TeamMember
from proposals.queries import latest_version
from proposals.queries.chain import examiners

APPLICATION_SERIES = "application"


def receive(row: Proposal, by: User, dossier: Dossier, stamp: datetime) -> ProposalVersion:
    """Freeze what was endorsed as the next version, received at `stamp`; the first gets the application its number."""
    sha256 = sha256_of(dossier)
    previous = latest_version(row)
    book = freeze_book(tenant=row.tenant, dossier=dossier, purpose=BookPurpose.PROPOSED, sha256=sha256)
    version = ProposalVersion.objects.create(
        tenant=row.tenant,
        proposal=row,
        number=previous.number + 1 if previous else 1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256,
        policy_sha256=row.call.policy_sha256,
        budget_book=book,
        received_at=stamp,
        frozen_by=by,
    )
    if row.received_at is None:
        row.application_number = _application_number(row)
        row.received_at = stamp
    row.title_zh, row.title_en, row.requested_fen = dossier.title_zh, dossier.title_en, dossier.total_fen
    row.field = dossier.field
    keep_countries(row, dossier)
    row.updated_at = clock.now()
    row.save()
    return version


def _application_number(row: Proposal) -> str:
    terms = effective_policy(row.call).call
    pattern = terms.application_number if terms else f"{row.call.slug.upper()}-{{sequence:04d}}"
    return pattern.format(sequence=next_number(call=row.call, series=APPLICATION_SERIES))


def keep_side(row: Proposal, dossier: Dossier) -> None:
    """Who and which institutions stand behind the newest endorsed dossier, for limits and conflicts (A16 A19)."""
    row.team.all().delete()
    people = {person.user_id: person.is_main for person in dossier.participants if person.user_id}
    known = User.objects.filter(pk__in=[pk for pk in people if pk is not None]).values_list("pk", flat=True)
    TeamMember.objects.bulk_create(
        TeamMember(tenant=row.tenant, proposal=row, user_id=pk, is_main=people[pk]) for pk in known
    )
    row.institutions.all().delete()
    named = {dossier.pi.institution_id, row.lead_institution_id, *(party.institution_id for party in dossier.parties)}
    places = Institution.objects.filter(pk__in=[pk for pk in named if pk is not None]).values_list("pk", flat=True)
    ProposalParty.objects.bulk_create(
        ProposalParty(tenant=row.tenant, proposal=row, institution_id=pk) for pk in places
    )


def keep_countries(row: Proposal, dossier: Dossier) -> None:
    """The partners' countries, for statistics."""
    row.countries.all().delete()
    found = sorted({party.country for party in dossier.parties if party.country})
    ProposalCountry.objects.bulk_create(
        ProposalCountry(tenant=row.tenant, proposal=row, country=country) for country in found
    )


def send_receipts(row: Proposal, version: ProposalVersion, round_: int) -> None:
    """Tell the applicant and every office that endorsed it in this round: number, instant, hash."""
    further = [
        person
        for turn in EndorsementTurn.objects.filter(proposal=row, round=round_).select_related("institution")
        for person in examiners(row, turn)
    ]
    received = clock_text(version.received_at, row)
    notify(
        tenant=row.tenant,
        to=[row.pi, *office_users(row.lead_institution_id), *further],
        kind="receipt",
        key=f"proposal-{row.pk}-received-{version.number}",
        title_zh=f"已收到申请 {row.application_number}：{name_of(row, 'zh')}"[:300],
        title_en=f"Received {row.application_number}: {name_of(row, 'en')}"[:300],
        body_zh=f"申请编号：{row.application_number}\n版本：{version.number}\n收到时间：{received}\nSHA-256：{version.sha256}",
        body_en=(
            f"Application number: {row.application_number}\nVersion: {version.number}\nReceived: {received}\n"
            f"SHA-256: {version.sha256}"
        ),
        url=page_of(row),
    )


def clock_text(instant: datetime, row: Proposal, to: str = "microseconds") -> str:
    """An instant in the funder's zone, to the microsecond as receipts state it or to "seconds"."""
    local = instant.astimezone(row.tenant.zone).replace(tzinfo=None)
    return f"{local.isoformat(' ', to)} ({row.tenant.zone_name})"
