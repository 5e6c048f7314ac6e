"""Keeps the expert pool (A9 A21)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.models import Institution, Membership, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from reviews import rules
from reviews.actions.common import clean, obstacle
from reviews.enums import ReviewKind
from reviews.models import Expert

MOST_AT_ONCE = 100


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

    They get the roles that their kinds of review need. Raises NotVisible for anyone but the secretariat, Refused when
    the address is in the pool already, no kind is chosen, or a new person has no name."""
    rules.require(rules.may_keep_pool(by, tenant))
    user = User.objects.filter(email=email.strip().lower()).first()
    found = _problems(is_domain, is_finance, capacity)
    if user is None and not (clean(name_zh) or clean(name_en)):
        found.append(obstacle("name", "请填写姓名。", "Write a name.", field="name_en"))
    if user is not None and Expert.objects.filter(tenant=tenant, user=user).exists():
        found.append(obstacle("in-pool", "该专家已在专家库中。", "This person is in the pool already.", field="email"))
    if found:
        raise Refused(found)
    if user is None:
        language = "zh-hans" if name_zh.strip() else "en"
        user = User.objects.create_user(email, None, name_zh=clean(name_zh), name_en=clean(name_en), language=language)
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
    return expert


@transaction.atomic
def update_expert(*, expert: Expert, by: User, **changes: Any) -> Expert:
    """Change what the pool knows of an expert: any of the model's own fields but the person.

    Raises NotVisible for anyone but the secretariat, Refused when no kind would be left."""
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
    if found := _problems(row.is_domain, row.is_finance, row.capacity):
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


def _grant_roles(expert: Expert) -> None:
    for kind, is_kind in ((ReviewKind.DOMAIN, expert.is_domain), (ReviewKind.FINANCE, expert.is_finance)):
        if is_kind:
            Membership.objects.get_or_create(user=expert.user, tenant=expert.tenant, role=rules.EXPERT_ROLE[kind])


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
    }
