"""Somebody registers: what they typed waits for the link in their mail, then there is an account."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from accounts.models import Institution, Tenant, User
from audit.actions import record
from core import clock
from core.tenancy import tenant_scope
from credentials.letters import of_links
from notifications.actions import add_effect
from notifications.models import Mail
from registry.actions.places import ask_for_place
from registry.letters import HOURS, REGISTRATION
from registry.models import Registration

# Raised when the notice on the form says something new; on record with everybody who agreed to it.
PRIVACY_NOTICE = 1


@dataclass(frozen=True)
class Typed:
    """What a person says of themselves."""

    email: str
    language: str
    name_zh: str = ""
    name_en: str = ""
    orcid: str = ""
    institution: Institution | None = None


@transaction.atomic
def register(*, tenant: Tenant, typed: Typed) -> None:
    """Keep what was typed and have the address asked for confirmation.

    Writes the same rows whether there is an account or not: only the worker looks, so that the answer's time tells
    nothing."""
    row = Registration.objects.create(
        tenant=tenant,
        email=typed.email.strip().lower(),
        name_zh=typed.name_zh,
        name_en=typed.name_en,
        orcid=typed.orcid,
        language=typed.language,
        institution=typed.institution,
        asked_at=clock.now(),
        ends_at=clock.now() + timedelta(hours=HOURS),
    )
    key = f"{REGISTRATION}:{secrets.token_hex(12)}"
    add_effect(tenant=tenant, kind=REGISTRATION, key=key, payload={"registration": row.pk})


@transaction.atomic
def confirm(*, tenant: Tenant, number: int, password: str) -> User | None:
    """Open the account of a registration whose owner followed the link, and ask its institution to admit them.

    None when the link was used, its time is over, or the address has an account by now."""
    row = Registration.objects.select_for_update().filter(pk=number, tenant=tenant, ends_at__gt=clock.now()).first()
    if row is None:
        return None
    Registration.objects.filter(tenant=tenant, email=row.email).delete()
    user = _opened(row, password)
    if user is None:
        return None
    of_links(Mail.objects.filter(tenant=tenant, user=None, recipient=user.email)).update(user=user)
    record(tenant=tenant, actor=user, action="person.register", subject=user, data={"privacy_notice": PRIVACY_NOTICE})
    if row.institution is not None:
        ask_for_place(tenant=tenant, user=user, institution=row.institution)
    return user


def _opened(row: Registration, password: str) -> User | None:
    """The new account; None when somebody else opened one for the address meanwhile."""
    try:
        with transaction.atomic():
            return User.objects.create_user(
                row.email, password, name_zh=row.name_zh, name_en=row.name_en, orcid=row.orcid, language=row.language
            )
    except IntegrityError:
        return None


def forget_unconfirmed(tenants: list[Tenant]) -> int:
    """Delete what was typed and never confirmed in time, with its mails; how many. Other mails to the same addresses,
    such as partners' links, stay on record: anybody can type anybody's address."""
    count = 0
    for tenant in tenants:
        with tenant_scope(tenant), transaction.atomic():
            rows = Registration.objects.filter(ends_at__lte=clock.now())
            of_links(Mail.objects.filter(user=None, recipient__in=list(rows.values_list("email", flat=True)))).delete()
            count += rows.delete()[0]
    return count
