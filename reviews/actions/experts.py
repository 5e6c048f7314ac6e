"""Keeps the expert pool (A9 A21)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.duties import incompatible
from accounts.enums import Role
from accounts.models import Institution, Membership, Tenant, User
from accounts.standing import standing_of
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from credentials.actions import invite
from proposals.models import Proposal
from reviews import rules
from reviews.actions.common import clean, obstacle
from reviews.enums import WAITING_STATES, ReviewKind
from reviews.models import Assignment, Expert
from reviews.queries.pool import INVITED, invited_at

MOST_AT_ONCE = 100
# projects.enums.ProjectState.BOOK_REVIEW, which lies a layer above; a test keeps them equal.
JUDGES_BOOKS_IN = "book_review"
BETWEEN_INVITATIONS = timedelta(hours=1)


@transaction.atomic
def add_expert(
    *,
    tenant: Tenant,
    by: User,
    email: str,
    country: str,
    name_zh: str = "",
    name_en: str = "",
    is_domain: bool = False,
    is_finance: bool = False,
    is_international: bool = False,
    institution: Institution | None = None,
    fields: Sequence[str] = (),
    keywords: str = "",
    capacity: int = 10,
    has_consented: bool = False,
) -> Expert:
    """Add a person to the pool, with an account if they have none (names of an existing one stay as they are).

    They get the roles that their kinds of review need, and where there is no password an invitation to set one.
    Raises NotVisible for anyone but the secretariat, Refused when the address is in the pool already or that of one of
    the funder's staff (A16), no kind is chosen, or a new person has no name."""
    rules.require(rules.may_keep_pool(by, tenant))
    user = User.objects.filter(email=email.strip().lower()).first()
    names = {"name_zh": clean(name_zh), "name_en": clean(name_en)}
    if found := [*_problems(is_domain, is_finance, capacity), *_cannot_join(tenant, user, names)]:
        raise Refused(found)
    if user is None:
        user = User.objects.create_user(email, None, language="zh-hans" if names["name_zh"] else "en", **names)
    expert = Expert.objects.create(
        tenant=tenant,
        user=user,
        is_domain=is_domain,
        is_finance=is_finance,
        is_international=is_international,
        institution=institution,
        country=country,
        fields=list(fields),
        keywords=clean(keywords),
        capacity=capacity,
        consented_at=clock.now() if has_consented else None,
    )
    _grant_roles(expert)
    record(tenant=tenant, actor=by, action="expert.add", subject=expert, data=_profile(expert))
    if not user.has_usable_password():
        _invite(expert, by)
    return expert


def _cannot_join(tenant: Tenant, user: User | None, names: dict[str, str]) -> list[Obstacle]:
    if user is None and not any(names.values()):
        return [obstacle("name", "请填写姓名。", "Write a name.", field="name_en")]
    if user is not None and Expert.objects.filter(tenant=tenant, user=user).exists():
        return [obstacle("in-pool", "该专家已在专家库中。", "This person is in the pool already.", field="email")]
    held = standing_of(user).roles.get(tenant.pk, frozenset()) if user is not None else frozenset()
    return [replace(one, field="email") for one in incompatible(Role.REVIEWER, held)]


@transaction.atomic
def invite_again(*, expert: Expert, by: User) -> None:
    """Send another invitation to an expert who has set no password yet.

    Raises NotVisible for anyone but the secretariat, Refused when there is a password, the account is closed, or the
    last invitation went out within the hour (a second click)."""
    rules.require(rules.may_keep_pool(by, expert.tenant))
    row = Expert.objects.select_for_update(of=("self",)).select_related("user").filter(pk=expert.pk).first()
    if row is None:
        raise NotVisible
    last = invited_at(row)
    if row.user.has_usable_password() or not row.user.is_active:
        zh = "该专家已设置过密码，或账户已关闭；忘记密码时可在登录页自行设置新密码。"
        en = (
            "This person has set a password, or the account is closed. A forgotten password is set anew from the "
            "sign-in page."
        )
        raise Refused([obstacle("has-password", zh, en)])
    if last is not None and clock.now() - last < BETWEEN_INVITATIONS:
        zh, en = (
            "邀请邮件刚刚发出，一小时后可再次发送。",
            "An invitation has just gone out. Another can follow after an hour.",
        )
        raise Refused([obstacle("just-invited", zh, en)])
    _invite(row, by)


