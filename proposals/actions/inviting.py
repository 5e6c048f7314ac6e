"""The applicant asks people to write with them, or to stand by their name in the team; those asked answer.

Nobody learns by asking who has an account: the answer is the same, and only accounts are told."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import notify
from programs.dossier import Participant
from proposals.actions.common import locked, name_of, page_of
from proposals.enums import OPEN_INVITATIONS, Extent, InvitationPurpose, InvitationState, ProposalState
from proposals.grants import GRANTS
from proposals.models import Invitation, Proposal, ProposalUserObjectPermission
from proposals.queries import draft_dossier
from proposals.rules import extent_of, is_pi

MOST_OPEN = 60


@transaction.atomic
def invite(
    *,
    proposal: Proposal,
    by: User,
    purpose: str,
    email: str,
    participant_key: str = "",
    extent: Extent = Extent.EDIT,
) -> Invitation:
    """Ask whoever has this address to work on the draft as far as `extent` says, or to be the participant of that key;
    an account is told.

    Raises NotVisible for anyone but the PI and for an unknown participant, WrongState unless it is a draft, Refused
    for the own address or a second time."""
    row = locked(proposal)
    if not is_pi.test(by, row) or purpose not in InvitationPurpose.values:
        raise NotVisible
    _require_draft(row)
    email = email.strip().lower()
    person = _participant(row, participant_key) if purpose == InvitationPurpose.PARTICIPANT else None
    if found := _problems(row, by, purpose, email, person):
        raise Refused(found)
    invitation = Invitation.objects.create(
        tenant=row.tenant,
        proposal=row,
        purpose=InvitationPurpose(purpose),
        email=email,
        extent=extent,
        participant_key=person.key if person else "",
        participant_name=person.name if person else "",
        participant_role=person.role if person else "",
        is_main=bool(person and person.is_main),
        invited_at=clock.now(),
    )
    _tell_invited(row, invitation)
    record(tenant=row.tenant, actor=by, action="proposal.invite", subject=row, data=_data(invitation))
    return invitation


def _data(invitation: Invitation, **more: Any) -> dict[str, Any]:
    key = {"participant": invitation.participant_key} if invitation.participant_key else {}
    extent = {} if key else {"extent": str(invitation.extent)}
    return {"invitation": invitation.pk, "purpose": str(invitation.purpose), **key, **extent, **more}


def _require_draft(row: Proposal) -> None:
    if row.state != ProposalState.DRAFT:
        raise WrongState(
            [
                Obstacle(
                    "not_a_draft",
                    f"申请当前状态为“{row.get_state_display()}”，不能更改参与人员。",
                    f"The application is “{row.get_state_display()}”: who takes part can't be changed now.",
                )
            ]
        )


def _participant(row: Proposal, key: str) -> Participant:
    found = next((one for one in draft_dossier(row)[0].participants if one.key == key and one.name), None)
    if found is None:
        raise NotVisible
    return found


def _problems(row: Proposal, by: User, purpose: str, email: str, person: Participant | None) -> list[Obstacle]:
    here = Invitation.objects.filter(proposal=row, state__in=OPEN_INVITATIONS)
    if email == by.email.lower():
        return [_at_email("own_address", "这是您自己的邮箱。", "That is your own address.")]
    if here.filter(purpose=purpose, email=email).exists():
        return [_at_email("asked_already", "已向该邮箱发出过邀请。", "This address has been asked already.")]
    if person and here.filter(participant_key=person.key).exists():
        return [
            _at_email("seat_taken", "该参与者已有邀请，请先撤回。", "Somebody was asked already; take that back first.")
        ]
    if here.count() >= MOST_OPEN:
        return [_at_email("too_many", f"邀请不能超过 {MOST_OPEN} 个。", f"At most {MOST_OPEN} invitations, please.")]
    return []


def _at_email(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field="email", who_can_clear=Role.APPLICANT)


_OFFERS = {
    Extent.EDIT: ("邀请您共同填写申请", "asks you to write an application with them"),
    Extent.BUDGET: ("邀请您填写一份申请的预算", "asks you to write the budget of an application"),
    Extent.READ: ("邀请您查看一份申请", "asks you to look at an application"),
}
_TAKES_PART = "请您确认参与一份申请", "asks you to confirm that you take part in an application"


def _tell_invited(row: Proposal, invitation: Invitation) -> None:
    zh, en = row.pi.name_zh or row.pi.name_en, row.pi.name_en or row.pi.name_zh
    is_writer = invitation.purpose == InvitationPurpose.CO_WRITER
    offer_zh, offer_en = _OFFERS[Extent(invitation.extent)] if is_writer else _TAKES_PART
    notify(
        tenant=row.tenant,
        to=User.objects.filter(email=invitation.email, is_active=True),
        kind="proposal-invitation",
        key=f"proposal-invitation-{invitation.pk}",
        title_zh=f"{zh}{offer_zh}",
        title_en=f"{en} {offer_en}",
        body_zh=f"申请：{name_of(row, 'zh')}。请登录后查看并答复。",
        body_en=f"Application: {name_of(row, 'en')}. Please look at it and answer.",
        url=reverse("proposals:invitation", args=[row.tenant.slug, invitation.pk]),
    )


# ---------------------------------------------------------------- answers
@transaction.atomic
def answer_invitation(*, invitation: Invitation, by: User, accepts: bool) -> Invitation:
    """The person asked consents, and becomes a co-writer or the participant's account (A19), or refuses.

    Raises NotVisible for anybody else, WrongState when it was answered or taken back, or the draft handed in."""
    row, one = _locked_pair(invitation)
    _require_invited(one, by)
    is_writer = one.purpose == InvitationPurpose.CO_WRITER
    if accepts:
        _require_draft(row)
    move(one.accept if accepts else one.decline)
    one.user, one.answered_at = (by if accepts else None), clock.now()
    one.save()
    if accepts and is_writer:
        _grant(row, by, Extent(one.extent))
    if accepts:
        _tell_pi(row, one, by, "接受了您的邀请", "accepted your invitation")
    else:
        _tell_pi(row, one, by, "谢绝了您的邀请", "declined your invitation")
    action = ("proposal.share" if is_writer else "proposal.consent") if accepts else "proposal.decline_invitation"
    record(tenant=row.tenant, actor=by, action=action, subject=row, data=_data(one, user=by.pk))
    return one


def _locked_pair(invitation: Invitation) -> tuple[Proposal, Invitation]:
    row = locked(invitation.proposal)
    one = Invitation.objects.select_for_update().filter(pk=invitation.pk, proposal=row).first()
    if one is None:
        raise NotVisible
    return row, one


def _require_invited(one: Invitation, by: User) -> None:
    if one.email != by.email.lower() or not by.is_active:
        raise NotVisible


def _tell_pi(row: Proposal, one: Invitation, by: User, zh: str, en: str) -> None:
    notify(
        tenant=row.tenant,
        to=[row.pi],
        kind="proposal-invitation-answer",
        key=f"proposal-invitation-{one.pk}-{one.state}",
        title_zh=f"{by.name_zh or by.name_en or by.email}{zh}",
        title_en=f"{by.name_en or by.name_zh or by.email} {en}",
        body_zh=name_of(row, "zh"),
        body_en=name_of(row, "en"),
        url=page_of(row, "proposals:people"),
    )


@transaction.atomic
def end_invitation(*, invitation: Invitation, by: User) -> Invitation:
    """The PI takes an invitation back, or the person their consent; a co-writer writes no more.

    A participant's consent stands once the draft is handed in. Raises NotVisible for anybody else, WrongState."""
    row, one = _locked_pair(invitation)
    is_own = is_pi.test(by, row)
    was_accepted = one.state == InvitationState.ACCEPTED
    if not is_own:
        _require_invited(one, by)
        if not was_accepted:
            raise NotVisible  # such a one is declined
    is_writer = one.purpose == InvitationPurpose.CO_WRITER
    if was_accepted and not is_writer:
        _require_draft(row)
    move(one.end)
    one.save()
    if is_writer and one.user is not None:
        _revoke(row, one.user)
    if not is_own:
        _tell_pi(row, one, by, "不再参与您的申请", "no longer takes part in your application")
    action = "proposal.unshare" if is_writer and was_accepted else "proposal.end_invitation"
    record(tenant=row.tenant, actor=by, action=action, subject=row, data=_data(one, user=one.user_id))
    return one


