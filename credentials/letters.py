"""The two letters that carry a link: for a forgotten password, and the invitation into a new account.

They go out in both languages, since who has never signed in has not chosen one. The table of mails keeps them without
the link."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from accounts.models import Tenant, User
from accounts.queries import tenants_with
from audit.actions import record
from core import clock
from core.tenancy import tenant_scope
from credentials.links import address_for
from notifications.models import Effect, Mail

RESET = "password-link"
INVITATION = "invitation"
_LINK = "<link-"
NOT_KEPT = "（链接不保存 the link is not kept）"


@dataclass(frozen=True)
class Letter:
    """What is written, in both languages; the link stands between them."""

    subject_zh: str
    subject_en: str
    body_zh: str
    body_en: str

    def subject(self, *, is_chinese: bool) -> str:
        """One line, whatever the funder is called."""
        return " ".join((self.subject_zh if is_chinese else self.subject_en).split())

    def body(self, link: str, *, is_chinese: bool) -> str:
        first, second = (self.body_zh, self.body_en) if is_chinese else (self.body_en, self.body_zh)
        return f"{first}\n\n{link}\n\n----\n{second}\n"


def reset_letter(hours: int) -> Letter:
    """To somebody who asked for a new password."""
    return Letter(
        subject_zh="设置新密码",
        subject_en="Set a new password",
        body_zh=f"有人（应当是您本人）请求为此邮箱的账户设置新密码。请在 {hours} 小时内打开以下链接；链接只能使用一次。"
        "如非本人操作，请忽略本邮件，密码不会改变。",
        body_en="Somebody, probably you, asked for a new password for the account of this address. Open the link "
        f"within {hours} hours; it works once. If it was not you, ignore this message: nothing changes.",
    )


def invitation_letter(tenant: Tenant, until: datetime) -> Letter:
    """To somebody for whom the funder's secretariat opened an account."""
    day = f"{until.astimezone(tenant.zone):%Y-%m-%d %H:%M}"
    return Letter(
        subject_zh=f"{tenant.short_name_zh} 邀请您使用项目管理平台",
        subject_en=f"{tenant.short_name_en} invites you to its grant portal",
        body_zh=f"{tenant.name_zh}秘书处已用此邮箱为您开通账户。请打开以下链接设置密码，有效期至 {day}"
        f"（{tenant.zone_name}）；此后用此邮箱和密码登录。链接过期时，可在登录页选择“忘记密码”，或请秘书处重新发送。",
        body_en=f"The secretariat of {tenant.name_en} has opened an account for you with this address. Open the link "
        f"to set your password; it holds until {day} ({tenant.zone_name}). From then on sign in with this address and "
        "your password. Should the link have run out, choose “Forgot your password?” on the sign-in page, or ask the "
        "secretariat for another one.",
    )


def send_reset(effect: Effect) -> None:
    """Send the link to the account of the address in the effect, if there is one; the address is not kept."""
    email = effect.payload.get("email", "")
    user = User.objects.filter(email=email, is_active=True).first() if email else None
    if user is not None:
        lifetime = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        _send(effect, user, reset_letter(settings.PASSWORD_RESET_TIMEOUT // 3600), lifetime)
        tenants = tenants_with(user)
        with tenant_scope(tenants):
            for tenant in tenants:
                record(tenant=tenant, actor=None, action="password.link", subject=user)
    effect.payload = {}
    effect.save(update_fields=["payload"])


def send_invitation(effect: Effect) -> None:
    """Send the link to the invited person, unless they have a password by now."""
    user = User.objects.filter(pk=effect.payload["user"], is_active=True).first()
    if user is None or user.has_usable_password():
        return
    lifetime = timedelta(days=effect.tenant.invitation_days)
    _send(effect, user, invitation_letter(effect.tenant, clock.now() + lifetime), lifetime)


def _send(effect: Effect, user: User, letter: Letter, lifetime: timedelta) -> None:
    send_letter(effect, letter, address_for(user, lifetime), user.email, language=user.language, user=user)


def send_letter(
    effect: Effect, letter: Letter, link: str, address: str, *, language: str, user: User | None = None
) -> None:
    """One mail, once: a repetition finds the row that says so. The link goes out and is not kept."""
    is_chinese = language.startswith("zh")
    host = settings.PUBLIC_URL.split("//")[-1].split(":")[0]
    mail, _ = Mail.objects.get_or_create(
        tenant=effect.tenant,
        message_id=f"{_LINK}{effect.tenant_id}-{effect.pk}@{host}>",
        defaults={
            "user": user,
            "recipient": address,
            "subject": letter.subject(is_chinese=is_chinese),
            "body": letter.body(NOT_KEPT, is_chinese=is_chinese),
        },
    )
    if mail.sent_at:
        return
    body = letter.body(link, is_chinese=is_chinese)
    EmailMessage(mail.subject, body, to=[mail.recipient], headers={"Message-ID": mail.message_id}).send()
    mail.sent_at = clock.now()
    mail.save(update_fields=["sent_at"])


def of_links(mails: QuerySet[Mail]) -> QuerySet[Mail]:
    """Those of the mails that `send_letter` sent."""
    return mails.filter(message_id__startswith=_LINK)
