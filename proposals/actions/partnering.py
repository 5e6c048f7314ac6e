"""A partner institution fills in its own part of the draft by a link and confirms it, without an account (A3 A13 B2.3).

Whoever holds the link acts; nobody is signed in. Each step says in the audit chain by which link it was taken."""

import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, StaleRevision
from notifications.actions import add_effect, notify
from programs.queries import effective_policy
from proposals.actions.common import locked, name_of, page_of, storable
from proposals.actions.drafting import keep_draft, keep_file, take_out, writable
from proposals.models import Attachment, PartnerConfirmation, PartnerLink, Proposal
from proposals.queries import draft_dossier
from proposals.queries.partners import (
    files_of,
    hash_of,
    hash_of_token,
    holds_now,
    own_kinds,
    part_of,
    rest_of,
    seen_by,
)
from proposals.rules import extent_of

LETTER = "partner-link"
MOST_SENT = 100
"""Links of one proposal, dead ones among them: nobody floods a mailbox with it."""
MOST_FILES = 10
MOST_NAME = 300


def token_of(link: PartnerLink) -> str:
    """What the link ends in: made anew from the portal's key whenever a letter goes out, never kept."""
    about = f"{link.tenant_id}:{link.proposal_id}:{link.party_key}:{link.nonce}"
    mac = salted_hmac("proposals.partner-link", about, algorithm="sha256").digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


# ---------------------------------------------------------------- the applicant's side
@transaction.atomic
def ask_partner(*, proposal: Proposal, by: User, party_key: str, name: str, email: str, language: str) -> PartnerLink:
    """Send the partner's contact a link to its part of the draft; one sent before ends.

    Raises NotVisible for someone who may not write and for an unknown partner, WrongState unless it is a draft,
    Refused for an unnamed partner, an address of those who write the draft, or after too many links."""
    row = writable(proposal, by)
    party = draft_dossier(row)[0].party(party_key)
    if party is None or "parties" not in effective_policy(row.call).asked:
        raise NotVisible
    if not (party.name_zh or party.name_en):
        raise Refused([_at("name", "party_name", "请先填写并保存单位名称。", "Save the institution's name first.")])
    if _is_of_applicant(row, email):
        zh = "请填写合作单位联系人的邮箱：申请人一方不能代合作单位确认。"
        en = "Write the address of the partner's contact: the applicant's side doesn't confirm on a partner's behalf."
        raise Refused([_at("email", "own_address", zh, en)])
    if PartnerLink.objects.filter(proposal=row).count() >= MOST_SENT:
        zh, en = f"每份申请最多发送 {MOST_SENT} 次链接。", f"At most {MOST_SENT} links an application, please."
        raise Refused([_at("email", "too_many", zh, en)])
    now = clock.now()
    _open_links(row).filter(party_key=party_key).update(ended_at=now)
    link = PartnerLink(
        tenant=row.tenant,
        proposal=row,
        party_key=party_key,
        name=_line(name),
        email=email.strip().lower(),
        language=language,
        nonce=secrets.token_hex(16),
        sent_at=now,
        sent_by=by,
        expires_at=now + timedelta(days=row.tenant.invitation_days),
    )
    link.token_sha256 = hash_of_token(token_of(link))
    link.save()
    add_effect(tenant=row.tenant, kind=LETTER, key=f"{LETTER}:{link.pk}", payload={"link": link.pk})
    _note(link, by, "proposal.ask_partner")
    return link


def _is_of_applicant(row: Proposal, email: str) -> bool:
    """Whether it is the address of the PI or of a co-writer."""
    user = User.objects.filter(email=email.strip().lower()).first()
    return user is not None and extent_of(user, row) is not None


@transaction.atomic
def revoke_partner_link(*, link: PartnerLink, by: User) -> PartnerLink:
    """The applicant's side takes a link back: it opens nothing more, and what was confirmed by it counts no more.

    Twice does nothing more. Raises NotVisible for someone who may not write, WrongState unless it is a draft."""
    row = writable(link.proposal, by)
    held = PartnerLink.objects.select_for_update().get(pk=link.pk, proposal=row)
    if held.revoked_at is None:
        held.revoked_at, held.revoked_by = clock.now(), by
        held.save(update_fields=["revoked_at", "revoked_by"])
        _note(held, by, "proposal.revoke_partner_link")
    return held


def end_partner_links(row: Proposal) -> None:
    """The draft was handed in or withdrawn: no link opens it any more. What was confirmed stays."""
    _open_links(row).update(ended_at=clock.now())


def _open_links(row: Proposal) -> Any:
    return PartnerLink.objects.filter(proposal=row, ended_at__isnull=True, revoked_at__isnull=True)


# ---------------------------------------------------------------- whoever holds the link
@transaction.atomic
def open_part(*, link: PartnerLink) -> None:
    """Remember when the link was first opened."""
    PartnerLink.objects.filter(pk=link.pk, opened_at__isnull=True).update(opened_at=clock.now())


@transaction.atomic
def save_part(*, link: PartnerLink, data: dict[str, Any], revision: int) -> Proposal:
    """Keep `data`, the whole draft, in which only the partner's own part may differ, as the next revision.

    Raises NotVisible when the link holds no longer or anything else differs, StaleRevision when another save came
    between."""
    row, held = _locked_pair(link)
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current=row.draft)
    data = storable(data)
    if rest_of(data, held.party_key) != rest_of(row.draft, held.party_key):
        raise NotVisible
    keep_draft(row, data)
    _note(held, None, "proposal.partner_save", revision=row.revision)
    return row


