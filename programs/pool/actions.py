"""Writes to the pool of candidates: the secretariat adds, changes, closes, and draws them into calls (C8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from programs.actions import require_secretary
from programs.models import Call
from programs.pool.models import Candidate, CandidateDraw
from programs.targeting import invite_institution, invite_person


@transaction.atomic
def add_candidate(*, tenant: Tenant, by: User, data: Mapping[str, Any]) -> Candidate:
    """Put a candidate with these fields into the pool. Raises NotVisible for anyone but the secretariat."""
    require_secretary(tenant, by)
    row = Candidate.objects.create(tenant=tenant, added_by=by, **data)
    record(tenant=tenant, actor=by, action="candidate.add", subject=row, data={"channel": str(row.channel)})
    return row


@transaction.atomic
def add_candidates(*, tenant: Tenant, by: User, rows: Iterable[Mapping[str, Any]]) -> int:
    """Put all of them into the pool, or none; how many they were. Raises as `add_candidate`."""
    return len([add_candidate(tenant=tenant, by=by, data=data) for data in rows])


@transaction.atomic
def change_candidate(*, candidate: Candidate, by: User, data: Mapping[str, Any], revision: int) -> Candidate:
    """Put these fields in place of what it says. Raises NotVisible, WrongState when it is closed or somebody changed
    it since `revision`."""
    row = _locked(candidate, by)
    if row.closed_at is not None:
        raise WrongState([_obstacle("closed", "该备选项目已关闭。", "The candidate is closed.")])
    if row.revision != revision:
        zh = "您打开本页后，已有人修改。再次保存将以您的内容为准。"
        en = "Somebody changed it since you opened this page. Save again to put what you wrote in its place."
        raise WrongState([_obstacle("changed", zh, en)])
    changed = sorted(name for name, value in data.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, data[name])
    row.revision += 1
    row.save()
    record(tenant=row.tenant, actor=by, action="candidate.change", subject=row, data={"fields": changed})
    return row


@transaction.atomic
def close_candidate(*, candidate: Candidate, by: User, reason: str) -> Candidate:
    """Take it out of the pool, with a reason; what was drawn stays. Raises NotVisible, WrongState, Refused."""
    row = _locked(candidate, by)
    if row.closed_at is not None:
        raise WrongState([_obstacle("closed", "该备选项目已关闭。", "The candidate is closed.")])
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise Refused([_obstacle("reason", "请说明理由。", "Say why.", "reason")])
    row.closed_at, row.closed_by, row.close_reason = clock.now(), by, reason
    row.save()
    record(tenant=row.tenant, actor=by, action="candidate.close", subject=row, reason=reason)
    return row


@transaction.atomic
def draw_candidate(*, candidate: Candidate, call: Call, by: User) -> CandidateDraw:
    """Draw the candidate into a call by invitation: invites its institution, or else the contact by their account.

    Raises NotVisible for anyone but the secretariat and for a call that isn't by invitation, Refused when it is closed
    or drawn already, when nobody can be invited, or the call is over."""
    row = _locked(candidate, by)
    if row.closed_at is not None:
        raise Refused([_obstacle("closed", "该备选项目已关闭。", "The candidate is closed.")])
    if CandidateDraw.objects.filter(candidate=row, call=call).exists():
        raise Refused([_obstacle("drawn", "该指南已抽取过这个项目。", "The call has drawn it already.")])
    if row.institution is not None:
        invitation = invite_institution(call=call, by=by, institution=row.institution)
    elif row.contact_email:
        invitation = invite_person(call=call, by=by, email=row.contact_email)
    else:
        zh = "缺少可邀请的对象：请填写单位库中的单位，或联系人的账户邮箱。"
        en = "Nobody to invite: name an institution of the directory, or the e-mail address of the contact's account."
        raise Refused([_obstacle("nobody", zh, en, "institution")])
    made = CandidateDraw.objects.create(
        tenant=row.tenant, candidate=row, call=call, invitation=invitation, drawn_at=clock.now(), drawn_by=by
    )
    record(tenant=row.tenant, actor=by, action="candidate.draw", subject=row, data={"call": call.pk})
    return made


def _locked(candidate: Candidate, by: User) -> Candidate:
    require_secretary(candidate.tenant, by)
    row = Candidate.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=candidate.pk).first()
    if row is None:
        raise NotVisible
    return row


def _obstacle(code: str, zh: str, en: str, field: str = "") -> Obstacle:
    return Obstacle(code, zh, en, article="C8", field=field, who_can_clear=Role.SECRETARY)
