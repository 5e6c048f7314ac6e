"""Reads of funding plans: lines with results, what stands in their way, the content that an approval binds."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import rfc8785
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from audit.models import Event
from core import clock
from core.conditions import AnyOf
from core.errors import NotVisible, Obstacle
from programs.clauses.people import ConcurrentLimit
from programs.clauses.process import AwardCount, ReviewQuorum
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding, Severity, Stage
from programs.models import Call
from programs.policy import Policy
from programs.queries import effective_policy
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalVersion, TeamMember
from proposals.queries import dossier_of_version, judged_by
from proposals.queries.judging import Case, judged
from reviews.enums import OPEN_PLAN_STATES, LineDecision, ReviewKind
from reviews.models import FundingPlan, Panel, PlanLine
from reviews.queries.panels import is_against, panels_that_count
from reviews.queries.results import Summary, review_counts, summaries

# A project in one of these counts against the limits when another one is awarded: projects.enums.RUNNING_STATES, and
# those awarded and on the way there. They lie a layer above; a test keeps them equal.
AWARDED = ("book_drafting", "book_review", "signing", "active", "rectifying", "suspended", "accepting")
_DOSSIERS = 512


def plans_visible_to(user: User) -> QuerySet[FundingPlan]:
    """The active tenant's plans, newest first, but none with a proposal that `user` must not know of (A16).

    Whoever may not see one line sees nothing of the plan, since a total or a gap would tell."""
    # Asked line by line: as a list it would be everything the person may judge.
    known = judged_by(user).filter(pk=OuterRef("proposal"))
    hidden = PlanLine.objects.filter(~Exists(known), plan=OuterRef("pk"))
    return (
        FundingPlan.objects.filter(~Exists(hidden))
        .select_related(
            "tenant", "call__tenant", "call__programme", "call__policy_version", "prepared_by", "decided_by"
        )
        .order_by("-pk")
    )


def with_totals(plans: QuerySet[FundingPlan]) -> QuerySet[FundingPlan]:
    """Each plan with `total_fen` to fund."""
    funded = (
        PlanLine.objects.filter(plan=OuterRef("pk"), decision=LineDecision.FUND)
        .order_by()
        .values("plan")
        .annotate(total=Sum("amount_fen"))
        .values("total")
    )
    return plans.annotate(total_fen=Coalesce(funded, 0))


def get_plan(user: User, pk: int) -> FundingPlan:
    """The plan, if `user` sees it. Raises NotVisible."""
    plan = plans_visible_to(user).filter(pk=pk).first()
    if plan is None:
        raise NotVisible
    return plan


def plannable(user: User, call: Call) -> QuerySet[Proposal]:
    """Proposals of the call under review and in no open plan, as far as `user` may know of them, oldest first."""
    elsewhere = PlanLine.objects.filter(proposal=OuterRef("pk"), plan__state__in=OPEN_PLAN_STATES)
    rows = judged_by(user).filter(~Exists(elsewhere), call=call, state=ProposalState.REVIEWING)
    return rows.select_related("pi", "lead_institution").order_by("pk")


@dataclass
class PlanRow:
    """A proposal in a plan, or one that could be."""

    proposal: Proposal
    version: ProposalVersion
    summary: Summary
    line: PlanLine | None = None
    findings: list[Finding | Obstacle] = field(default_factory=list)
    panel: Panel | None = None
    """The panel's record that stands and counts (A22)."""

    @property
    def suggested_fen(self) -> int:
        """What the amount field starts with: the finance experts' suggestion, else the request, never more than it."""
        suggested = self.summary.suggested_fen
        return self.proposal.requested_fen if suggested is None else min(suggested, self.proposal.requested_fen)

    @property
    def blocking(self) -> list[Finding | Obstacle]:
        """What keeps the plan from being handed in and approved."""
        return [one for one in self.findings if is_blocking(one)]


