"""What the reviews of a proposal say. For staff: who may ask is checked where a proposal is fetched."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import mean, pstdev

from django.db.models import Exists, OuterRef, Q, QuerySet

from budgets.queries import AnnotatedLine, annotated_lines, mean_fen, suggested_by_book, suggested_totals
from programs.policy import Policy
from programs.policy.sections import Criterion
from proposals.models import Proposal, ProposalVersion
from reviews.enums import WAITING_STATES, AssignmentState, ReviewKind
from reviews.models import Assignment, Conflict, Score


@dataclass(frozen=True)
class CriterionResult:
    """One criterion over all submitted reviews; `points` in the order of the reviews, None where there are none."""

    criterion: Criterion
    points: list[int | None]
    mean: float | None
    spread: float | None


@dataclass(frozen=True)
class DomainReview:
    """One submitted review by a domain expert."""

    number: int
    assignment: Assignment
    scores: list[tuple[Criterion, Score | None]]
    total: float | None


@dataclass
class Results:
    """All that staff see of a proposal's reviews."""

    domain: list[DomainReview] = field(default_factory=list)
    criteria: list[CriterionResult] = field(default_factory=list)
    mean: float | None = None
    spread: float | None = None
    finance: list[Assignment] = field(default_factory=list)
    lines: list[AnnotatedLine] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    requested_fen: int = 0
    suggested_fen: int | None = None
    waiting: list[Assignment] = field(default_factory=list)
    others: list[Assignment] = field(default_factory=list)
    minimum_domain: int = 0
    minimum_finance: int = 0

    @property
    def missing_domain(self) -> int:
        """How many domain reviews the plan still needs (A21)."""
        return max(0, self.minimum_domain - len(self.domain))

    @property
    def missing_finance(self) -> int:
        """How many finance reviews the plan still needs (A21)."""
        return max(0, self.minimum_finance - len(self.finance))


@dataclass
class Summary:
    """The reviews of one proposal in a row of a list."""

    domain: int = 0
    finance: int = 0
    waiting: int = 0
    mean: float | None = None
    spread: float | None = None
    suggested_fen: int | None = None


def counted() -> QuerySet[Assignment]:
    """The reviews that count: submitted, by experts without a conflict, however late it came to light (A16 A21)."""
    return Assignment.objects.filter(~_conflict(), state=AssignmentState.SUBMITTED)


def _conflict() -> Exists:
    return Exists(Conflict.objects.filter(proposal_id=OuterRef("proposal_id"), user_id=OuterRef("expert__user_id")))


def review_counts(proposals: Collection[int]) -> dict[int, dict[str, int]]:
    """Counted reviews by proposal id and kind. One query."""
    found: dict[int, dict[str, int]] = {pk: {str(kind): 0 for kind in ReviewKind} for pk in proposals}
    for proposal_id, kind in counted().filter(proposal__in=list(proposals)).values_list("proposal_id", "kind"):
        found[proposal_id][kind] += 1
    return found


def results_of(proposal: Proposal, version: ProposalVersion, policy: Policy) -> Results:
    """The proposal's reviews: points, means and spreads, comments, finance suggestions, who is missing."""
    rows = list(
        Assignment.objects.filter(proposal=proposal)
        .annotate(is_conflicted=_conflict())
        .select_related("expert__user", "expert__institution")
        .order_by("submitted_at", "pk")
    )
    good = {row.pk for row in rows if row.state == AssignmentState.SUBMITTED and not row.is_conflicted}
    domain = [row for row in rows if row.pk in good and row.kind == ReviewKind.DOMAIN]
    results = Results(
        requested_fen=proposal.requested_fen,
        finance=[row for row in rows if row.pk in good and row.kind == ReviewKind.FINANCE],
        waiting=[row for row in rows if row.state in WAITING_STATES],
        others=[row for row in rows if row.pk not in good and row.state not in WAITING_STATES],
        minimum_domain=policy.minimum_reviews("domain"),
        minimum_finance=policy.minimum_reviews("finance"),
    )
    _add_scores(results, domain, policy)
    people = [row.expert.user_id for row in results.finance]
    results.lines = annotated_lines(version.budget_book_id, experts=people, with_names=True)
    results.totals = suggested_totals(results.lines, len(people))
    if people:
        results.suggested_fen = mean_fen(results.totals)
    return results


