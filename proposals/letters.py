"""The letter that carries a partner's link. The table of mails keeps it without the link."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from core import clock
from credentials.letters import NOT_KEPT, Letter
from notifications.models import Effect, Mail
from proposals.actions.common import name_of
from proposals.actions.partnering import token_of
from proposals.models import PartnerLink
from proposals.queries.partners import holds_now


def partner_letter(link: PartnerLink) -> Letter:
    """To the contact of a partner institution: who asks for what, until when."""
    row, tenant = link.proposal, link.tenant
    until = f"{link.expires_at.astimezone(tenant.zone):%Y-%m-%d %H:%M} ({tenant.zone_name})"
    pi, lead = row.pi, row.lead_institution
    return Letter(
        subject_zh=f"请填写并确认贵单位在项目申请中的内容：{name_of(row, 'zh')}",
        subject_en=f"Please fill in and confirm your institution's part: {name_of(row, 'en')}",
        body_zh=f"{link.name}：\n{lead.name_zh or lead.name_en} {pi.name_zh or pi.name_en} "
        f"正在向{tenant.name_zh}申请项目“{name_of(row, 'zh')}”，贵单位为合作单位。请打开链接，核对并填写贵单位信息、"
        "分工、参与人员和匹配经费，上传合作意愿书（如需要），并代表单位确认。无需注册。"
        f"链接有效期至 {until}，请勿转发给无关人员。",
        body_en=f"Dear {link.name},\n{pi.name_en or pi.name_zh} of {lead.name_en or lead.name_zh} is applying to "
        f"{tenant.name_en} with “{name_of(row, 'en')}”, in which your institution is a partner. Open the link to read "
        "and fill in your institution's data, share of the work, people and matching funds, to upload its letter of "
        "willingness if one is asked for, and to confirm all this on its behalf. No account is needed. The link holds "
        f"until {until}; whoever has it can write your part, so please pass it on with care.",
    )


def send_partner_link(effect: Effect) -> None:
    """Send the letter, once, unless the link was taken back meanwhile: a repetition finds the row that says so."""
    links = PartnerLink.objects.select_related("tenant", "proposal__pi", "proposal__lead_institution")
    link = links.filter(pk=effect.payload["link"]).first()
    if link is None or not holds_now(link):
        return
    letter, is_chinese = partner_letter(link), link.language.startswith("zh")
    host = settings.PUBLIC_URL.split("//")[-1].split(":")[0]
    mail, _ = Mail.objects.get_or_create(
        tenant=effect.tenant,
        message_id=f"<partner-{effect.tenant_id}-{link.pk}@{host}>",
        defaults={
            "recipient": link.email,
            "subject": letter.subject(is_chinese=is_chinese)[:300],
            "body": letter.body(NOT_KEPT, is_chinese=is_chinese),
        },
    )
    if mail.sent_at:
        return
    address = settings.PUBLIC_URL + reverse("proposals:partner", args=[link.tenant.slug, token_of(link)])
    body = letter.body(address, is_chinese=is_chinese)
    EmailMessage(mail.subject, body, to=[mail.recipient], headers={"Message-ID": mail.message_id}).send()
    mail.sent_at = clock.now()
    mail.save(update_fields=["sent_at"])