def rows_of_plan(plan: FundingPlan, *, stage: Stage = Stage.PLAN) -> list[PlanRow]:
    """The plan's lines with results and all findings, in the order they were put in. A fixed number of queries."""
    lines = list(
        PlanLine.objects.filter(plan=plan)
        .select_related("proposal__pi", "proposal__lead_institution", "version")
        .order_by("pk")
    )
    totals = summaries(
        [line.proposal for line in lines],
        {line.proposal_id: line.version.budget_book_id for line in lines},
        effective_policy(plan.call),
    )
    reviews = {pk: {"domain": one.domain, "finance": one.finance} for pk, one in totals.items()}
    panels = panels_that_count([line.proposal_id for line in lines])
    found = findings_of(plan.call, lines, stage=stage, reviews=reviews, panels=panels)
    return [
        PlanRow(
            line.proposal, line.version, totals[line.proposal_id], line, found[line.pk], panels.get(line.proposal_id)
        )
        for line in lines
    ]


def rows_to_plan(user: User, call: Call) -> list[PlanRow]:
    """The proposals that could still be put in, with results. A fixed number of queries."""
    proposals = list(plannable(user, call))
    versions = latest_versions([proposal.pk for proposal in proposals])
    books = {pk: version.budget_book_id for pk, version in versions.items()}
    totals = summaries(proposals, books, effective_policy(call))
    return [PlanRow(one, versions[one.pk], totals[one.pk]) for one in proposals if one.pk in versions]


def latest_versions(proposals: Collection[int]) -> dict[int, ProposalVersion]:
    """The newest version of each, without its dossier, by proposal id. One query."""
    rows = ProposalVersion.objects.filter(proposal_id__in=proposals).defer("dossier_json").order_by("number")
    return {row.proposal_id: row for row in rows}


# ---------------------------------------------------------------- findings
def is_blocking(finding: Finding | Obstacle) -> bool:
    """Whether the plan can't go on: a blocking finding without a waiver. Remarks are shown to whoever decides."""
    return finding.severity == Severity.BLOCK and not getattr(finding, "waived", False)


def findings_of(
    call: Call,
    lines: Sequence[PlanLine],
    *,
    stage: Stage,
    reviews: dict[int, dict[str, int]] | None = None,
    panels: dict[int, Panel] | None = None,
) -> dict[int, list[Finding | Obstacle]]:
    """By line id, every unmet condition of the call's policy at `stage` (A19 A21 A22 A23), as things are now.

    To decline a proposal only the reviews count; to fund it all conditions. `reviews`: counted ones by proposal id and
    kind, `panels`: those that count, if known. A fixed number of queries."""
    policy = effective_policy(call)
    if reviews is None:
        reviews = review_counts([line.proposal_id for line in lines])
    if panels is None:
        panels = panels_that_count([line.proposal_id for line in lines])
    facts = _facts(call, lines, policy, reviews, panels)
    quorum = {clause.code for clause in policy.clauses_of(ReviewQuorum)}
    cases = {line.pk: Case(line.proposal_id, dossier_of(line.version), facts[line.pk]) for line in lines}
    judgement = judged(policy, cases, stage)
    found: dict[int, list[Finding | Obstacle]] = {}
    for line in lines:
        rows: list[Finding | Obstacle] = [*judgement[line.pk]]
        if line.decision == LineDecision.DECLINE:
            rows = [one for one in rows if one.code in quorum]
        elif line.amount_fen == 0:
            rows.append(_no_amount())
        found[line.pk] = rows
    return found


def _no_amount() -> Obstacle:
    return Obstacle(
        code="no-amount",
        message_zh="资助项目须填写资助金额。",
        message_en="A project to be funded needs an amount.",
        article="A23",
        who_can_clear="secretary",
    )


def dossier_of(version: ProposalVersion) -> Dossier:
    """The version's dossier; the last few hundred are kept, since versions never change."""
    return _dossier(_Version(version))