def _invite(expert: Expert, by: User) -> None:
    invite(user=expert.user, tenant=expert.tenant)
    record(tenant=expert.tenant, actor=by, action=INVITED, subject=expert)


@transaction.atomic
def update_expert(*, expert: Expert, by: User, has_consented: bool | None = None, **changes: Any) -> Expert:
    """Change what the pool knows of an expert: any of the model's own fields but the person, and their consent.

    The roles follow the kinds. Raises NotVisible for anyone but the secretariat, Refused when no kind would be left, or
    one would go while reviews of it are waited for."""
    rules.require(rules.may_keep_pool(by, expert.tenant))
    row = Expert.objects.select_for_update().filter(pk=expert.pk).first()
    if row is None:
        raise NotVisible
    editable = {field.name for field in Expert._meta.concrete_fields} - {"id", "tenant", "user", "consented_at"}
    if unknown := changes.keys() - editable:
        raise TypeError(f"an expert's {', '.join(sorted(unknown))} can't be changed")
    before = _profile(row)
    for name, value in changes.items():
        setattr(row, name, clean(value) if isinstance(value, str) else value)
    if has_consented is not None and has_consented != (row.consented_at is not None):
        row.consented_at = clock.now() if has_consented else None
    if found := _problems(row.is_domain, row.is_finance, row.capacity) + _still_at_work(row):
        raise Refused(found)
    row.save()
    _grant_roles(row)
    after = _profile(row)
    if after != before:
        record(
            tenant=row.tenant,
            actor=by,
            action="expert.change",
            subject=row,
            data={name: [before[name], after[name]] for name in after if before[name] != after[name]},
        )
    return row


def _problems(is_domain: bool, is_finance: bool, capacity: int) -> list[Obstacle]:
    found = []
    if not (is_domain or is_finance):
        found.append(obstacle("kind", "请至少选择一类评审。", "Choose at least one kind of review.", field="is_domain"))
    if not 0 <= capacity <= MOST_AT_ONCE:
        found.append(
            obstacle(
                "capacity",
                f"同时评审数须在 0 到 {MOST_AT_ONCE} 之间。",
                f"Reviews at a time must be from 0 to {MOST_AT_ONCE}.",
                field="capacity",
            )
        )
    return found


def _kinds_of(expert: Expert) -> tuple[tuple[ReviewKind, str, bool], ...]:
    return (
        (ReviewKind.DOMAIN, "is_domain", expert.is_domain),
        (ReviewKind.FINANCE, "is_finance", expert.is_finance),
    )


def _still_at_work(expert: Expert) -> list[Obstacle]:
    """A kind does not go while the person reviews as such: with the role their page would go."""
    zh = "该专家尚有此类未完成的评审，请先收回或等待完成。"
    en = "The person has reviews of this kind to finish: wait for them, or release the person first."
    waiting = Assignment.objects.filter(expert=expert, state__in=WAITING_STATES)
    busy = set(waiting.values_list("kind", flat=True).distinct())
    if Proposal.objects.filter(project__finance_expert=expert.user_id, project__state=JUDGES_BOOKS_IN).exists():
        busy.add(ReviewKind.FINANCE)
    return [
        obstacle("still-at-work", zh, en, field=field)
        for kind, field, is_kind in _kinds_of(expert)
        if not is_kind and kind in busy
    ]


def _grant_roles(expert: Expert) -> None:
    """The roles of the kinds, and none of the others: the pool says who reviews (A9 A21)."""
    for kind, _, is_kind in _kinds_of(expert):
        held: dict[str, Any] = {"user": expert.user, "tenant": expert.tenant, "role": rules.EXPERT_ROLE[kind]}
        if is_kind:
            Membership.objects.get_or_create(**held)
        else:
            Membership.objects.filter(**held).delete()


def _profile(expert: Expert) -> dict[str, Any]:
    return {
        "user": expert.user_id,
        "is_domain": expert.is_domain,
        "is_finance": expert.is_finance,
        "is_international": expert.is_international,
        "institution": expert.institution_id,
        "country": expert.country,
        "fields": list(expert.fields),
        "keywords": expert.keywords,
        "capacity": expert.capacity,
        "is_available": expert.is_available,
        "has_consented": expert.consented_at is not None,
    }
