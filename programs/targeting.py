"""Calls by invitation (A3, from the top down): whom the secretariat invites, and who hears of it when."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, User
from accounts.queries import office_users
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from notifications.actions import notify
from programs.actions import require_secretary
from programs.enums import CallState
from programs.models import Call, CallInvitation


@transaction.atomic
def invite_institution(*, call: Call, by: User, institution: Institution) -> CallInvitation:
    """Let the people of an institution see the call and apply with it; its office is told once the call is public.

    Raises NotVisible for anyone but the secretariat, Refused unless the call is by invitation and not over."""
    row = _locked(call, by)
    made, is_new = CallInvitation.objects.get_or_create(
        tenant=row.tenant, call=row, institution=institution, ended_at=None, defaults=_by(by)
    )
    return _told(row, made, by) if is_new else made


@transaction.atomic
def invite_person(*, call: Call, by: User, email: str) -> CallInvitation:
    """Let a person who has an account see the call and apply, with any institution of theirs.

    Raises Refused for an address without an account."""
    row = _locked(call, by)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        zh, en = "没有使用该邮箱的账户。", "There is no account with that address."
        raise Refused([_obstacle("no_account", zh, en, "email")])
    made, is_new = CallInvitation.objects.get_or_create(
        tenant=row.tenant, call=row, user=user, ended_at=None, defaults=_by(by)
    )
    return _told(row, made, by) if is_new else made


@transaction.atomic
def end_call_invitation(*, invitation: CallInvitation, by: User) -> CallInvitation:
    """Take an invitation back; applications that were begun stay."""
    row = _locked(invitation.call, by)
    held = CallInvitation.objects.select_for_update().filter(pk=invitation.pk, call=row).first()
    if held is None:
        raise NotVisible
    if held.ended_at is None:
        held.ended_at = clock.now()
        held.save(update_fields=["ended_at"])
        record(tenant=row.tenant, actor=by, action="call.uninvite", subject=row, data=_who(held))
    return held


def tell_invited(call: Call, invitations: Iterable[CallInvitation]) -> None:
    """Say to the people invited, and to the offices of the institutions, that the call is there for them."""
    for one in invitations:
        people = [one.user] if one.user else list(office_users(one.institution_id)) if one.institution_id else []
        notify(
            tenant=call.tenant,
            to=people,
            kind="call-invitation",
            key=f"call-invitation:{one.pk}",
            title_zh=f"邀请申报：{call.title_zh}",
            title_en=f"You are invited to apply: {call.title_en}",
            url=reverse("programs:call", args=[call.tenant.slug, call.pk]),
        )


def _locked(call: Call, by: User) -> Call:
    require_secretary(call.tenant, by)
    row = Call.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=call.pk).first()
    if row is None or not row.is_targeted:
        raise NotVisible
    if row.state in (CallState.CLOSED, CallState.ARCHIVED):
        raise Refused([_obstacle("call_over", "该指南已结束。", "The call is over.")])
    return row


def _told(row: Call, made: CallInvitation, by: User) -> CallInvitation:
    if row.state == CallState.OPEN:
        tell_invited(row, [made])
    record(tenant=row.tenant, actor=by, action="call.invite", subject=row, data=_who(made))
    return made


def _by(by: User) -> dict[str, object]:
    return {"invited_by": by, "invited_at": clock.now()}


def _who(one: CallInvitation) -> dict[str, object]:
    return {"institution": one.institution_id, "user": one.user_id}


def _obstacle(code: str, zh: str, en: str, field: str = "") -> Obstacle:
    return Obstacle(code, zh, en, article="A3", field=field, who_can_clear=Role.SECRETARY)
