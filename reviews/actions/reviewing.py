"""Writing and handing in a review: scores and comments, or annotations of budget lines (B4 A8)."""

from collections.abc import Iterator, Mapping

from django.db import transaction

from accounts.models import User
from audit.actions import record
from budgets.actions import LineOpinion, annotate_book
from budgets.models import BudgetLine
from core import clock
from core.errors import NotVisible, Obstacle, Refused, StaleRevision
from core.workflow import move
from notifications.actions import cancel_reminders
from programs.policy.sections import ReviewStage
from programs.queries import effective_policy
from reviews import rules
from reviews.actions.common import clean, locked_assignment, locked_proposal, obstacle, tell_staff, wrong_state
from reviews.enums import WRITING_STATES, AssignmentState, Recommendation, ReviewKind
from reviews.models import Assignment, Score
from reviews.queries.assignments import OpinionLine, opinion_lines, scores_of, written

LONGEST = 20_000


@transaction.atomic
def save_review(
    *,
    assignment: Assignment,
    by: User,
    scores: Mapping[str, tuple[int | None, str]],
    comment: str,
    recommendation: str,
    revision: int,
    lines: Mapping[int, LineOpinion] | None = None,
    unread: Mapping[str, str] | None = None,
) -> Assignment:
    """Keep what the expert has written so far. `revision` is the one they started from.

    `scores`: points and comment by criterion; `lines`: opinions by budget line id; `unread`: what could not be
    understood, by form field, kept as typed. Raises NotVisible, WrongState, StaleRevision with what stands there now,
    Refused for points off the policy's scale, an unknown criterion, line or recommendation, or an endless text."""
    row = _writable(assignment, by)
    if revision != row.revision:
        raise StaleRevision(current_revision=row.revision, current=written(row))
    found = [*_bad_scores(row, scores), *_bad_text(comment, recommendation)]
    if found:
        raise Refused(found)
    _put_scores(row, scores)
    _put_lines(row, by, lines or {})
    before = row.state
    move(row.save_draft)
    row.comment, row.recommendation = clean(comment), recommendation
    row.unread = {name: clean(str(value)) for name, value in (unread or {}).items()}
    row.revision += 1
    row.saved_at = clock.now()
    row.save()
    if before != row.state:
        record(tenant=row.tenant, actor=by, action="review.begin", subject=row, from_state=before, to_state=row.state)
    return row


def _writable(assignment: Assignment, by: User) -> Assignment:
    row = locked_assignment(assignment)
    rules.require(rules.is_assigned(by, row) and not rules.is_conflicted(by, row.proposal_id))
    if row.state not in WRITING_STATES:
        if row.state == AssignmentState.SUBMITTED:
            raise wrong_state("评审意见已提交，不能再修改。", "The review has been handed in and can't be changed.")
        if row.state == AssignmentState.INVITED:
            raise wrong_state("请先接受评审邀请。", "Please accept the invitation first.")
        raise NotVisible
    return row


def stage_of(assignment: Assignment) -> ReviewStage | None:
    """The policy's review stage that the assignment belongs to: its criteria, points and what they mean."""
    policy = effective_policy(assignment.proposal.call)
    return policy.review_stage("finance" if assignment.kind == ReviewKind.FINANCE else "domain")


def _bad_scores(row: Assignment, scores: Mapping[str, tuple[int | None, str]]) -> Iterator[Obstacle]:
    stage = stage_of(row)
    is_domain = row.kind == ReviewKind.DOMAIN
    known = {one.key for one in stage.criteria} if stage and is_domain else set()
    allowed = set(stage.scores) if stage else set()
    for key, (points, text) in scores.items():
        if key not in known:
            yield obstacle("criterion", f"没有评分项“{key}”。", f"There is no criterion “{key}”.", field="comment")
        elif points is not None and points not in allowed:
            yield obstacle(
                "points",
                f"分值须为 {'、'.join(map(str, sorted(allowed)))} 之一。",
                f"Points must be one of {', '.join(map(str, sorted(allowed)))}.",
                article="B4",
                field=f"score-{key}-points",
            )
        if len(text) > LONGEST:
            yield _too_long(f"score-{key}-comment")


def _bad_text(comment: str, recommendation: str) -> Iterator[Obstacle]:
    if recommendation and recommendation not in Recommendation.values:
        yield obstacle(
            "recommendation", "请选择一项结论。", "Choose one of the recommendations.", field="recommendation"
        )
    if len(comment) > LONGEST:
        yield _too_long("comment")


def _too_long(field: str) -> Obstacle:
    return obstacle(
        "too-long", f"文字过长，最多 {LONGEST} 字。", f"Too long: at most {LONGEST} characters.", field=field
    )