class _Version:
    """A version as a cache key: its pinned hash; the dossier behind it is read only when it isn't known."""

    def __init__(self, version: ProposalVersion) -> None:
        self.version = version

    def __hash__(self) -> int:
        return hash(self.version.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.version.sha256 == self.version.sha256


@lru_cache(maxsize=_DOSSIERS)
def _dossier(key: _Version) -> Dossier:
    return dossier_of_version(key.version)


def _facts(
    call: Call,
    lines: Sequence[PlanLine],
    policy: Policy,
    reviews: dict[int, dict[str, int]],
    panels: dict[int, Panel],
) -> dict[int, Facts]:
    """What the clauses may know of each line. The other lines of the plan count as if they were awarded (A19)."""
    funded = _funded(call, lines) if policy.clauses_of(AwardCount) else 0
    awards = _Awards(call, lines, is_limited=bool(policy.clauses_of(ConcurrentLimit)))
    return {
        line.pk: Facts(
            now=clock.now(),
            received_at=line.proposal.received_at,
            opens_at=call.opens_at,
            closes_at=call.closes_for(line.proposal.created_at),
            is_endorsed=line.proposal.received_at is not None,
            active_projects_as_pi=awards.led_by(line),
            active_projects_as_participant=awards.taken_part_in(line),
            pi_leads=awards.schemes_led_by(line),
            domain_reviews=reviews[line.proposal_id][ReviewKind.DOMAIN],
            finance_reviews=reviews[line.proposal_id][ReviewKind.FINANCE],
            is_panel_held=line.proposal_id in panels,
            is_panel_against=is_against(panels.get(line.proposal_id)),
            needs_budget_review=line.decision != LineDecision.DECLINE or not is_against(panels.get(line.proposal_id)),
            proposed_fen=line.amount_fen,
            awards=funded,
        )
        for line in lines
    }


def _funded(call: Call, lines: Sequence[PlanLine]) -> int:
    """Applications of the call that are funded already or would be by these lines (E1)."""
    own = [line.proposal_id for line in lines]
    before = Proposal.objects.filter(call=call, project__isnull=False).exclude(pk__in=own).count()
    return before + sum(1 for line in lines if line.decision == LineDecision.FUND)


class _Awards:
    """Awards of the funder that count against the people of some lines: running ones and this plan's own (A19)."""

    def __init__(self, call: Call, lines: Sequence[PlanLine], *, is_limited: bool) -> None:
        own, pis = {line.proposal_id for line in lines}, {line.proposal.pi_id for line in lines}
        # By applicant and proposal: the call's pinned policy and the programme's slug.
        self._led: dict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
        self._members: dict[int, set[int]] = defaultdict(set)
        others: dict[int, tuple[str, set[int]]] = {}
        calls: dict[str, int] = {}
        for pk, pi, call_id, sha256, slug, member in _awards_and_own(own, pis):
            if pk in own:
                self._members[pk].update([member] if member else ())
                continue
            calls[sha256] = call_id
            others.setdefault(pk, (sha256, set()))[1].update([member] if member else ())
            if pi in pis:
                self._led[pi][pk] = sha256, slug
        self._limited = _limited(calls)
        people = pis.union(*self._members.values())
        self._running = Counter(
            member for sha256, team in others.values() if sha256 in self._limited for member in team & people
        )
        funded = [line for line in lines if line.decision == LineDecision.FUND] if is_limited else []
        self._planned_pi = Counter(line.proposal.pi_id for line in funded)
        self._planned_members = Counter(user for line in funded for user in self._members[line.proposal_id])
        self._is_planned = {line.pk for line in funded}
        self._slug = call.tenant.slug

    def led_by(self, line: PlanLine) -> int:
        pi = line.proposal.pi_id
        running = sum(1 for sha256, _slug in self._led[pi].values() if sha256 in self._limited)
        return running + self._planned_pi[pi] - (line.pk in self._is_planned)

    def schemes_led_by(self, line: PlanLine) -> frozenset[str]:
        return frozenset(f"{self._slug}-{slug}" for _sha256, slug in self._led[line.proposal.pi_id].values())

    def taken_part_in(self, line: PlanLine) -> dict[str, int]:
        own = self._members[line.proposal_id] if line.pk in self._is_planned else set()

        def count(user: int) -> int:
            return self._running[user] + self._planned_members[user] - (user in own)

        people = dossier_of(line.version).participants
        counts = {person.key: count(person.user_id) for person in people if person.user_id}
        return {**counts, "pi": count(line.proposal.pi_id)}


def _awards_and_own(own: set[int], pis: set[int]) -> Iterable[tuple[int, int, int, str, str, int | None]]:
    """For each proposal of the lines, and each awarded one that one of their people leads or takes part in: id, PI,
    call, its policy's hash, its programme's slug, and a main participant, a row for each. One query."""
    if not own:
        return []
    mine = Proposal.objects.filter(pk__in=own).order_by()
    awarded = Q(project__state__in=AWARDED)
    members = TeamMember.objects.filter(is_main=True).order_by()
    people = AnyOf(mine.values("pi"), members.filter(proposal__in=own).values("user"), key="user")
    taking_part = members.filter(people, proposal__project__state__in=AWARDED).values("proposal")
    led = Proposal.objects.filter(awarded, pi__in=pis).order_by().values("pk")
    return (
        Proposal.objects.filter(AnyOf(mine.values("pk"), led, taking_part))
        .annotate(main=FilteredRelation("team", condition=Q(team__is_main=True)))
        .order_by("pk")
        .values_list("pk", "pi_id", "call_id", "call__policy_sha256", "call__programme__slug", "main__user")
    )


def _limited(calls: dict[str, int]) -> set[str]:
    """Which policies limit concurrent projects; platforms' have no such limit, so they don't count (A19). `calls`: a
    call of each, by the policy's hash. No query for those that this process knows."""
    unknown = [pk for sha256, pk in calls.items() if sha256 not in _has_limit]
    for call in Call.objects.filter(pk__in=unknown).select_related("policy_version") if unknown else ():
        _has_limit[call.policy_sha256] = bool(effective_policy(call).clauses_of(ConcurrentLimit))
    return {sha256 for sha256 in calls if _has_limit.get(sha256)}


_has_limit: dict[str, bool] = {}


@dataclass(frozen=True)
class LineChange:
    """A line of a plan before and after it was worked on again: (decision, amount in fen, note), None where absent."""

    proposal: Proposal
    before: tuple[str, int, str] | None
    after: tuple[str, int, str] | None


def changes_since_return(history: Iterable[Event]) -> list[LineChange]:
    """How a plan's lines differ from when it was last returned, by its events, oldest first; empty for one that never
    was. At most one query."""
    before: dict[int, Any] = {}
    after: dict[int, Any] = {}
    is_returned = False
    for event in history:
        if event.action == "plan.return":
            before, is_returned = dict(after), True
        elif event.action == "plan.put_line":
            after[event.data["proposal"]] = tuple(event.data["after"])
        elif event.action == "plan.remove_line":
            after.pop(event.data["proposal"], None)
    changed = [pk for pk in {**before, **after} if is_returned and before.get(pk) != after.get(pk)]
    found = Proposal.objects.in_bulk(changed) if changed else {}
    return [LineChange(found[pk], before.get(pk), after.get(pk)) for pk in changed if pk in found]


# ---------------------------------------------------------------- content
def content_sha256(plan: FundingPlan, lines: Sequence[PlanLine]) -> str:
    """Hash of all that an approval binds: plan, proposals, versions, decisions, amounts (fen), notes."""
    content: dict[str, Any] = {
        "tenant": plan.tenant_id,
        "call": plan.call_id,
        "number": plan.number,
        "comment": plan.comment,
        "lines": [
            {
                "proposal": line.proposal_id,
                "version": line.version.sha256,
                "decision": line.decision,
                "amount_fen": line.amount_fen,
                "note": line.note,
            }
            for line in sorted(lines, key=lambda line: line.proposal_id)
        ],
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def panels_shown(panels: Iterable[Panel | None]) -> str:
    """The panels' records that a page shows or that stand now, as one text to compare."""
    return ",".join(str(pk) for pk in sorted(panel.pk for panel in panels if panel is not None))


def total_fen(lines: Sequence[PlanLine]) -> int:
    """What the plan would fund altogether: the sum of its lines, never typed in."""
    return sum(line.amount_fen for line in lines if line.decision == LineDecision.FUND)
