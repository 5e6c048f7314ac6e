"""The applicant appeals against a declaration of invalidity, once and in time; another secretary decides (A18 A20)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.queries import office_users, people_with
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from documents.actions import store_bytes
from documents.checks import CheckedFile, check_upload
from documents.models import StoredFile
from notifications.actions import notify
from programs.queries import effective_policy
from proposals.actions.common import (
    locked,
    name_of,
    no_more_reminders,
    note,
    page_of,
    secretaries,
    storable,
)
from proposals.actions.receiving import clock_text
from proposals.enums import AppealState, ProposalState
from proposals.models import Appeal, PreliminaryCheck, Proposal
from proposals.queries import impartial
from proposals.queries.checks import standing_declaration
from proposals.rules import is_pi, is_secretary

LONGEST_REASON = 5000
EVIDENCE = frozenset({"pdf", "docx", "png", "jpeg"})


def file_appeal(
    *,
    proposal: Proposal,
    by: User,
    reason: str,
    filename: str = "",
    data: bytes | None = None,
    received_at: datetime | None = None,
    against: int | None = None,
) -> Appeal:
    """The applicant appeals against the declaration by which the proposal is invalid; the institution and the
    secretariat are told.

    `received_at` is stamped here, before any lock is waited for, unless the caller stamped it when the request came
    in; at exactly the end of the funder's days it is too late. `against` is the declaration that the page showed.
    Raises FileRefused for evidence that can't be stored, NotVisible for anyone but the PI, WrongState when nothing is
    there to appeal against any more or that was done already, Refused without a reason and too late."""
    stamp = received_at or clock.now()
    if not is_pi.test(by, proposal):
        raise NotVisible
    checked = None if data is None else check_upload(data, filename, allowed=EVIDENCE)
    with transaction.atomic():
        row = locked(proposal)
        check = _declaration(row, against)
        if unmet := _unmet(check, stamp, reason := storable(reason).strip(), row):
            raise Refused(unmet)
        appeal = Appeal.objects.create(
            tenant=row.tenant,
            proposal=row,
            against=check,
            against_by=check.decided_by,
            reason=reason,
            evidence=_stored(row, checked, data, by),
            filename=checked.name if checked else "",
            filed_at=stamp,
            filed_by=by,
        )
        no_more_reminders(row)
        _tell_of_filing(appeal)
        facts: dict[str, object] = {"appeal": appeal.pk, "check": check.pk}
        if appeal.evidence:
            facts["evidence"] = appeal.evidence.sha256
        note(row, by, "proposal.appeal", row.state, reason=reason, data=facts)
    return appeal


def _declaration(row: Proposal, against: int | None) -> PreliminaryCheck:
    check = standing_declaration(row)
    if check is None or against not in (None, check.pk):
        raise WrongState([_NOTHING])
    if hasattr(check, "appeal"):
        raise WrongState([_ONCE])
    return check


def _unmet(check: PreliminaryCheck, stamp: datetime, reason: str, row: Proposal) -> list[Obstacle]:
    if check.appeal_until is None:
        return [_NEVER]
    found = [] if reason else [_at("reason", "reason_missing", "请写明申诉理由。", "Say why you appeal.")]
    if len(reason) > LONGEST_REASON:
        zh, en = f"理由不超过 {LONGEST_REASON} 字。", f"At most {LONGEST_REASON} characters, please."
        found.append(_at("reason", "reason_length", zh, en))
    if stamp >= check.appeal_until:
        until = clock_text(check.appeal_until, row, "seconds")
        zh, en = f"申诉已于 {until} 截止。", f"The time to appeal ended at {until}."
        found.append(Obstacle("appeal_too_late", zh, en, article="A20"))
    return found


def _stored(row: Proposal, checked: CheckedFile | None, data: bytes | None, by: User) -> StoredFile | None:
    if checked is None or data is None:
        return None
    return store_bytes(tenant=row.tenant, data=data, media_type=checked.media_type, filename=checked.name, by=by)


def _tell_of_filing(appeal: Appeal) -> None:
    row = appeal.proposal
    others = [one for one in secretaries(row) if one.pk != appeal.against_by_id]
    sides = [row.pi, *office_users(row.lead_institution_id)]
    for to, what, url in ((sides, "filed", page_of(row)), (others, "to-decide", _page(appeal))):
        notify(
            tenant=row.tenant,
            to=to,
            kind="appeal-filed",
            key=f"appeal-{appeal.pk}-{what}",
            title_zh=f"{row.application_number} 已提出申诉：{name_of(row, 'zh')}",
            title_en=f"{row.application_number} appeal handed in: {name_of(row, 'en')}",
            body_zh=appeal.reason,
            body_en=appeal.reason,
            url=url,
        )
    if not others:
        _ask_for_another(appeal)


def _ask_for_another(appeal: Appeal) -> None:
    """Nobody is left who may decide it: the administrators name somebody. They learn the number only."""
    row = appeal.proposal
    notify(
        tenant=row.tenant,
        to=impartial(people_with(row.tenant, Role.ADMIN), row),
        kind="appeal-filed",
        key=f"appeal-{appeal.pk}-nobody",
        title_zh=f"{row.application_number} 的申诉无人可裁定",
        title_en=f"Nobody can decide the appeal of {row.application_number}",
        body_zh="认定无效的人不能裁定申诉，秘书处也没有其他无利益关系的人员。请任命另一位秘书处人员。",
        body_en="Whoever declared it invalid does not decide, and nobody else of the secretariat is free of ties. "
        "Please give the role to somebody else as well.",
        url=reverse("registry:people", args=[row.tenant.slug]),
    )


def _page(appeal: Appeal) -> str:
    return reverse("proposals:appeal_decision", args=[appeal.tenant.slug, appeal.pk])


@transaction.atomic
def decide_appeal(*, appeal: Appeal, by: User, grants: bool, article: str, reason: str) -> Appeal:
    """Grant it, which brings the application back to the preliminary check, or uphold the declaration; the earlier
    decision stays on record. The applicant and the institution are told.

    `article` is the policy's that the decision rests on. Raises NotVisible for anyone but a secretary without a tie
    to the application (A16), WrongState when it was decided already, Refused for whoever declared it invalid, and
    without article or reason."""
    row = locked(appeal.proposal)
    one = Appeal.objects.select_for_update().filter(pk=appeal.pk, proposal=row).first()
    if one is None or not is_secretary.test(by, row) or not impartial(User.objects.filter(pk=by.pk), row).exists():
        raise NotVisible
    move(one.grant if grants else one.uphold)
    if by.pk == one.against_by_id:
        raise Refused([_NOT_YOURS])
    if unmet := _unmet_of_decision(row, article, reason := storable(reason).strip()):
        raise Refused(unmet)
    one.article, one.decision_reason, one.decided_at, one.decided_by = article, reason, clock.now(), by
    one.save()
    if grants:
        move(row.check_anew)
        row.updated_at = clock.now()
        row.save(update_fields=["state", "updated_at"])
    _tell_of_decision(row, one)
    action = "proposal.grant_appeal" if grants else "proposal.uphold_invalid"
    facts: dict[str, object] = {"appeal": one.pk, "check": one.against_id, "article": article}
    note(row, by, action, ProposalState.INVALID, reason=reason, data=facts)
    return one


def _unmet_of_decision(row: Proposal, article: str, reason: str) -> list[Obstacle]:
    found = []
    if article not in effective_policy(row.call).articles:
        zh, en = "请选择所依据的条款。", "Choose the article that the decision rests on."
        found.append(_at("article", "article_missing", zh, en, Role.SECRETARY))
    if not reason:
        found.append(_at("reason", "reason_missing", "请写明理由。", "State the reasons.", Role.SECRETARY))
    elif len(reason) > LONGEST_REASON:
        zh, en = f"理由不超过 {LONGEST_REASON} 字。", f"At most {LONGEST_REASON} characters, please."
        found.append(_at("reason", "reason_length", zh, en, Role.SECRETARY))
    return found


def _tell_of_decision(row: Proposal, appeal: Appeal) -> None:
    is_granted = appeal.state == AppealState.GRANTED
    zh, en = ("申诉成立，重新初审", "the appeal is granted; it is checked anew") if is_granted else (
        "申诉不成立，维持无效认定", "the declaration of invalidity is upheld"
    )  # fmt: skip
    article = effective_policy(row.call).articles[appeal.article]
    notify(
        tenant=row.tenant,
        to=[row.pi, *office_users(row.lead_institution_id)],
        kind="appeal-decided",
        key=f"appeal-{appeal.pk}-decided",
        title_zh=f"{row.application_number} {zh}：{name_of(row, 'zh')}",
        title_en=f"{row.application_number}: {en}: {name_of(row, 'en')}",
        body_zh=f"{article.zh}\n{appeal.decision_reason}",
        body_en=f"{article.en}\n{appeal.decision_reason}",
        url=page_of(row),
    )


def _at(field: str, code: str, zh: str, en: str, who: str = Role.APPLICANT) -> Obstacle:
    return Obstacle(code, zh, en, article="A20", field=field, who_can_clear=who)


_NOTHING = Obstacle(
    "nothing_to_appeal",
    "该申请目前没有可申诉的无效认定，页面可能已过时。",
    "There is no declaration of invalidity to appeal against; the page may be out of date.",
    article="A20",
)
_ONCE = Obstacle(
    "appealed_already", "对该认定已提出过申诉。", "You have appealed against this decision already.", "A20"
)
_NEVER = Obstacle(
    "no_time_to_appeal", "该认定作出时未设申诉期限。", "No time to appeal was given with this decision.", "A20"
)
_NOT_YOURS = Obstacle(
    "own_declaration",
    "该申请由您认定为无效，申诉须由秘书处其他人员裁定。",
    "You declared it invalid; somebody else of the secretariat decides on the appeal.",
    article="A16",
    who_can_clear=Role.SECRETARY,
)