def _put_scores(row: Assignment, scores: Mapping[str, tuple[int | None, str]]) -> None:
    present = scores_of(row)
    for key, (points, text) in scores.items():
        score = present.get(key) or Score(tenant=row.tenant, assignment=row, criterion=key)
        if score.pk is None or (score.points, score.comment) != (points, clean(text)):
            score.points, score.comment = points, clean(text)
            score.save()


def _put_lines(row: Assignment, by: User, lines: Mapping[int, LineOpinion]) -> None:
    if not lines:
        return
    known = {line.pk: line for line in BudgetLine.objects.filter(book_id=row.version.budget_book_id)}
    if row.kind != ReviewKind.FINANCE or not lines.keys() <= known.keys():
        raise Refused([obstacle("line", "没有这一预算行。", "There is no such budget line.", field="comment")])
    if found := [_too_long(f"line-{pk}-reason") for pk, one in lines.items() if len(one.reason) > LONGEST]:
        raise Refused(found)
    annotate_book(tenant=row.tenant, expert=by, opinions=[(known[pk], one) for pk, one in lines.items()])


@transaction.atomic
def submit_review(*, assignment: Assignment, by: User) -> Assignment:
    """Hand the review in; from then on it is frozen and counts (A21).

    Raises NotVisible, WrongState, Refused with everything that is missing."""
    locked_proposal(assignment.proposal_id)
    row = _writable(assignment, by)
    if found := missing_in(row):
        raise Refused(found)
    before = row.state
    move(row.submit)
    row.submitted_at = clock.now()
    row.revision += 1
    row.save()
    cancel_reminders(tenant=row.tenant, subject=row)
    tell_staff(
        row,
        kind="review-submitted",
        key=f"review-submitted:{row.revision}",
        title_zh=f"{row.expert.user.name_zh or row.expert.user.name_en}提交了评审意见",
        title_en=f"{row.expert.user.name_en or row.expert.user.name_zh} has handed in a review",
    )
    record(
        tenant=row.tenant,
        actor=by,
        action="review.submit",
        subject=row,
        from_state=before,
        to_state=row.state,
        data={"proposal": row.proposal_id, "written": written(row)},
    )
    return row


def missing_in(assignment: Assignment) -> list[Obstacle]:
    """Everything that a review still lacks before it can be handed in; fields are form fields. A few queries."""
    found = [
        obstacle(
            "unread", f"“{text}”无法识别，请更正。", f"“{text}” can't be understood; please correct it.", field=name
        )
        for name, text in assignment.unread.items()
    ]
    if assignment.kind == ReviewKind.FINANCE:
        for row in opinion_lines(assignment):
            found += _missing_in_line(row)
    else:
        found += _missing_scores(assignment)
        if not assignment.recommendation:
            found.append(
                obstacle(
                    "recommendation",
                    "请选择结论。",
                    "Choose your recommendation.",
                    field="recommendation",
                    article="A21",
                )
            )
    if not assignment.comment:
        found.append(
            obstacle("comment", "请填写总体意见。", "Write your overall comment.", field="comment", article="A21")
        )
    return found


def _missing_scores(assignment: Assignment) -> Iterator[Obstacle]:
    stage = stage_of(assignment)
    given = scores_of(assignment)
    for one in stage.criteria if stage else ():
        score = given.get(one.key)
        name = f"score-{one.key}"
        if (score is None or score.points is None) and f"{name}-points" not in assignment.unread:
            yield obstacle(
                "points",
                f"请为“{one.zh}”评分。",
                f"Give points for “{one.en}”.",
                article=one.article,
                field=f"{name}-points",
            )
        if score is None or not score.comment:
            yield obstacle(
                "comment",
                f"请填写对“{one.zh}”的意见。",
                f"Comment on “{one.en}”.",
                article=one.article,
                field=f"{name}-comment",
            )


def _missing_in_line(row: OpinionLine) -> Iterator[Obstacle]:
    said, line = row.annotation, row.line
    name = f"line-{line.pk}"
    if said is None or not said.is_reasonable:
        yield obstacle(
            "reasonable",
            f"“{line.name}”：支出是否合理？",
            f"“{line.name}”: is the cost reasonable?",
            article="A8",
            field=f"{name}-is_reasonable",
        )
    if said is None or not said.is_relevant:
        yield obstacle(
            "relevant",
            f"“{line.name}”：支出是否相关？",
            f"“{line.name}”: is the cost relevant?",
            article="A8",
            field=f"{name}-is_relevant",
        )
    changes = said is not None and (
        said.suggested_fen != line.amount_fen or "no" in (said.is_reasonable, said.is_relevant)
    )
    if said is not None and changes and not said.reason:
        yield obstacle(
            "reason",
            f"“{line.name}”：请说明调整的理由。",
            f"“{line.name}”: say why it should change.",
            article="A8",
            field=f"{name}-reason",
        )
