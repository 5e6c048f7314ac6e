"""One application's way through its life, step by step, each by the person whose step it is.

`Walk` puts the clock to each step's time, which anso_portal/life/schedule.py plans."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from acceptance import actions as acceptance_actions
from acceptance.enums import OpinionKind, OpinionResult, Outcome
from acceptance.models import Acceptance
from accounts.models import Institution, User
from anso_portal.life.dossiers import draft_for, files_for
from anso_portal.life.schedule import Schedule
from anso_portal.life.world import World
from core import clock
from core.tenancy import tenant_scope
from programs.models import Call
from programs.policy import Policy
from programs.queries import effective_policy
from projects import actions as project_actions
from projects.actions.opinions import kinds_wanted
from projects.enums import OpinionKind as BookOpinionKind
from projects.enums import OpinionVerdict
from projects.models import Project
from proposals import actions as proposal_actions
from proposals.enums import CheckDecision
from proposals.models import Proposal, ProposalVersion
from reviews import actions as review_actions
from reviews.enums import Recommendation, ReviewKind
from reviews.models import Assignment


@dataclass(eq=False)
class Walk:
    """An application on its way; `say` gets a line for each step done."""

    world: World
    call: Call
    number: int
    pi: User
    lead: Institution
    schedule: Schedule
    say: Callable[[str], None] = lambda line: None
    total_fen: int = 0
    proposal: Proposal = field(init=False)
    version: ProposalVersion = field(init=False)
    project: Project = field(init=False)
    acceptance: Acceptance = field(init=False)

    @property
    def policy(self) -> Policy:
        return effective_policy(self.call)

    def person(self, key: str) -> User:
        return self.world.people[key]

    def staff(self, role: str) -> User:
        """The funder's secretary or director."""
        slug = self.call.tenant.slug
        return self.person(role if slug == "anso" else f"{slug}-{role}")

    @property
    def office(self) -> User:
        return self.world.offices[self.lead.pk]

    @contextmanager
    def on(self, step: str, who: User, what: str) -> Iterator[None]:
        """Do a step at its time, in the call's tenant; told when done."""
        with clock.at(self.schedule.at(step)), tenant_scope(self.call.tenant):
            yield
        self.say(f"{what} – {who.email}")

    # ------------------------------------------------------------ applying
    def draft(self) -> None:
        """The PI writes the application and attaches its files."""
        with self.on("draft", self.pi, "draft written"):
            proposal = proposal_actions.create_draft(call=self.call, pi=self.pi, lead_institution=self.lead)
            data = draft_for(self.world, self.policy, self.number, pi=self.pi, lead=self.lead, total_fen=self.total_fen)
            self.proposal = proposal_actions.save_draft(
                proposal=proposal, by=self.pi, data={**proposal.draft, **data}, revision=proposal.revision
            )
            for kind, party_key, filename, content in files_for(self.policy, data, self.lead, self.pi):
                proposal_actions.attach_file(
                    proposal=self.proposal,
                    by=self.pi,
                    kind=kind,
                    party_key=party_key,
                    filename=filename,
                    data=content,
                )

    def hand_in(self, step: str = "hand_in") -> None:
        """The PI hands it to the institution (A18)."""
        with self.on(step, self.pi, "handed to the institution"):
            proposal_actions.request_endorsement(proposal=self.proposal, by=self.pi)

    def send_back_once(self) -> None:
        """The office returns it with a comment at a field; the PI corrects and hands it in again (A10)."""
        rows, column, wanted, better = self._to_correct()
        with self.on("return", self.office, "returned by the institution with a comment"):
            key = Proposal.objects.get(pk=self.proposal.pk).draft[rows][0]["key"]
            proposal_actions.return_to_pi(
                proposal=self.proposal,
                by=self.office,
                comment="请按栏目中的意见补充。",
                field_comments={f"{rows}.{key}.{column}": wanted},
            )
        with self.on("hand_in_again", self.pi, "corrected"):
            row = Proposal.objects.get(pk=self.proposal.pk)
            first, *others = row.draft[rows]
            data = {**row.draft, rows: [{**first, column: better}, *others]}
            self.proposal = proposal_actions.save_draft(proposal=row, by=self.pi, data=data, revision=row.revision)
        self.hand_in("hand_in_again")

    def _to_correct(self) -> tuple[str, str, str, str]:
        """List and column that the office comments on, what it wants, and what the PI then writes."""
        if "parties" in self.policy.asked:
            better = "建设 4 个观测站点，负责当地数据采集与示范应用。"
            return "parties", "role", "分工请写明观测站点数量。", better
        return "budget_lines", "basis", "请写明单价和数量。", "按 12 个月、每月 2 次逐项测算，单价参照市场询价。"

    def endorse(self) -> None:
        """The chain endorses, step by step: the office, then who else the policy names; with the last one it is frozen,
        numbered, received (A10 A18 B6 C17 E1.2)."""
        chain = self.policy.endorsement_chain
        for step in chain:
            is_last = step == chain[-1]
            who = self.world.people[step.unit] if step.unit else self.office
            words = "endorsed, frozen and received" if is_last else f"endorsed: {step.en}"
            with self.on("endorse", who, words if not step.unit or not is_last else f"{step.en}: {words}"):
                proposal_actions.endorse(proposal=self.proposal, by=who)
                if is_last:
                    self._reload()
        self.say(f"  application number {self.proposal.application_number}, sha256 {self.version.sha256[:16]}…")

    def check(self, decision: str = CheckDecision.PASS, reason: str = "", article: str = "") -> None:
        """The secretariat's preliminary check (A20)."""
        secretary = self.staff("secretary")
        is_pass = decision == CheckDecision.PASS
        with self.on("check", secretary, f"preliminary check: {decision}"):
            proposal_actions.decide_check(
                proposal=self.proposal,
                by=secretary,
                decision=decision,
                points={point.key: {"ok": is_pass, "note": ""} for point in self.policy.checklist},
                reason=reason,
                article=article,
            )
            self._reload()

    # ------------------------------------------------------------ judging
    def assign(
        self,
        *,
        kinds: Collection[str] = (ReviewKind.DOMAIN, ReviewKind.FINANCE),
        first: int | None = None,
        due_at: datetime | None = None,
    ) -> list[Assignment]:
        """Three domain reviewers and two finance experts are invited (A21), or only one of the `kinds`: from the
        `first` of the pool on, to be done by `due_at`; else in turn, by the day after their reviews."""
        secretary = self.staff("secretary")
        domain, finance = self.world.domain_experts, self.world.finance_experts
        first = self.number if first is None else first
        chosen = [(domain[(first + step) % len(domain)], ReviewKind.DOMAIN) for step in range(3)]
        chosen += [(finance[(first + step) % len(finance)], ReviewKind.FINANCE) for step in range(2)]
        chosen = [(expert, kind) for expert, kind in chosen if kind in kinds]
        words = {ReviewKind.DOMAIN: "3 domain reviewers", ReviewKind.FINANCE: "2 finance experts"}
        with self.on("assign", secretary, f"{' and '.join(words[kind] for kind in words if kind in kinds)} invited"):
            due_at = due_at or self.schedule.at("review") + self.schedule.day
            assignments = [
                review_actions.assign(proposal=self.proposal, expert=expert, kind=kind, by=secretary, due_at=due_at)
                for expert, kind in chosen
            ]
            self._reload()
        return assignments

    def accept_review(self, assignment: Assignment) -> None:
        """The expert declares no conflict, and has yet to write."""
        with self.on("review", assignment.expert.user, f"{assignment.kind} review accepted"):
            review_actions.accept(assignment=assignment, by=assignment.expert.user, no_conflict=True)

    def review(self, assignments: list[Assignment]) -> None:
        """Each expert declares no conflict, writes and submits."""
        for place, assignment in enumerate(assignments):
            expert = assignment.expert.user
            with self.on("review", expert, f"{assignment.kind} review submitted"):
                accepted = review_actions.accept(assignment=assignment, by=expert, no_conflict=True)
                is_domain = assignment.kind == ReviewKind.DOMAIN
                stage = self.policy.review_stage("domain" if is_domain else "finance")
                scores = stage.scores if stage else ()
                review_actions.save_review(
                    assignment=accepted,
                    by=expert,
                    scores={
                        criterion.key: (
                            scores[-1 - (self.number + place + index) % 2],
                            "Convincing, well documented, with clear milestones for both sides.",
                        )
                        for index, criterion in enumerate(stage.criteria if stage else ())
                    },
                    comment="A sound proposal with committed partners. The second year is ambitious but feasible."
                    if is_domain
                    else "预算总体合理，与国际合作相关；设备费可适当压减。",
                    recommendation=Recommendation.FUND,
                    revision=accepted.revision,
                    lines={} if is_domain else self._line_opinions(),
                )
                review_actions.submit_review(assignment=accepted, by=expert)

    def _line_opinions(self) -> dict[int, review_actions.LineOpinion]:
        opinions = {}
        for line in self.version.budget_book.lines.all():
            is_equipment = line.category == "equipment"
            opinions[line.pk] = review_actions.LineOpinion(
                is_reasonable="partly" if is_equipment else "yes",
                is_relevant="yes",
                suggested_fen=line.amount_fen * 9 // 10 if is_equipment else line.amount_fen,
                reason="可共用已有设备，建议压减一成。" if is_equipment else "",
            )
        return opinions

    # ------------------------------------------------------------ contracting
    def write_book(self) -> None:
        """The PI brings the lines down to the approved amount and hands in the task book (A24)."""
        with self.on("book", self.pi, "task book handed in, first round"):
            row = self.project
            project_actions.scale_book(project=row, by=self.pi, revision=row.book_revision)
            project_actions.submit_book(project=row, by=self.pi)
            self._reload_project()

    def revise_book(self) -> None:
        """Secretariat and finance expert look, where the policy names one; one round of revision; both agree (A25)."""
        secretary = self.staff("secretary")
        is_costed = BookOpinionKind.FINANCE in kinds_wanted(self.policy)
        expert = self.world.finance_experts[self.number % len(self.world.finance_experts)]
        with self.on("opinion", secretary, "secretariat asks for a revision"):
            if is_costed:
                project_actions.assign_finance_expert(project=self.project, expert=expert, by=secretary)
            project_actions.give_opinion(
                project=self.project,
                by=secretary,
                kind=BookOpinionKind.SECRETARIAT,
                verdict=OpinionVerdict.REVISE,
                comment="请把第二年的指标写得更具体。",
            )
        if is_costed:
            self._finance_agrees("opinion", expert.user)
        with self.on("book_again", self.pi, "task book handed in, second round"):
            self._reload_project()
            row = self.project
            plan = [dict(year) for year in row.book_draft["yearly_plan"]]
            if plan:  # a conference or a visit has none
                plan[1 % len(plan)]["objectives"] += " 至少完成两处示范点建设。"
                row = project_actions.save_book(
                    project=row, by=self.pi, data={"yearly_plan": plan}, revision=row.book_revision
                )
            project_actions.submit_book(project=row, by=self.pi, answer="已补充第二年示范点数量。")
        with self.on("agree", secretary, "secretariat agrees"):
            self._reload_project()
            project_actions.give_opinion(
                project=self.project, by=secretary, kind=BookOpinionKind.SECRETARIAT, verdict=OpinionVerdict.AGREE
            )
        if is_costed:
            self._finance_agrees("agree", expert.user)
        with tenant_scope(self.call.tenant):
            self._reload_project()
        self.say("  task book issued for signing")

    def _finance_agrees(self, step: str, expert: User) -> None:
        with self.on(step, expert, "finance expert agrees to the budget book"):
            project_actions.give_opinion(
                project=self.project,
                by=expert,
                kind=BookOpinionKind.FINANCE,
                verdict=OpinionVerdict.AGREE,
                comment="预算书符合要求。",
            )

    def signers(self) -> list[tuple[str, User]]:
        """(party, person) in the policy's order (A26)."""
        people = {
            "pi": self.pi,
            "office": self.office,
            "secretary": self.staff("secretary"),
            "host": self.person("host"),
        }
        return [
            (one.key, people.get(str(one.role), self.pi if one.key == "pi" else self.office))
            for one in self.policy.book.signatories
        ]

    def sign(self, count: int | None = None) -> None:
        """The parties sign in order; only the first `count` if given."""
        for party, who in self.signers()[:count]:
            with self.on("sign", who, f"signed for {party}"):
                project_actions.sign_book(project=self.project, party=party, by=who)
                self._reload_project()
        if self.project.grant_number:
            self.say(f"  established, grant number {self.project.grant_number}")

    # ------------------------------------------------------------ closing
    def accept_and_close(self, outcome: str = Outcome.PASS) -> None:
        """At the term's end: notice, two opinions, proposal, director's decision (A30–A33)."""
        self.notify_of_acceptance()
        self.file_opinions(outcome)
        self.conclude(outcome)

    @contextmanager
    def _after_term(self, days: int, who: User, what: str, *, at: datetime | None = None) -> Iterator[None]:
        instant = clock.end_of_day(self.project.end_date, self.call.tenant.zone) + timedelta(days=days, hours=10)
        with clock.at(at or instant), tenant_scope(self.call.tenant):
            yield
        self.say(f"{what} – {who.email}")

    def notify_of_acceptance(self, *, at: datetime | None = None) -> None:
        """The secretariat sends the acceptance notice (A30): soon after the term, or `at` an instant."""
        secretary = self.staff("secretary")
        with self._after_term(9, secretary, "acceptance notice sent", at=at):
            self.acceptance = acceptance_actions.send_notice(project=self.project, by=secretary)

    def file_opinions(self, outcome: str = Outcome.PASS) -> None:
        """The institution files both opinions, and a published result (A31 A41)."""
        with self._after_term(40, self.office, "science and finance opinions filed"):
            acceptance_actions.record_public_result(
                project=self.project,
                by=self.pi,
                title=f"{self.project.title_zh}：成果报道",
                channel="ANSO Update",
                published_date=self.project.end_date,
            )
            for kind in OpinionKind:
                acceptance_actions.file_opinion(
                    acceptance=self.acceptance,
                    by=self.office,
                    kind=kind,
                    result=OpinionResult.PASS if outcome == Outcome.PASS else OpinionResult.FAIL,
                    text="专家组认为，项目完成了任务书规定的目标和考核指标，同意通过验收。"
                    if outcome == Outcome.PASS
                    else "专家组认为，项目未完成任务书规定的主要考核指标。",
                    organised_as="panel",
                )
            self.acceptance.refresh_from_db()

    def conclude(self, outcome: str = Outcome.PASS) -> None:
        """The secretariat proposes, the director approves (A32)."""
        secretary, director = self.staff("secretary"), self.staff("director")
        with self._after_term(60, secretary, f"conclusion proposed: {outcome}"):
            reason = self.policy.acceptance.fail_reasons[0]
            conclusion = acceptance_actions.propose_conclusion(
                acceptance=self.acceptance,
                by=secretary,
                outcome=outcome,
                reasons=[]
                if outcome == Outcome.PASS
                else [
                    {
                        "code": reason.key,
                        "article": reason.article,
                        "evidence": "示范面积仅完成三成，见科研任务验收意见。",
                    }
                ],
            )
        with self._after_term(64, director, "conclusion approved, notice issued"):
            acceptance_actions.decide_conclusion(conclusion=conclusion, by=director, approve=True)
            self._reload_project()

    # ------------------------------------------------------------ helpers
    def _reload(self) -> None:
        self.proposal = Proposal.objects.get(pk=self.proposal.pk)
        version = self.proposal.versions.order_by("-number").first()
        if version is not None:
            self.version = version

    def _reload_project(self) -> None:
        self.project = Project.objects.get(proposal=self.proposal.pk)

    def after_award(self) -> None:
        """Pick up the project that the director's approval made."""
        with tenant_scope(self.call.tenant):
            self._reload()
            self._reload_project()
