"""Who is evaluated: a sample drawn by lot, or an inspection; and the notice of it (A27)."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.queries import office_users, roles_of
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from notifications.actions import add_effect, remind
from programs.models import Call
from projects.actions.common import name_of, page_of
from projects.enums import MidTermForm
from projects.midterm import letters, lots, queries
from projects.midterm.actions.common import PAGE, locked, tell_applicant
from projects.models import MidTerm, MidTermDraw, Project
from projects.queries import judged_by
from projects.running import require_secretary

NOTICE = "midterm-notice"
REMIND_BEFORE = (timedelta(days=14), timedelta(days=3))


def draw_sample(*, call: Call, number: int, by: Any, seed: str = "") -> MidTermDraw:
    """Draw `number` of the call's candidates by lot and send each its notice; a given `seed` makes the draw one that
    others can foresee the rules of, else a random one is made (A27).

    Raises NotVisible for others than the secretariat; Refused when nobody or more than there are would be drawn, and
    for somebody who is tied to one of the candidates."""
    if Role.SECRETARY not in roles_of(by, call.tenant):
        raise NotVisible
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).select_related("tenant", "policy_version").get(pk=call.pk)
        candidates = {row.grant_number or "": row for row in queries.due_of(call, MidTermForm.ANSWER)}
        _check_draw(candidates, number, by)
        seed = seed.strip() or lots.new_seed()
        order = lots.in_order(seed, candidates)
        draw = MidTermDraw.objects.create(
            tenant=call.tenant,
            call=call,
            seed=seed,
            drawn=number,
            candidates=order,
            drawn_at=clock.now(),
            drawn_by=by,
        )
        drawn = [name for name, _lot in order[:number]]
        for row in sorted((candidates[name] for name in drawn), key=lambda row: row.pk):
            _begin(locked(row), form=MidTermForm.ANSWER, by=by, draw=draw)
        record(
            tenant=call.tenant,
            actor=by,
            action="midterm.draw",
            subject=draw,
            data={"call": call.pk, "seed": seed, "candidates": len(order), "drawn": drawn},
        )
    return draw


def _check_draw(candidates: dict[str, Project], number: int, by: Any) -> None:
    free = judged_by(by).filter(pk__in=[row.pk for row in candidates.values()]).count()
    if free < len(candidates):  # first, as the other one tells how many there are
        raise Refused([_TIED])
    if not 1 <= number <= len(candidates):
        raise Refused([_too_many(len(candidates))])


def notify_inspection(*, project: Project, by: Any) -> MidTerm:
    """Announce an inspection of a platform, or of a large project on site or in a meeting (A27).

    Raises Refused for a project that the policy doesn't have inspected, WrongState when it was announced already."""
    with transaction.atomic():
        project = locked(project)
        require_secretary(by, project)
        if MidTerm.objects.filter(project=project).exists():
            raise WrongState([_BEGUN])
        if project.pk not in {row.pk for row in queries.due_of(project.call, MidTermForm.INSPECTION)}:
            raise Refused([_NOT_INSPECTED])
        return _begin(project, form=MidTermForm.INSPECTION, by=by)


def _begin(project: Project, *, form: MidTermForm, by: Any, draw: MidTermDraw | None = None) -> MidTerm:
    """The evaluation's row, its reminders, and the notice's PDF soon after."""
    rules = queries.rules_of(project.call)
    months = rules.answer_months if rules and form == MidTermForm.ANSWER else 0
    zone = project.tenant.zone
    due = clock.end_of_day(clock.add_months(clock.today(zone), months), zone) if months else None
    midterm = MidTerm.objects.create(
        tenant=project.tenant,
        project=project,
        form=form,
        draw=draw,
        notified_at=clock.now(),
        notified_by=by,
        due_at=due,
    )
    add_effect(tenant=project.tenant, kind=NOTICE, key=f"{NOTICE}:{midterm.pk}", payload={"midterm": midterm.pk})
    tell_applicant(midterm, kind="midterm-notice", key="", zh="中期评估通知", en="Mid-term evaluation notice")
    _remind(midterm)
    record(
        tenant=project.tenant,
        actor=by,
        action="midterm.notify",
        subject=project,
        to_state=midterm.state,
        data={"form": form, "due": due.isoformat() if due else "", "draw": draw.pk if draw else None},
    )
    return midterm


def _remind(midterm: MidTerm) -> None:
    if midterm.due_at is None:
        return
    project, zone = midterm.project, midterm.tenant.zone
    day = (midterm.due_at - timedelta(seconds=1)).astimezone(zone).date().isoformat()
    for ahead in REMIND_BEFORE:
        remind(
            tenant=midterm.tenant,
            users=[project.pi, *office_users(project.lead_institution_id)],
            kind="midterm-due",
            subject=midterm,
            due_at=midterm.due_at - ahead,
            title_zh=f"中期评估材料须在 {day} 前反馈：{name_of(project, 'zh')}"[:300],
            title_en=f"Mid-term evaluation is due by {day}: {name_of(project, 'en')}"[:300],
            url=page_of(project, PAGE),
        )


def issue_notice(midterm: MidTerm) -> None:
    """Make the notice's PDF, once."""
    with transaction.atomic():
        row = MidTerm.objects.select_for_update(of=("self",)).get(pk=midterm.pk)
        if row.notice_id is None:
            row.notice = letters.issue_midterm_notice(midterm=row, by=row.notified_by)
            row.save(update_fields=["notice"])


def _too_many(most: int) -> Obstacle:
    return Obstacle(
        code="draw-number",
        article="A27",
        field="number",
        message_zh=f"抽检数量须在 1 至 {most} 之间；该指南下现有 {most} 个项目可抽检。",
        message_en=f"Draw between 1 and {most}: so many projects of the call can be drawn now.",
    )


_TIED = Obstacle(
    code="draw-tied",
    article="A16",
    message_zh="您与其中的项目存在利益关系，须由秘书处其他人员抽取。",
    message_en="You are tied to one of the projects; another member of the secretariat draws.",
)
_BEGUN = Obstacle(
    code="midterm-begun",
    article="A27",
    message_zh="该项目的中期检查通知已经发出。",
    message_en="The notice of this project's inspection was sent already.",
)
_NOT_INSPECTED = Obstacle(
    code="not-inspected",
    article="A27",
    message_zh="该项目不属于秘书处检查的范围：须为在研的专题网络平台项目，或资助额度超过规定限额的项目。",
    message_en="The secretariat inspects running platforms and projects above the policy's amount; this is neither.",
)
