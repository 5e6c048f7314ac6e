"""The answer to a registration, by mail alone: the link, or that there is an account already. On the page both look
the same, so that nobody learns who has one. They go out in both languages."""

from django.conf import settings
from django.urls import reverse

from accounts.models import Tenant, User
from core import clock
from credentials.letters import Letter, send_letter
from notifications.models import Effect
from registry.links import address_of
from registry.models import Registration

REGISTRATION = "registration"
HOURS = 48


def confirmation_letter(tenant: Tenant) -> Letter:
    """To an address that has no account."""
    return Letter(
        subject_zh=f"确认您在{tenant.short_name_zh}项目管理平台的注册",
        subject_en=f"Confirm your registration with {tenant.short_name_en}",
        body_zh=f"有人（应当是您本人）用此邮箱注册项目管理平台的账户。请在 {HOURS} 小时内打开以下链接并设置密码；"
        "链接只能使用一次。如非本人操作，请忽略本邮件，所填信息将自动删除。",
        body_en="Somebody, probably you, registered with this address. Open the link "
        f"within {HOURS} hours and set a password; it works once. If it was not you, ignore this message: what was "
        "typed will be deleted.",
    )


def known_letter() -> Letter:
    """To an address that has an account."""
    return Letter(
        subject_zh="此邮箱已有账户",
        subject_en="This address has an account already",
        body_zh="有人（应当是您本人）用此邮箱注册，但此邮箱已有账户，无需再次注册。忘记密码时，请打开以下链接设置新密码；"
        "所在单位有变化，请登录后在“个人资料”中办理。如非本人操作，请忽略本邮件。",
        body_en="Somebody, probably you, registered with this address, which has an account already: no need to "
        "register again. If you forgot the password, open the link to set a new one; if you work elsewhere now, sign "
        "in and change your profile. If it was not you, ignore this message.",
    )


def send_confirmation(effect: Effect) -> None:
    """Send the link; or, where there is an account, that there is one, and forget what was typed."""
    row = Registration.objects.filter(pk=effect.payload["registration"], ends_at__gt=clock.now()).first()
    if row is None:
        return
    user = User.objects.filter(email=row.email).first()
    if user is None:
        link = address_of(row, effect.tenant.slug)
        send_letter(effect, confirmation_letter(effect.tenant), link, row.email, language=row.language)
        return
    if user.is_active:
        link = settings.PUBLIC_URL + reverse("password_forgotten")
        send_letter(effect, known_letter(), link, row.email, language=user.language, user=user)
    row.delete()
