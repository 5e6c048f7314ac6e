"""Writes about passwords. Each is told to the person and stands in the audit chain of the funders they work with."""

import secrets

from django.db import transaction
from django.urls import reverse

from accounts.models import Tenant, User
from accounts.queries import all_tenants, tenants_with
from audit.actions import record
from core import clock
from core.tenancy import tenant_scope
from credentials.letters import INVITATION, RESET
from credentials.links import tokens
from notifications.actions import add_effect, notify


def ask_for_link(*, email: str) -> None:
    """Have a link sent to the account with that address, if there is one.

    Writes the same row whether there is or not: only the worker looks, so that the answer's time tells nothing. A
    portal without a funder has no outbox yet: nothing is sent."""
    tenant = next(iter(all_tenants()), None)
    if tenant is None:
        return
    with tenant_scope(tenant), transaction.atomic():
        key = f"{RESET}:{secrets.token_hex(12)}"
        add_effect(tenant=tenant, kind=RESET, key=key, payload={"email": email.strip().lower()})


def invite(*, user: User, tenant: Tenant) -> None:
    """Have the person sent the link into their account. Who may do so, and its audit event, are the caller's affair."""
    key = f"{INVITATION}:{user.pk}:{secrets.token_hex(12)}"
    add_effect(tenant=tenant, kind=INVITATION, key=key, payload={"user": user.pk})


@transaction.atomic
def set_password_by_link(*, user: User, token: str, password: str) -> bool:
    """Set the password of the holder of a link; False when the link has been used or has run out in the meantime."""
    row = User.objects.select_for_update().get(pk=user.pk)
    if not row.is_active or not tokens.check_token(row, token):
        return False
    is_first = not row.has_usable_password()
    _set(row, password, action="password.first" if is_first else "password.reset")
    return True


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """A new password for a signed-in person, who has given the old one. Their other sessions end by it."""
    row = User.objects.select_for_update().get(pk=user.pk)
    _set(row, password, action="password.change")
    user.password = row.password


def _set(user: User, password: str, *, action: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    tenants = tenants_with(user)
    if not tenants:
        return
    with tenant_scope(tenants):
        if action != "password.first":
            notify(
                tenant=tenants[0],
                to=[user],
                kind="password",
                key=f"{action}:{user.pk}:{clock.now().isoformat()}",
                title_zh="您的密码已更改",
                title_en="Your password was changed",
                body_zh="您的账户设置了新密码，其他设备已退出登录。如非本人操作，请立即设置新密码：",
                body_en="A new password was set for your account, and other devices were signed out. "
                "If it was not you, set another one at once:",
                url=reverse("password_forgotten"),
            )
        for tenant in tenants:
            record(tenant=tenant, actor=user, action=action, subject=user)