def _add_scores(results: Results, domain: Sequence[Assignment], policy: Policy) -> None:
    stage = policy.review_stage("domain")
    criteria = stage.criteria if stage else ()
    given: dict[int, dict[str, Score]] = defaultdict(dict)
    for score in Score.objects.filter(assignment__in=domain):
        given[score.assignment_id][score.criterion] = score
    for number, row in enumerate(domain, start=1):
        scores = [(one, given[row.pk].get(one.key)) for one in criteria]
        points = [(one, score.points) for one, score in scores if score and score.points is not None]
        results.domain.append(DomainReview(number, row, scores, weighted(points)))
    for place, criterion in enumerate(criteria):
        given_here = [row.scores[place][1] for row in results.domain]
        points_here = [score.points if score else None for score in given_here]
        results.criteria.append(CriterionResult(criterion, points_here, *_mean_and_spread(points_here)))
    results.mean, results.spread = _mean_and_spread([row.total for row in results.domain])


def weighted(points: Iterable[tuple[Criterion, int]]) -> float | None:
    """The mean of points by the criteria's weights; None for none."""
    rows = list(points)
    weight = sum(criterion.weight for criterion, _ in rows)
    return sum(criterion.weight * value for criterion, value in rows) / weight if weight else None


def _mean_and_spread(values: Iterable[float | None]) -> tuple[float | None, float | None]:
    known = [value for value in values if value is not None]
    return (mean(known), pstdev(known)) if known else (None, None)


def summaries(proposals: Collection[Proposal], books: dict[int, int], policy: Policy) -> dict[int, Summary]:
    """For each proposal what its reviews come to. `books`: budget book id by proposal id. Two queries."""
    found = {proposal.pk: Summary() for proposal in proposals}
    rows, points = _reviews_with_points(list(found))
    people: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.state != AssignmentState.SUBMITTED:
            found[row.proposal_id].waiting += 1
        elif row.kind == ReviewKind.DOMAIN:
            found[row.proposal_id].domain += 1
        else:
            found[row.proposal_id].finance += 1
            people[books[row.proposal_id]].append(row.user_id)
    domain = [row for row in rows if row.state == AssignmentState.SUBMITTED and row.kind == ReviewKind.DOMAIN]
    for proposal_id, totals in _totals(domain, points, policy).items():
        found[proposal_id].mean, found[proposal_id].spread = _mean_and_spread(totals)
    suggested = suggested_by_book(people)
    for proposal_id, summary in found.items():
        summary.suggested_fen = suggested.get(books.get(proposal_id, 0))
    return found


@dataclass(frozen=True)
class _Review:
    """A review that counts or waits."""

    pk: int
    proposal_id: int
    user_id: int
    kind: str
    state: str


def _reviews_with_points(proposals: list[int]) -> tuple[list[_Review], dict[int, dict[str, int]]]:
    """The counted and the waiting reviews, in order, and the points of each by criterion. One query."""
    rows = (
        Assignment.objects.filter(proposal__in=proposals)
        .filter(Q(~_conflict(), state=AssignmentState.SUBMITTED) | Q(state__in=WAITING_STATES))
        .order_by("pk", "scores__pk")
        .values_list("pk", "proposal_id", "expert__user_id", "kind", "state", "scores__criterion", "scores__points")
    )
    reviews: dict[int, _Review] = {}
    points: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, proposal, user, kind, state, criterion, given in rows:
        reviews[pk] = _Review(pk, proposal, user, kind, state)
        if given is not None:
            points[pk][criterion] = given
    return list(reviews.values()), points


def _totals(rows: list[_Review], points: dict[int, dict[str, int]], policy: Policy) -> dict[int, list[float | None]]:
    stage = policy.review_stage("domain")
    criteria = stage.criteria if stage else ()
    totals: dict[int, list[float | None]] = defaultdict(list)
    for row in rows:
        given = points[row.pk]
        totals[row.proposal_id].append(weighted((one, given[one.key]) for one in criteria if one.key in given))
    return totals
