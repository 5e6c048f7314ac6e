"""Writes of yearly guides: the secretariat drafts, experts comment, the director approves, all read (A6 A7 A9 A12)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from accounts.queries import people_with
from audit.actions import record
from core import clock
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from core.workflow import move
from notifications.actions import cancel_reminders, notify, remind
from programs.actions import require_secretary
from programs.enums import GuidePart, GuideState
from programs.guides.checks import (
    MOST_COMMENT,
    consultation_problems,
    decision_problems,
    guide_obstacle,
    reason_problems,
)
from programs.guides.content import GuideContent
from programs.guides.queries import lacks, may_comment
from programs.models import OPEN_GUIDES, Guide, GuideComment, GuideConsultation

COMMENT, PREPARE = "guide-comment", "guide-step"
BEFORE_CONSULTATION_ENDS = timedelta(days=2)
BEFORE_A_STEP = timedelta(days=14)
FIRST_YEAR, LAST_YEAR = 2000, 2200


@transaction.atomic
def start_guide(*, tenant: Tenant, by: User, year: int) -> Guide:
    """A guide for the year, with last year's text if there is one. Raises NotVisible for anyone but the secretariat,
    Refused when the year has one in preparation or in force."""
    require_secretary(tenant, by)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused([guide_obstacle("year", "请填写有效的年度。", "Enter a valid year.", "year")])
    # The tenant's row stands for its guides: two people starting one take turns.
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    present = Guide.objects.filter(year=year, state__in=[*OPEN_GUIDES, GuideState.PUBLISHED]).first()
    if present is not None:
        zh, en = f"{year} 年度指南已存在，请在其上修改或更正。", f"There is a guide for {year} already."
        raise Refused([guide_obstacle("guide_exists", zh, en, "year")])
    model = Guide.objects.filter(state=GuideState.PUBLISHED, year__lt=year).order_by("-year").first()
    content = _carried_over(model.text) if model else GuideContent()
    guide = _create(tenant, by, year, content)
    _audit(guide, by, "guide.start", "")
    return guide


@transaction.atomic
def save_guide(*, guide: Guide, by: User, content: GuideContent, revision: int) -> Guide:
    """The content anew, whole or half done. Raises StaleRevision with the content that stands when somebody saved
    since `revision`, WrongState unless it is being drafted."""
    row = _locked(guide, by)
    if row.state != GuideState.DRAFTING:
        raise WrongState(
            [guide_obstacle("not_drafting", "该指南现在不能修改。", "The guide can't be changed in its present state.")]
        )
    if row.revision != revision:
        raise StaleRevision(current_revision=row.revision, current=row.content)
    stored = content.model_dump(mode="json")
    if stored != row.content:
        row.content = stored
        row.revision += 1
        row.save(update_fields=["content", "revision"])
        _audit(row, by, "guide.save", row.state, {"revision": row.revision, "sha256": content.sha256})
    return row


@transaction.atomic
def consult(*, guide: Guide, by: User, experts: Iterable[User], until: datetime) -> Guide:
    """Invite strategy experts to comment until an instant, exclusive (A9); they are told, and reminded before it ends.

    Raises Refused when the guide lacks something, nobody is invited, or one of them is no strategy expert."""
    row = _locked(guide, by)
    people = {one.pk: one for one in experts}
    found = lacks(row.text) + consultation_problems(row, people, until)
    if found:
        raise Refused(found)
    before = row.state
    move(row.consult)
    row.consult_until = until
    row.save(update_fields=["state", "consult_until"])
    for user in people.values():
        GuideConsultation.objects.get_or_create(tenant=row.tenant, guide=row, user=user)
    title_zh, title_en = f"请对{row.text.title_zh}提出意见", f"Please comment on {row.text.title_en}"
    url = page_of(row)
    notify(
        tenant=row.tenant,
        to=people.values(),
        kind=COMMENT,
        # Asked again of the same text until another day is news, too.
        key=f"{COMMENT}:{row.pk}:{row.revision}:{until.isoformat()}",
        title_zh=title_zh,
        title_en=title_en,
        url=url,
    )
    due = until - BEFORE_CONSULTATION_ENDS
    if due > clock.now():
        remind(
            tenant=row.tenant,
            users=people.values(),
            kind=COMMENT,
            subject=row,
            due_at=due,
            title_zh=title_zh,
            title_en=title_en,
            url=url,
        )
    _audit(row, by, "guide.consult", before, {"experts": sorted(people), "until": until.isoformat()})
    return row


@transaction.atomic
def comment(*, guide: Guide, by: User, part: str, text: str) -> GuideComment:
    """An invited expert's comment; more may follow while the consultation runs.

    Raises NotVisible for anyone who was not invited or is late, Refused for an empty or an endless one."""
    row = Guide.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=guide.pk).first()
    if row is None or not _is(row.tenant, by, Role.STRATEGIST) or not row.consultations.filter(user=by).exists():
        raise NotVisible
    if not may_comment(by, row):
        raise WrongState([guide_obstacle("consultation_over", "征求意见已结束。", "The consultation is over.")])
    words = text.strip()
    if not words or len(words) > MOST_COMMENT or part not in GuidePart.values:
        zh, en = f"请填写意见，不超过 {MOST_COMMENT} 字。", f"Write a comment of at most {MOST_COMMENT} characters."
        raise Refused([guide_obstacle("comment", zh, en, "text")])
    made = GuideComment.objects.create(
        tenant=row.tenant,
        guide=row,
        author=by,
        part=part,
        text=words,
        revision=row.revision,
        created_at=clock.now(),
    )
    cancel_reminders(tenant=row.tenant, subject=row, kind=COMMENT, user=by)
    _audit(row, by, "guide.comment", row.state, {"comment": made.pk, "part": part})
    return made


@transaction.atomic
def resume(*, guide: Guide, by: User) -> Guide:
    """End the consultation, or take an approved guide back, and go on writing."""
    return _moved(guide, by, "resume", "guide.resume")


@transaction.atomic
def drop(*, guide: Guide, by: User) -> Guide:
    """Give a guide up that was never public."""
    return _moved(guide, by, "drop", "guide.drop")


@transaction.atomic
def submit(*, guide: Guide, by: User) -> Guide:
    """Put the guide before the executive director. Raises Refused with everything that it lacks."""
    row = _locked(guide, by)
    before = row.state
    move(row.submit)
    if found := lacks(row.text):
        raise Refused(found)
    row.submitted_at, row.submitted_by, row.submitted_sha256 = clock.now(), by, row.text.sha256
    row.decided_at, row.decided_by, row.decision_comment = None, None, ""
    row.save(
        update_fields=[
            "state", "submitted_at", "submitted_by", "submitted_sha256", "decided_at", "decided_by", "decision_comment",
        ]
    )  # fmt: skip
    cancel_reminders(tenant=row.tenant, subject=row, kind=COMMENT)
    _tell(row, people_with(row.tenant, Role.DIRECTOR), "guide-submit", "请审批", "Please decide on")
    _audit(row, by, "guide.submit", before, {"sha256": row.submitted_sha256})
    return row


@transaction.atomic
def decide(*, guide: Guide, by: User, approve: bool, comment: str, sha256: str) -> Guide:
    """The director approves the content with that hash, or gives it back with a comment (A12).

    Raises NotVisible for anyone but a director, Refused for the preparer, without a comment on giving it back, or when
    the hash is not that of what was put before the director."""
    row = Guide.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=guide.pk).first()
    if row is None or not _is(row.tenant, by, Role.DIRECTOR):
        raise NotVisible
    before = row.state
    move(row.approve if approve else row.give_back)
    if found := decision_problems(row, by, approve, comment, sha256):
        raise Refused(found)
    row.decided_at, row.decided_by, row.decision_comment = clock.now(), by, comment.strip()
    row.save(update_fields=["state", "decided_at", "decided_by", "decision_comment"])
    words = ("已批准：", "Approved:") if approve else ("已退回修改：", "Given back:")
    _tell(row, people_with(row.tenant, Role.SECRETARY), "guide-decision", *words)
    action = "guide.approve" if approve else "guide.return"
    _audit(row, by, action, before, {"sha256": row.submitted_sha256}, reason=row.decision_comment)
    return row


@transaction.atomic
def publish(*, guide: Guide, by: User) -> Guide:
    """Everybody can read it; a version that it corrects gives way, with a notice on both. The secretariat is reminded
    before each date of its calendar."""
    row = _locked(guide, by)
    before = row.state
    move(row.publish)
    now = clock.now()
    if row.text.sha256 != row.submitted_sha256:
        zh, en = "内容与批准时不一致。", "The content is not the one that was approved."
        raise Refused([guide_obstacle("content_changed", zh, en)])
    if row.corrects_id is not None:
        _supersede(row, row.corrects_id, by, now)
    row.published_at = now
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "published_at"])
    except IntegrityError as error:
        zh, en = f"{row.year} 年度已有生效的指南。", f"Another guide for {row.year} is in force."
        raise Refused([guide_obstacle("one_in_force", zh, en)]) from error
    _remind_of_steps(row, now)
    _audit(row, by, "guide.publish", before, {"sha256": row.submitted_sha256, "version": row.version})
    return row


@transaction.atomic
def correct(*, guide: Guide, by: User, reason_zh: str, reason_en: str) -> Guide:
    """The next version of a published guide, as a draft; the published one stays in force meanwhile.

    Raises WrongState unless it is in force, Refused without a reason in both languages or when a correction is under
    way."""
    row = _locked(guide, by)
    if row.state != GuideState.PUBLISHED:
        raise WrongState(
            [guide_obstacle("not_in_force", "只能更正生效的指南。", "Only a guide in force is corrected.")]
        )
    if found := reason_problems(reason_zh, reason_en):
        raise Refused(found)
    if Guide.objects.filter(year=row.year, state__in=OPEN_GUIDES).exists():
        raise Refused([guide_obstacle("correcting", "已有一份更正在进行中。", "A correction is under way already.")])
    made = _create(row.tenant, by, row.year, row.text, corrects=row, notice_zh=reason_zh, notice_en=reason_en)
    _audit(made, by, "guide.correct", "", {"corrects": row.pk}, reason=made.notice_zh)
    return made


@transaction.atomic
def withdraw(*, guide: Guide, by: User, reason_zh: str, reason_en: str) -> Guide:
    """Take a published guide out of force; its page stays, with a notice and the reason."""
    row = _locked(guide, by)
    before = row.state
    move(row.withdraw)
    if found := reason_problems(reason_zh, reason_en):
        raise Refused(found)
    row.ended_at, row.end_reason_zh, row.end_reason_en = clock.now(), reason_zh.strip(), reason_en.strip()
    row.save(update_fields=["state", "ended_at", "end_reason_zh", "end_reason_en"])
    cancel_reminders(tenant=row.tenant, subject=row)
    _tell(row, people_with(row.tenant, Role.DIRECTOR), "guide-withdraw", "已撤回：", "Withdrawn:")
    _audit(row, by, "guide.withdraw", before, reason=row.end_reason_zh)
    return row


def page_of(guide: Guide) -> str:
    """The address of its page."""
    return reverse("programs:guide", args=[guide.tenant.slug, guide.pk])


# ---------------------------------------------------------------- steps
def _locked(guide: Guide, by: User) -> Guide:
    """The row, locked, for somebody of the secretariat. Raises NotVisible."""
    require_secretary(guide.tenant, by)
    row = Guide.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=guide.pk).first()
    if row is None:
        raise NotVisible
    return row


def _is(tenant: Tenant, by: User, role: Role) -> bool:
    return Membership.objects.filter(user=by, tenant=tenant, role=role).exists()


def _create(tenant: Tenant, by: User, year: int, content: GuideContent, **more: Any) -> Guide:
    last = Guide.objects.filter(year=year).order_by("-version").values_list("version", flat=True).first() or 0
    more = {name: value.strip() if isinstance(value, str) else value for name, value in more.items()}
    return Guide.objects.create(
        tenant=tenant,
        year=year,
        version=last + 1,
        content=content.model_dump(mode="json"),
        created_at=clock.now(),
        created_by=by,
        **more,
    )


def _carried_over(content: GuideContent) -> GuideContent:
    """Last year's text without its dates, which are last year's."""
    return content.model_copy(update={"steps": (), "title_zh": "", "title_en": ""})


def _moved(guide: Guide, by: User, name: str, action: str) -> Guide:
    row = _locked(guide, by)
    before = row.state
    move(getattr(row, name))
    row.save(update_fields=["state"])
    cancel_reminders(tenant=row.tenant, subject=row)
    _audit(row, by, action, before)
    return row


def _supersede(row: Guide, corrected: int, by: User, now: datetime) -> None:
    """The corrected version gives way; one that was withdrawn meanwhile is out of force already."""
    old = Guide.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=corrected)
    before = old.state
    if before == GuideState.WITHDRAWN:
        return
    move(old.supersede)
    old.ended_at, old.end_reason_zh, old.end_reason_en = now, row.notice_zh, row.notice_en
    old.save(update_fields=["state", "ended_at", "end_reason_zh", "end_reason_en"])
    cancel_reminders(tenant=old.tenant, subject=old)
    _audit(old, by, "guide.supersede", before, {"by": row.pk}, reason=row.notice_zh)


def _remind_of_steps(row: Guide, now: datetime) -> None:
    """The secretariat hears of each date two weeks before."""
    secretaries = list(people_with(row.tenant, Role.SECRETARY))
    # One a day: a second reminder of the same thing at the same moment would count as the first.
    for day in sorted({step.first_day for step in row.text.steps if step.first_day}):
        steps = [step for step in row.text.calendar if step.first_day == day]
        due = clock.start_of_day(day, row.tenant.zone) - BEFORE_A_STEP
        if due > now:
            zh, en = "、".join(one.title_zh for one in steps), "; ".join(one.title_en for one in steps)
            remind(
                tenant=row.tenant,
                users=secretaries,
                kind=PREPARE,
                subject=row,
                due_at=due,
                title_zh=f"{day}：{zh}（{row.text.title_zh}）",
                title_en=f"{day}: {en} ({row.text.title_en})",
                url=page_of(row),
            )


def _tell(row: Guide, people: Iterable[User], kind: str, zh: str, en: str) -> None:
    notify(
        tenant=row.tenant,
        to=people,
        kind=kind,
        key=f"{kind}:{row.pk}:{clock.now().isoformat()}",
        title_zh=f"{zh}{row.text.title_zh}",
        title_en=f"{en} {row.text.title_en}",
        body_zh=row.decision_comment,
        body_en=row.decision_comment,
        url=page_of(row),
    )


def last_instant(day: date, tenant: Tenant) -> datetime:
    """24:00 of that day in the tenant's zone: an exclusive end."""
    return clock.end_of_day(day, tenant.zone)


def _audit(
    row: Guide, by: User, action: str, before: str, data: dict[str, Any] | None = None, reason: str = ""
) -> None:
    record(
        tenant=row.tenant,
        actor=by,
        action=action,
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=reason,
        data={"year": row.year, "version": row.version, **(data or {})},
    )