@transaction.atomic
def attach_to_part(*, link: PartnerLink, kind: str, filename: str, data: bytes) -> Attachment:
    """Add a file of the partner's own. Raises as `attach_file`, and NotVisible when the link holds no longer or for a
    kind that isn't asked of this partner."""
    row, held = _locked_pair(link)
    party = draft_dossier(row)[0].party(held.party_key)
    if party is None or kind not in {one.file.key for one in own_kinds(effective_policy(row.call), party)}:
        raise NotVisible
    if files_of(row, held.party_key).count() >= MOST_FILES:
        zh, en = f"附件不能超过 {MOST_FILES} 个。", f"At most {MOST_FILES} files, please."
        raise Refused([_at("file", "file_count", zh, en)])
    file = keep_file(row, kind=kind, party_key=held.party_key, filename=filename, data=data, by=held.sent_by, link=held)
    _note(held, None, "proposal.attach", file=file.file.sha256, name=file.filename, kind=kind)
    return file


@transaction.atomic
def detach_from_part(*, link: PartnerLink, attachment: Attachment) -> None:
    """Take one of the partner's files out. Raises NotVisible for any other, and when the link holds no longer."""
    row, held = _locked_pair(link)
    file = files_of(row, held.party_key).filter(pk=attachment.pk).first()
    if file is None:
        raise NotVisible
    take_out(file)
    _note(held, None, "proposal.detach", name=file.filename)


@transaction.atomic
def confirm_part(*, link: PartnerLink, seen_sha256: str, name: str, position: str) -> PartnerConfirmation:
    """Somebody confirms on behalf of the institution what they saw; the applicant is told. Twice is once.

    Raises NotVisible when the link holds no longer, Refused when the part says something else by now, holds values
    that can't be understood, or they don't say who they are."""
    row, held = _locked_pair(link)
    dossier, problems = draft_dossier(row)
    party = dossier.party(held.party_key)
    if party is None:
        raise NotVisible
    sha256 = hash_of(dossier, held.party_key)
    own = {f"parties.{party.key}"}
    own |= {f"participants.{one.key}" for one in dossier.participants if one.party_key == party.key}
    is_unclear = any(".".join(one.path.split(".")[:2]) in own for one in problems)
    if found := _not_yet(seen_sha256 == sha256, is_unclear, _line(name), _line(position)):
        raise Refused(found)
    before = PartnerConfirmation.objects.filter(link=held).last()
    if before is not None and before.sha256 == sha256:
        return before
    made = PartnerConfirmation.objects.create(
        tenant=row.tenant,
        link=held,
        part_json=seen_by(dossier, held.party_key).decode(),
        sha256=sha256,
        name=_line(name),
        position=_line(position),
        confirmed_at=clock.now(),
    )
    _tell_applicant(row, held, made)
    _note(held, None, "proposal.partner_confirm", sha256=sha256, name=made.name, position=made.position)
    return made


def _not_yet(is_as_seen: bool, is_unclear: bool, name: str, position: str) -> list[Obstacle]:
    found = []
    if not is_as_seen:
        found.append(
            _at(
                "",
                "part_changed",
                "您打开本页后内容有改动，请重新核对。",
                "Something was changed since you opened this page. Please read it again.",
            )
        )
    if is_unclear:
        found.append(
            _at("", "part_unclear", "有内容无法识别，请先更正。", "A value can't be understood. Correct it first.")
        )
    if not name:
        found.append(_at("name", "name", "请填写您的姓名。", "Write your name."))
    if not position:
        found.append(_at("position", "position", "请填写您的职务。", "Write your position."))
    return found


def _tell_applicant(row: Proposal, link: PartnerLink, made: PartnerConfirmation) -> None:
    zh, en = draft_dossier(row)[0].party_name(link.party_key)
    notify(
        tenant=row.tenant,
        to={row.pi, link.sent_by},
        kind="partner-confirmed",
        key=f"partner-confirmed-{made.pk}",
        title_zh=f"{zh}已确认其填报内容",
        title_en=f"{en} has confirmed its part",
        body_zh=f"申请：{name_of(row, 'zh')}。确认人：{made.name}（{made.position}）。",
        body_en=f"Application: {name_of(row, 'en')}. Confirmed by {made.name} ({made.position}).",
        url=page_of(row, "proposals:partners"),
    )


def _locked_pair(link: PartnerLink) -> tuple[Proposal, PartnerLink]:
    """The draft and the link, as they are now; the draft's lock is the one that everybody waits for."""
    row = locked(link.proposal)
    held = PartnerLink.objects.select_related("sent_by").filter(pk=link.pk, proposal=row).first()
    if held is None:
        raise NotVisible
    held.proposal = row
    if not holds_now(held) or not part_of(row.draft, held.party_key)["parties"]:
        raise NotVisible
    return row, held


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:MOST_NAME]


def _at(field: str, code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field=field, who_can_clear=Role.APPLICANT)


def _note(link: PartnerLink, by: User | None, action: str, **more: Any) -> None:
    record(
        tenant=link.tenant,
        actor=by,
        action=action,
        subject=link.proposal,
        data={"link": link.pk, "party": link.party_key, **more},
    )
