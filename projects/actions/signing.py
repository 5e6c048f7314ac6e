"""Signing: in the policy's order, one party after another; the last signature establishes the project (A26)."""

from django.db import transaction

from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from documents.models import Revision
from notifications.actions import cancel_reminders
from programs.actions import next_number
from programs.policy import Policy
from programs.policy.sections import Signatory
from projects.actions.common import SIGNATURE_REMINDER_DAYS, everyone, locked, remind_in, tell
from projects.enums import ProjectState
from projects.models import Project, Signature
from projects.papers import add_signature, institution_of
from projects.queries import book_pdf, next_signatory, policy_of, signers_of
from projects.rules import can_sign_for


def sign_book(*, project: Project, party: str, by: User, expected_sha256: str = "") -> Signature:
    """Sign the issued book as `party`: a PAdES signature on its last revision; with the last one the project gets its
    grant number from the locked counter and is established (A26).

    `expected_sha256` is what the signer was shown. Raises NotVisible for who may not sign so, WrongState when
    the party has signed already or the book isn't being signed, Refused when it isn't the party's turn or the file is
    another one than was shown."""
    with transaction.atomic():
        row = locked(project)
        policy = policy_of(row)
        signatory = next((one for one in policy.book.signatories if one.key == party), None)
        if signatory is None or not can_sign_for(by, row, signatory):
            raise NotVisible
        signed = list(row.signatures.select_related("signer"))
        _refuse_unless_turn(row, policy, signatory, signed, by)
        latest = book_pdf(row)
        if latest is None or (expected_sha256 and latest.file.sha256 != expected_sha256):
            raise Refused([_CHANGED])
        position, before = len(signed) + 1, row.state
        number = _grant_number(row, policy) if position == len(policy.book.signatories) else ""
        signature = Signature.objects.create(
            tenant=row.tenant,
            project=row,
            position=position,
            party=party,
            signer=by,
            institution=institution_of(row, signatory),
            signed_at=clock.now(),
            revision=add_signature(latest, row, signatory, by, grant_number=number),
        )
        _go_on(row, policy, number, position)
        _record(signature, row, before, latest)
    return signature


def _record(signature: Signature, row: Project, before: str, signed: Revision) -> None:
    number = {"grant_number": row.grant_number} if row.grant_number else {}
    record(
        tenant=row.tenant,
        actor=signature.signer,
        action="project.establish" if number else "project.sign",
        subject=row,
        from_state=before,
        to_state=row.state,
        data={
            "party": signature.party,
            "position": signature.position,
            "signed_sha256": signed.file.sha256,
            "sha256": signature.revision.file.sha256,
            **number,
        },
    )


def _grant_number(row: Project, policy: Policy) -> str:
    assert policy.call is not None  # a call's policy has its terms
    sequence = next_number(call=row.call, series="grant")
    return policy.call.grant_number.format(sequence=sequence)


def _go_on(row: Project, policy: Policy, number: str, position: int) -> None:
    cancel_reminders(tenant=row.tenant, subject=row, kind="signature-waiting")
    if not number:
        ask_for_signature(row, policy, signed=position)
        return
    row.grant_number = number
    row.established_at = clock.now()
    row.turn_party = row.turn_role = ""
    move(row.establish)
    row.save()
    tell(
        row,
        everyone(row),
        kind="project-established",
        key="1",
        zh=f"项目已立项，编号 {number}",
        en=f"Project established, grant number {number}",
        body_zh="任务书已由各方签署完毕，可在项目页面下载并核验。",
        body_en="All parties have signed the task book; it can be downloaded and verified on the project's page.",
    )


def ask_for_signature(row: Project, policy: Policy, *, signed: int) -> None:
    """Note whose turn it is, tell that party that the book waits for it, and remind it until it has signed."""
    following = next_signatory(policy, signed)
    if following is None:
        return
    row.turn_party, row.turn_role = following.key, following.role
    row.save(update_fields=["turn_party", "turn_role"])
    people = signers_of(row, following)
    words = {"zh": "任务书待签署", "en": "A task book waits for your signature", "page": "projects:sign"}
    tell(row, people, kind="signature-waiting", key=following.key, **words)
    words |= {"zh": "提醒：任务书仍待签署", "en": "Reminder: a task book still waits for your signature"}
    remind_in(row, people, SIGNATURE_REMINDER_DAYS, kind="signature-waiting", **words)


def _refuse_unless_turn(row: Project, policy: Policy, signatory: Signatory, signed: list[Signature], by: User) -> None:
    done = next((one for one in signed if one.party == signatory.key), None)
    if done is not None:
        raise WrongState([_signed_already(done, signatory)])
    if row.state != ProjectState.SIGNING:
        move(row.establish)  # refuses in the lifecycle's words
    following = next_signatory(policy, len(signed))
    found = []
    if following is not None and following.key != signatory.key:
        found.append(_not_yet(following))
    if by.pk in {one.signer_id for one in signed}:
        found.append(_TWICE)
    if found:
        raise Refused(found)


def _signed_already(done: Signature, signatory: Signatory) -> Obstacle:
    at = done.signed_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    zh, en = done.signer.name_zh or done.signer.name_en, done.signer.name_en or done.signer.name_zh
    return Obstacle(
        code="signed-already",
        article="A26",
        message_zh=f"“{signatory.zh}”已由{zh}于北京时间 {at} 签署，无需再次签署。",
        message_en=f"{signatory.en}: {en} signed at {at} (Beijing time). Nothing is left to sign here.",
    )


def _not_yet(following: Signatory) -> Obstacle:
    return Obstacle(
        code="not-your-turn",
        article="A26",
        message_zh=f"按签署顺序，现在等待“{following.zh}”签署。",
        message_en=f"The parties sign in order; the book now waits for: {following.en}.",
        who_can_clear=following.role,
    )


_TWICE = Obstacle(
    code="signed-for-another",
    article="A26",
    message_zh="您已代表另一方签署，请由其他人员代表本方签署。",
    message_en="You have signed for another party; somebody else must sign for this one.",
)
_CHANGED = Obstacle(
    code="book-changed",
    article="A26",
    message_zh="任务书文件与您所见的不一致，签名未生成。请重新打开并核对后再签署。",
    message_en="The file is not the one you were shown, and nothing was signed. Please open it again and check.",
)