_NOW = {
    Extent.EDIT: ("您现在可以填写申请全文", "You may now write the whole application"),
    Extent.BUDGET: ("您现在只能填写申请的预算", "You may now write the application's budget only"),
    Extent.READ: ("您现在只能查看申请", "You may now view the application only"),
}


@transaction.atomic
def change_extent(*, proposal: Proposal, by: User, user: User, extent: Extent) -> None:
    """The PI lets a co-writer do more or less than before, from now on; they are told. The same again does nothing.

    Raises NotVisible for anyone but the PI and for who is no co-writer, WrongState unless it is a draft."""
    row = locked(proposal)
    before = extent_of(user, row)
    if not is_pi.test(by, row) or before is None or user.pk == by.pk:
        raise NotVisible
    _require_draft(row)
    if before == extent:
        return
    _grant(row, user, extent)
    _accepted(row, user).update(extent=extent)
    zh, en = _NOW[extent]
    notify(
        tenant=row.tenant,
        to=[user],
        kind="proposal-extent",
        key=f"proposal-extent-{row.pk}-{user.pk}-{clock.now().timestamp()}",
        title_zh=zh,
        title_en=en,
        body_zh=name_of(row, "zh"),
        body_en=name_of(row, "en"),
        url=page_of(row),
    )
    data = {"user": user.pk, "before": str(before), "extent": str(extent)}
    record(tenant=row.tenant, actor=by, action="proposal.change_extent", subject=row, data=data)


@transaction.atomic
def forbid_co_writer(*, proposal: Proposal, by: User, user: User) -> None:
    """Take all rights to the draft away again, whatever the state. Only the PI may; raises NotVisible otherwise."""
    row = locked(proposal)
    if not is_pi.test(by, row):
        raise NotVisible
    for one in _accepted(row, user).select_for_update():
        move(one.end)
        one.save()
    if _revoke(row, user):
        record(tenant=row.tenant, actor=by, action="proposal.unshare", subject=row, data={"user": user.pk})


def _accepted(row: Proposal, user: User) -> Any:
    return Invitation.objects.filter(
        proposal=row, user=user, purpose=InvitationPurpose.CO_WRITER, state=InvitationState.ACCEPTED
    )


def _revoke(row: Proposal, user: User) -> bool:
    grants = ProposalUserObjectPermission.objects.filter(user=user, permission__codename__in=GRANTS, content_object=row)
    return bool(grants.delete()[0])


def _grant(row: Proposal, user: User, extent: Extent) -> None:
    """This and nothing else."""
    _revoke(row, user)
    permission = Permission.objects.get(
        codename=extent, content_type__app_label="proposals", content_type__model="proposal"
    )
    ProposalUserObjectPermission.objects.create(user=user, permission=permission, content_object=row)
