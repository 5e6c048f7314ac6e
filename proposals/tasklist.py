"""What waits for a person: drafts to finish, endorsements, invitations; for secretaries checks, exceptions, appeals."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, DateTimeField, F, Q, QuerySet, When
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import User, local
from accounts.standing import standing_of
from core import clock
from core.conditions import AnyOf, Sql
from core.tasklist import TaskItem
from core.tenancy import active_among
from programs.enums import CallState
from programs.models import deadline
from programs.policy.endorsing import LAST_DAYS
from programs.queries import policies_by_hash
from proposals.enums import AppealState, Extent, InvitationPurpose, WaiverState
from proposals.enums import ProposalState as S
from proposals.models import (
    Appeal,
    EndorsementTurn,
    Invitation,
    PreliminaryCheck,
    Proposal,
    ProposalVersion,
    Waiver,
)
from proposals.queries import judged_by, without_conflict
from proposals.queries.checks import waiting_appeal
from proposals.queries.people import waiting_for
from proposals.queries.turns import is_beyond_office, reached
from proposals.queries.visibility import was_handed_in

MOST = 30
LATEST = datetime.max.replace(tzinfo=UTC)


def tasks(user: User, tenants: list[Any]) -> Iterable[TaskItem]:
    """The person's drafts that can still be handed in and invalid ones that can still be appealed for, endorsements of
    their office as the lead institution's or for a further step, checks, exceptions and appeals of their secretariat,
    and the invitations that they have not answered."""
    standing, now = standing_of(user), clock.now()
    in_time = Q(received_at__isnull=False) | Q(call__state=CallState.OPEN) & (
        Q(call__closes_at__gt=now) | Q(call__drafts_close_at__gt=now, call__drafts_begun_before__gt=F("created_at"))
    )
    rows, soonest = Proposal.objects.all(), ("call__closes_at", "pk")
    chosen = [
        rows.filter(in_time, state=S.DRAFT, pi=user).order_by(*soonest),
        rows.filter(state=S.INVALID, pi=user).order_by("-pk"),
    ]
    if standing.offices:
        endorsing = rows.filter(
            ~Q(is_beyond_office()), in_time, state=S.ENDORSING, lead_institution__in=standing.offices
        )
        chosen.append(endorsing.exclude(pi=user).order_by(*soonest))
    if secretary_of := active_among(standing.where(Role.SECRETARY)):
        received = judged_by(user).filter(state=S.SUBMITTED, tenant__in=secretary_of)
        asked = Waiver.objects.filter(state=WaiverState.ASKED, tenant__in=secretary_of).values("proposal")
        filed = Appeal.objects.filter(state=AppealState.FILED, tenant__in=secretary_of).exclude(against_by=user)
        untied = rows.filter(without_conflict(user))
        chosen += [received.order_by("-pk"), untied.filter(pk__in=asked).order_by("pk")]
        chosen.append(untied.filter(pk__in=filed.values("proposal")).order_by("pk"))
        rows = rows.annotate(waiver=_asked_of(user, secretary_of), appeal=waiting_appeal(user, secretary_of))
    found = list(_whole(rows.filter(AnyOf(*(arm.values("pk")[:MOST] for arm in chosen)))).order_by("pk"))
    if standing.offices:
        found += _further(user, sorted(standing.offices), now)
    by_id = {tenant.pk: tenant for tenant in tenants}
    items = [_exception(row, by_id[row["tenant_id"]]) for row in found if row.get("waiver")]
    items += [_to_decide(row, by_id[row["tenant_id"]]) for row in found if row.get("appeal")]
    found = [row for row in found if _is_theirs(row, user, standing.offices, now)]
    ends = _ends([row for row in found if row["state"] == S.ENDORSING])
    found = [row for row in found if (ends.get(row["pk"]) or LATEST) > now]
    items += [_item(row, by_id[row["tenant_id"]], ends.get(row["pk"])) for row in found]
    return [*items, *(_invitation(one) for one in waiting_for(user)[:MOST])]


def _asked_of(user: User, secretary_of: Collection[int]) -> Case:
    """The exception that waits for the secretary's decision, if nothing ties them to the application (A16)."""
    query = "SELECT min(w.id) FROM {waivers} w WHERE w.proposal_id = {key} AND w.state = %s AND w.tenant_id IN %s"
    first = Sql(query, WaiverState.ASKED, secretary_of, gives=BigIntegerField(), waivers=Waiver, key="pk")
    return Case(When(without_conflict(user), then=first), output_field=BigIntegerField())


def _is_theirs(row: dict[str, Any], user: User, offices: Collection[int], now: datetime) -> bool:
    """Whether the application itself waits for them, and not only an exception asked for it or an appeal."""
    if row["state"] == S.DRAFT:
        return bool(row["pi"] == user.pk)
    if row["state"] == S.INVALID:
        return bool(row["pi"] == user.pk and row["appeal_until"] and row["appeal_until"] > now)
    if row["state"] == S.ENDORSING:
        return "step" in row or (row["lead_institution"] in offices and row["pi"] != user.pk)
    return bool(row["state"] == S.SUBMITTED)


def _further(user: User, offices: list[int], now: datetime) -> list[Any]:
    """What has reached an institution of theirs as a further step; times that end long after the call's count, too."""
    turns = EndorsementTurn.objects.filter(institution__in=offices, reached_at__isnull=False, closed_at__isnull=True)
    rows = Proposal.objects.filter(
        Q(received_at__isnull=False) | Q(call__closes_at__gt=now - timedelta(days=LAST_DAYS)),
        reached(user, is_open=True),
        state=S.ENDORSING,
        pk__in=turns.values("proposal"),
    )
    return list(_whole(rows).annotate(step=_open_step()).order_by("call__closes_at", "pk")[:MOST])


