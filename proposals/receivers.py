"""What other apps set off here."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import Tenant, User
from core.search import keep_terms
from core.tenancy import tenant_scope
from notifications.actions import cancel_reminders, notify
from notifications.models import Effect
from programs.enums import ExtensionScope
from programs.models import DeadlineExtension
from programs.queries import effective_policy
from proposals.actions.common import remind_examiners, remind_of_deadline
from proposals.enums import ProposalState
from proposals.grants import GRANTS
from proposals.models import Proposal, ProposalUserObjectPermission
from proposals.queries.chain import examiners, open_turn, present_round, step_of
from proposals.tasks import work_off

UNFINISHED = (ProposalState.DRAFT, ProposalState.ENDORSING)

NAMES = frozenset({"name_zh", "name_en"})


def on_person_saved(
    sender: Any, instance: User, created: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """A renamed person's applications, with whichever funder, are found by the new name."""
    if created or (update_fields is not None and not NAMES & update_fields):
        return
    with tenant_scope(Tenant.objects.all()):
        for row in Proposal.objects.filter(pi=instance).select_related("pi").defer("draft"):
            keep_terms(row)


def on_deadline_extended(effect: Effect) -> None:
    """Tell everyone who is writing or examining an application, once, and move their reminders."""
    extension = DeadlineExtension.objects.select_related("call__tenant").get(pk=effect.payload["extension"])
    rows = Proposal.objects.filter(call=extension.call, state__in=UNFINISHED, received_at__isnull=True)
    if extension.scope == ExtensionScope.DRAFTS:
        rows = rows.filter(created_at__lt=extension.decided_at)
    people: dict[int, User] = {}
    for row in rows.select_related("tenant", "call__policy_version", "pi").defer("draft").order_by("pk"):
        writers = [row.pi, *_co_writers(row)]
        is_with_office = row.state == ProposalState.ENDORSING
        turn = open_turn(row) if is_with_office else None
        deciding = examiners(row, turn) if is_with_office else []
        people |= {person.pk: person for person in (*writers, *deciding)}
        cancel_reminders(tenant=row.tenant, subject=row)
        if is_with_office:
            remind_examiners(row, deciding, step_of(effective_policy(row.call), turn), present_round(row))
        else:
            remind_of_deadline(row, writers)
    _tell(extension, list(people.values()))


def _co_writers(row: Proposal) -> list[User]:
    grants = ProposalUserObjectPermission.objects.filter(content_object=row, permission__codename__in=GRANTS)
    return list(User.objects.filter(pk__in=grants.values("user_id")))


def _tell(extension: DeadlineExtension, people: list[User]) -> None:
    call = extension.call
    last = (extension.closes_at - timedelta(microseconds=1)).astimezone(call.tenant.zone)
    notify(
        tenant=call.tenant,
        to=people,
        kind="deadline-extended",
        key=f"deadline-extended:{extension.pk}",
        title_zh=f"申报截止时间延至 {last:%Y-%m-%d} 24:00：{call.title_zh}",
        title_en=f"Deadline extended to {last:%Y-%m-%d}, 24:00: {call.title_en}",
        body_zh=extension.reason_zh,
        body_en=extension.reason_en,
        url=reverse("programs:call", args=[call.tenant.slug, call.pk]),
    )


def on_endorsement_batch(effect: Effect) -> None:
    """Start the job of a confirmed batch; started twice, the second one finds nothing to do."""
    work_off.delay(effect.payload["batch"], effect.tenant_id)
