"""An administrator gives and ends roles: never their own, never the last administrator's, never two that must be kept
apart."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from accounts.duties import incompatible
from accounts.enums import GRANTED_ROLES, Role
from accounts.models import Membership, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from credentials.actions import invite
from notifications.actions import notify
from registry.queries.roles import OF_THE_POOL

MOST_REASON = 500


@transaction.atomic
def give_role(*, tenant: Tenant, by: User, user: User, role: str, reason: str) -> Membership:
    """Let the person hold `role` with the funder from now on; they are told.

    Raises NotVisible for anyone but its administrator, Refused for oneself, a closed account, a role that is held
    already or kept in the pool of experts, one that must be kept apart from another (A16 A23 A26), no reason."""
    _lock(tenant, by)
    return _give(tenant, by, user, role, reason)


def _give(tenant: Tenant, by: User, user: User, role: str, reason: str) -> Membership:
    held = list(Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True))
    if found := _cannot_give(by, user, role, held) + _no_reason(reason):
        raise Refused(found)
    membership = Membership.objects.create(tenant=tenant, user=user, role=role, granted_at=clock.now())
    _tell(tenant, user, role, reason, key="given")
    record(
        tenant=tenant, actor=by, action="membership.grant", subject=user, to_state=role, reason=reason.strip(),
        data={"user": user.pk, "role": role},
    )  # fmt: skip
    return membership


@transaction.atomic
def give_role_by_address(
    *, tenant: Tenant, by: User, email: str, role: str, reason: str, name_zh: str = "", name_en: str = ""
) -> User:
    """As `give_role`, to whoever has that address; without an account one is opened under the name, and its owner
    invited to set a password. Raises what `give_role` does, and Refused for a new person without a name."""
    _lock(tenant, by)
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        if not (name_zh or name_en):
            zh, en = "该邮箱尚无账户，请填写姓名。", "There is no account with this address yet: write a name."
            raise Refused([Obstacle("name", zh, en, field="name_en")])
        language = "zh-hans" if name_zh else "en"
        user = User.objects.create_user(email, None, name_zh=name_zh, name_en=name_en, language=language)
        invite(user=user, tenant=tenant)
    _give(tenant, by, user, role, reason)
    return user


@transaction.atomic
def end_role(*, tenant: Tenant, by: User, user: User, role: str, reason: str) -> None:
    """Take the role away, at once for every session of the person's; they are told. A second time it does nothing.

    Raises NotVisible for anyone but the funder's administrator, Refused for the last administrator, an expert's role
    (the pool ends those), no reason."""
    _lock(tenant, by)
    row = Membership.objects.filter(tenant=tenant, user=user, role=role).first()
    if row is None:
        return
    if found := _cannot_end(tenant, user, role) + _no_reason(reason):
        raise Refused(found)
    row.delete()
    _tell(tenant, user, role, reason, key="ended")
    record(
        tenant=tenant, actor=by, action="membership.end", subject=user, from_state=role, reason=reason.strip(),
        data={"user": user.pk, "role": role},
    )  # fmt: skip


def _lock(tenant: Tenant, by: User) -> None:
    """One administrator of the funder at a time; what they hold is read under the lock."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if not (by.is_active and Membership.objects.filter(tenant=tenant, user=by, role=Role.ADMIN).exists()):
        raise NotVisible


def _cannot_give(by: User, user: User, role: str, held: list[str]) -> list[Obstacle]:
    if role not in {one.value for one in GRANTED_ROLES}:
        return [_at_role("unknown", "没有此角色。", "There is no such role.")]
    if role in OF_THE_POOL:
        zh = "评审专家的角色由秘书处在专家库中维护。"
        return [_at_role("pool", zh, "Experts get their role in the pool of experts, which the secretariat keeps.")]
    if user.pk == by.pk:
        return [_at_role("own", "不能给自己授予角色，请由另一位管理员办理。",
                         "Nobody gives themselves a role: ask another administrator.")]  # fmt: skip
    if not user.is_active:
        return [_at_role("closed", "该账户已关闭。", "This account is closed.")]
    if role in held:
        return [_at_role("held", "此人已有该角色。", "This person has that role already.")]
    return incompatible(role, held)


def _cannot_end(tenant: Tenant, user: User, role: str) -> list[Obstacle]:
    if role in OF_THE_POOL:
        zh = "评审专家的角色由秘书处在专家库中维护。"
        return [_at_role("pool", zh, "Experts lose their role in the pool of experts, which the secretariat keeps.")]
    others = Membership.objects.filter(tenant=tenant, role=Role.ADMIN, user__is_active=True).exclude(user=user)
    # Who was invited and never came may be a mistyped address.
    if role == Role.ADMIN and not others.exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX).exists():
        zh = "这是最后一位能够登录的管理员，请先任命另一位，并等其设置密码。"
        en = "This is the last administrator who can sign in: name another one first, who sets a password."
        return [_at_role("last", zh, en)]
    return []


def _at_role(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field="role", who_can_clear=Role.ADMIN)


def _no_reason(reason: str) -> list[Obstacle]:
    if reason.strip():
        return []
    zh, en = "请写明理由，该理由将记录在案。", "Write the reason: it goes on record."
    return [Obstacle("reason", zh, en, field="reason", who_can_clear=Role.ADMIN)]


def _tell(tenant: Tenant, user: User, role: str, reason: str, *, key: str) -> None:
    zh, en = (_label(role, language) for language in ("zh-hans", "en"))
    title_zh, title_en = (
        (f"{tenant.short_name_zh}授予您“{zh}”角色", f"{tenant.short_name_en} gave you the role “{en}”")
        if key == "given"
        else (
            f"您在{tenant.short_name_zh}的“{zh}”角色已终止",
            f"Your role “{en}” with {tenant.short_name_en} has ended",
        )
    )
    notify(
        tenant=tenant,
        to=[user],
        kind="role",
        key=f"role-{key}:{user.pk}:{role}:{clock.now().isoformat()}",
        title_zh=title_zh,
        title_en=title_en,
        body_zh=f"理由：{reason.strip()}",
        body_en=f"Reason: {reason.strip()}",
        url=reverse("home"),
    )


def _label(role: str, language: str) -> str:
    with override(language):
        return str(Role(role).label)