def _appeal_until() -> Sql:
    """Until when the declaration that it is invalid may be appealed against; None once it was."""
    query = (
        "SELECT max(c.appeal_until) FROM {checks} c JOIN {versions} v ON v.id = c.version_id "
        "LEFT JOIN {appeals} a ON a.against_id = c.id WHERE v.proposal_id = {key} AND a.id IS NULL"
    )
    names = {"checks": PreliminaryCheck, "versions": ProposalVersion, "appeals": Appeal}
    return Sql(query, gives=DateTimeField(), key="pk", **names)


def _open_step() -> Sql:
    query = (
        "SELECT t.step FROM {turns} t WHERE t.proposal_id = {key} AND t.reached_at IS NOT NULL AND t.closed_at IS NULL"
    )
    return Sql(query, gives=CharField(), turns=EndorsementTurn, key="pk")


def _ends(rows: list[Any]) -> dict[int, datetime | None]:
    """Until when each waits for an endorsement, by its id; None where nothing says so."""
    policies = policies_by_hash({row["call__policy_sha256"]: row["call_id"] for row in rows})
    found: dict[int, datetime | None] = {}
    for row in rows:
        policy = policies[row["call__policy_sha256"]]
        step = policy.endorsement_step(row.get("step", "")) or policy.endorsement_chain[0]
        terms = row["call__closes_at"], row["call__drafts_close_at"], row["call__drafts_begun_before"]
        closes_at = deadline(*terms, begun_at=row["created_at"])
        found[row["pk"]] = None if row["received_at"] else policy.ends_at(step, closes_at)
    return found


def _whole(rows: QuerySet[Proposal]) -> Any:
    asked = [name for name in ("waiver", "appeal") if name in rows.query.annotations]
    return rows.values(
        *asked, "pk", "pi", "lead_institution", "tenant_id", "state", "title_zh", "title_en", "application_number",
        "received_at", "created_at", "call_id", "call__policy_sha256", "call__closes_at", "call__drafts_close_at",
        "call__drafts_begun_before", name_zh=F("pi__name_zh"), name_en=F("pi__name_en"), email=F("pi__email"),
        was_handed_in=was_handed_in(), appeal_until=_appeal_until(),
    )  # fmt: skip


def _exception(row: dict[str, Any], tenant: Any) -> TaskItem:
    title = local(row["title_zh"], row["title_en"]) or _("Untitled draft")
    url = reverse_lazy("proposals:waiver", args=[tenant.slug, row["waiver"]])
    applicant = local(row["name_zh"], row["name_en"]) or row["email"]
    what = _("Decide on an exception · %(name)s") % {"name": applicant}
    return TaskItem(kind="check", title=title, what=what, url=url, tenant=tenant)


def _to_decide(row: dict[str, Any], tenant: Any) -> TaskItem:
    url = reverse_lazy("proposals:appeal_decision", args=[tenant.slug, row["appeal"]])
    what = _("Decide on an appeal · %(number)s") % {"number": row["application_number"]}
    title = local(row["title_zh"], row["title_en"]) or _("Untitled draft")
    return TaskItem(kind="check", title=title, what=what, url=url, tenant=tenant)


_OFFERS = {
    Extent.EDIT: gettext_lazy("Write it with %(name)s?"),
    Extent.BUDGET: gettext_lazy("Write the budget with %(name)s?"),
    Extent.READ: gettext_lazy("Look at it with %(name)s?"),
}


def _invitation(one: Invitation) -> TaskItem:
    name = {"name": one.proposal.pi.display_name}
    is_writer = one.purpose == InvitationPurpose.CO_WRITER
    what = (_OFFERS[Extent(one.extent)] if is_writer else _("Do you take part? · %(name)s")) % name
    title = one.proposal.title or _("Untitled draft")
    url = reverse_lazy("proposals:invitation", args=[one.tenant.slug, one.pk])
    return TaskItem(kind="draft", title=title, what=what, url=url, tenant=one.tenant, due_at=one.proposal.closes_at)


def _item(row: dict[str, Any], tenant: Any, ends_at: datetime | None) -> TaskItem:
    name = local(row["title_zh"], row["title_en"]) or _("Untitled draft")
    terms = row["call__closes_at"], row["call__drafts_close_at"], row["call__drafts_begun_before"]
    due_at = deadline(*terms, begun_at=row["created_at"]) if row["received_at"] is None else None

    def task(kind: str, what: str, page: str) -> TaskItem:
        url = reverse_lazy(page, args=[tenant.slug, row["pk"]])
        return TaskItem(kind=kind, title=name, what=what, url=url, tenant=tenant, due_at=due_at)

    if row["state"] == S.DRAFT:
        what = _("Returned: correct it and hand it in again") if row["was_handed_in"] else _("Finish and hand in")
        return task("draft", what, "proposals:edit")
    if row["state"] == S.INVALID:
        due_at = row["appeal_until"]
        return task(
            "draft",
            _("Declared invalid: you may appeal · %(number)s") % {"number": row["application_number"]},
            "proposals:appeal",
        )
    if row["state"] == S.ENDORSING:
        due_at = ends_at
        applicant = local(row["name_zh"], row["name_en"]) or row["email"]
        return task("endorse", _("Examine and endorse · %(name)s") % {"name": applicant}, "proposals:endorse")
    return task("check", _("Preliminary check · %(number)s") % {"number": row["application_number"]}, "proposals:check")
