"""One thing of every kind in ANSO, in the state that each page wants: what the matrix walks over."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from accounts.enums import Role
from accounts.models import Affiliation, Membership, User
from core import clock
from core.tenancy import tenant_scope
from documents.actions import store_bytes
from programs import targeting
from programs.enums import CallState, DraftKind
from programs.studio import actions as drafting
from projects import actions as project_actions
from proposals import actions as proposal_actions
from proposals.actions.appealing import file_appeal
from proposals.actions.partnering import token_of
from proposals.enums import CheckDecision, ProposalState
from proposals.models import Appeal, Attachment, EndorsementScan, Proposal, Recommender, VersionScan, Waiver
from proposals.queries.summaries import chapters
from registry.actions.places import ask_for_place
from registry.models import InstitutionRequest
from reviews.enums import AssignmentState, ConflictKind, ConflictSource, LineDecision, ReviewKind
from reviews.models import Conflict, FundingPlan, PlanLine
from tests.acceptance import stages
from tests.cast import PASSWORD, Cast, build_cast
from tests.documents.test_checks import pdf
from tests.factories import (
    WHILE_OPEN,
    good_draft,
    make_assignment,
    make_call,
    make_project,
    make_proposal,
    make_version,
)
from tests.programs.candidates import candidate
from tests.programs.guides import consulted, drafted, published, strategist_of, submitted
from tests.programs.targeted import targeted
from tests.projects import midterm
from tests.projects.midterm import HALFWAY
from tests.projects.world import being_signed, funded
from tests.proposals.bans import banned
from tests.proposals.chains import chained_call, recommends
from tests.proposals.helpers import asked, complete_draft, let_write
from tests.reviews.helpers import pool_of
from tests.reviews.panels import held

AFTER_TERM = datetime(2025, 1, 7, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def build_world() -> SimpleNamespace:
    """Things by name, and the cast; the conflicted reviewer has a conflict with, and even a review of, everything."""
    cast = build_cast()
    admin = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    cast.people["admin"] = admin
    cast.people["strategist"] = strategist_of(cast)
    world = SimpleNamespace(cast=cast, partner=cast.nepal, member=cast.secretary, other_member=cast.mo)
    world.place = Affiliation.objects.get(user=cast.pi)
    with tenant_scope(cast.anso):
        stored = store_bytes(tenant=cast.anso, data=PDF + b"proof", media_type="application/pdf", filename="proof.pdf")
        world.institution_request = InstitutionRequest.objects.create(
            tenant=cast.anso,
            name_en="Lakeside University",
            country="KE",
            kind="university",
            proof=stored,
            proof_name="proof.pdf",
            asked_by=cast.stranger,
        )
        world.place_request, world.officeless_request = (
            ask_for_place(tenant=cast.anso, user=cast.stranger, institution=place) for place in (cast.lead, cast.kenya)
        )
        with clock.at(WHILE_OPEN):
            _calls_and_proposals(world, cast)
            _policies(world, cast)
            world.targeted_call = targeted(cast)
            targeting.invite_institution(call=world.targeted_call, by=cast.secretary, institution=cast.lead)
            world.candidate = candidate(cast)
            world.drafted_guide = drafted(cast, year=2031)
            world.consulted_guide = consulted(cast, year=2032)
            world.submitted_guide = submitted(cast, year=2033)
            world.published_guide = published(cast, year=2034)
            world.sanction = banned(cast.anso, cast.secretary, cast.sibling, filename="decision.pdf", data=pdf())
            _reviews(world, cast)
            _projects(world, cast)
        with clock.at(HALFWAY):
            _midterms(world, cast)
        with clock.at(AFTER_TERM):
            _acceptances(world, cast)
        with clock.at(WHILE_OPEN):
            _conflicts(world, cast)
    return world


def _calls_and_proposals(world: Any, cast: Cast) -> None:
    world.call = make_call(cast.anso, cast.secretary)
    world.drafting_call = make_call(cast.anso, cast.secretary, state=CallState.DRAFTING, slug="drafting")
    world.draft = complete_draft(cast, world.call)
    world.draft_file = _file(cast, world.draft, "letter.pdf")
    _invitations(world, cast)
    _partners(world, cast)
    _chain(world, cast)
    world.waiver = Waiver.objects.create(
        tenant=cast.anso,
        proposal=world.draft,
        ref="A19:concurrent_limit:pi",
        article="A19",
        message_zh="项目负责人已牵头 1 个在研项目，限 1 项。",
        message_en="The principal investigator already leads 1 active project(s); the limit is 1.",
        extent=1,
        reason="The other project ends this winter.",
        asked_at=clock.now(),
        asked_by=cast.pi,
    )
    world.handed_in = complete_draft(cast, world.call)
    proposal_actions.request_endorsement(proposal=world.handed_in, by=cast.pi)
    world.received = make_proposal(cast, world.call, state=ProposalState.SUBMITTED, number=1)
    world.received_file = _file(cast, world.received, "received.pdf")
    # What was received is named in the frozen dossier.
    dossier = good_draft(cast)
    named = dossier.attachments[0].model_copy(
        update={"key": f"a{world.received_file.pk}", "sha256": world.received_file.file.sha256}
    )
    dossier = dossier.model_copy(update={"attachments": (named, *dossier.attachments[1:])})
    make_version(world.received, dossier, number=2)
    world.version_scan = VersionScan.objects.create(
        tenant=cast.anso,
        version=world.received.versions.last(),
        file=world.received_file.file,
        filename="stamped.pdf",
        uploaded_at=clock.now(),
        uploaded_by=cast.office,
    )
    (world.invalid, world.appeal), (_, world.other_appeal) = (_appealed(cast, world.call, number) for number in (5, 6))


def _appealed(cast: Cast, call: Any, number: int) -> tuple[Proposal, Appeal]:
    proposal = make_proposal(cast, call, state=ProposalState.SUBMITTED, number=number)
    proposal_actions.decide_check(
        proposal=proposal,
        by=cast.secretary,
        decision=CheckDecision.INVALID,
        points={},
        reason="Not sealed.",
        article="A18",
    )
    appeal = file_appeal(proposal=proposal, by=cast.pi, reason="It is.", data=pdf(), filename="seal.pdf")
    return Proposal.objects.get(pk=proposal.pk), appeal


def _policies(world: Any, cast: Cast) -> None:
    world.policy_version = world.call.policy_version
    world.programme = world.call.programme
    world.policy_draft = drafting.begin_draft(
        tenant=cast.anso,
        by=cast.admin,
        kind=DraftKind.PROGRAMME,
        slug=world.programme.slug,
        source=world.policy_version.source,
        base=world.policy_version,
    )


def _chain(world: Any, cast: Cast) -> None:
    """One application with the recommending department, one that it recommended, and a batch of the office's."""
    chained = chained_call(cast)
    recommends(cast, cast.department)
    world.recommender_record = Recommender.objects.get()
    world.passed_on, world.recommended, waiting = (complete_draft(cast, chained) for _ in range(3))
    world.passed_on_file = _file(cast, world.passed_on, "passed-on.pdf")
    for one in (world.passed_on, world.recommended, waiting):
        proposal_actions.request_endorsement(proposal=one, by=cast.pi)
    for one in (world.passed_on, world.recommended):
        proposal_actions.endorse(proposal=one, by=cast.office)
    proposal_actions.endorse(proposal=world.recommended, by=cast.recommender)
    (chapter,) = chapters(cast.recommender)
    world.summary_chapter = SimpleNamespace(pk=chapter.key)
    world.summary = proposal_actions.issue_summary(chapter=chapter, by=cast.recommender, language="zh-hans")
    stored = store_bytes(tenant=cast.anso, data=PDF + b"sealed", media_type="application/pdf", filename="sealed.pdf")
    world.summary_scan = EndorsementScan.objects.create(
        tenant=cast.anso,
        summary=world.summary,
        file=stored,
        filename="sealed.pdf",
        uploaded_at=clock.now(),
        uploaded_by=cast.recommender,
    )
    world.endorsement_batch = proposal_actions.confirm_endorsements(
        by=cast.office,
        proposals=[waiting.pk],
        seen={waiting.pk: ("office", waiting.handed_in.get().sha256)},
    )


def _invitations(world: Any, cast: Cast) -> None:
    elsewhere = complete_draft(cast, world.call)
    world.writer, world.other_writer = cast.stranger, cast.mo
    let_write(world.draft, world.writer)
    let_write(elsewhere, world.other_writer)
    world.asked, world.asked_elsewhere = (
        proposal_actions.invite(proposal=one, by=cast.pi, purpose="co_writer", email=cast.charlie.email)
        for one in (world.draft, elsewhere)
    )


def _partners(world: Any, cast: Cast) -> None:
    """Links to a partner's part: one that holds, with a file; one that ended by handing in."""
    world.partner_link = asked(world.draft, "ke")
    world.partner_token = token_of(world.partner_link)
    world.partner_file = _file(cast, world.draft, "willing.pdf", party_key="ke")
    elsewhere = complete_draft(cast, world.call)
    world.other_partner_link = asked(elsewhere, "ke")
    world.dead_token = token_of(world.other_partner_link)
    proposal_actions.withdraw(proposal=elsewhere, by=cast.pi)


def _file(cast: Cast, proposal: Proposal, name: str, *, party_key: str = "") -> Attachment:
    stored = store_bytes(tenant=cast.anso, data=PDF + name.encode(), media_type="application/pdf", filename=name)
    return Attachment.objects.create(
        tenant=cast.anso,
        proposal=proposal,
        file=stored,
        kind="other",
        party_key=party_key,
        filename=name,
        uploaded_at=clock.now(),
        uploaded_by=cast.pi,
    )


def _reviews(world: Any, cast: Cast) -> None:
    pool = pool_of(cast)
    world.expert = pool["reviewer4"]
    world.checked = make_proposal(cast, world.call, state=ProposalState.CHECKED, number=2)
    world.reviewing = make_proposal(cast, world.call, state=ProposalState.REVIEWING, number=3)
    by = cast.secretary
    world.invitation = make_assignment(world.checked, pool["reviewer1"], by, state=AssignmentState.INVITED)
    world.review = make_assignment(world.reviewing, pool["reviewer1"], by)
    world.submitted_review = make_assignment(world.reviewing, pool["reviewer2"], by, state=AssignmentState.SUBMITTED)
    world.conflicted_review = make_assignment(world.reviewing, pool["conflicted"], by)
    world.budget_review = make_assignment(world.reviewing, pool["expert1"], by, kind=ReviewKind.FINANCE)
    world.panel, world.other_panel = (
        held(cast, one, pool["reviewer4"]) for one in (world.reviewing, _another_reviewing(world, cast))
    )
    world.plan = FundingPlan.objects.create(tenant=cast.anso, call=world.call, number=1, prepared_by=by)
    PlanLine.objects.create(
        tenant=cast.anso,
        plan=world.plan,
        proposal=world.reviewing,
        version=world.reviewing.versions.last(),
        decision=LineDecision.FUND,
        amount_fen=100_000_000,
    )


def _another_reviewing(world: Any, cast: Cast) -> Proposal:
    return make_proposal(cast, world.call, state=ProposalState.REVIEWING, number=4)


def _projects(world: Any, cast: Cast) -> None:
    world.writing = funded(cast, world.call, number=10)
    world.judged = funded(cast, world.call, number=11)
    project_actions.submit_book(project=world.judged, by=cast.pi)
    world.judged.refresh_from_db()
    world.judged.finance_expert = cast.expert1
    world.judged.save(update_fields=["finance_expert"])
    world.signing = being_signed(cast, world.call, number=12)
    world.task_book = world.signing.book_document
    world.code = world.task_book.code
    world.hosted = being_signed(cast, world.call, number=13, signed=2)
    world.batch = project_actions.confirm_batch(
        party="secretariat", by=cast.secretary, projects=[world.hosted], password=PASSWORD
    )


def _midterms(world: Any, cast: Cast) -> None:
    world.evaluated, world.halfway, world.judged_halfway = (midterm.running(cast, world.call, n) for n in (30, 31, 32))
    drawn = {one.project_id: one for one in midterm.drawn(cast, world.call, 3)}
    world.midterm_draw = drawn[world.evaluated.pk].draw
    for project, outcome in ((world.halfway, "rectify"), (world.judged_halfway, "adjust")):
        conclusion = midterm.proposed(cast, midterm.filed(cast, drawn[project.pk]), outcome)
        if project == world.halfway:
            midterm.approved(cast, conclusion)
            world.midterm_letter = conclusion.midterm.conclusions.get().document
    world.midterm_paper = midterm.paper(
        cast,
        drawn[world.evaluated.pk],
        "finance",
        organised_as="audit",
        filename="意见.pdf",
        data=_bytes(world.midterm_letter),
    )
    world.inspectable = midterm.running(cast, world.call, 33, approved_fen=600_000_000)
    midterm.running(cast, world.call, 34)  # one that can be drawn


def _acceptances(world: Any, cast: Cast) -> None:
    def active(number: int) -> Any:
        return make_project(
            make_proposal(cast, world.call, state=ProposalState.APPROVED, number=number), state="active"
        )

    world.over = active(20)
    world.opening = active(21)
    stages.notified(cast, world.opening)
    world.closing = active(22)
    conclusion = stages.proposed(cast, world.closing)
    world.notice = conclusion.acceptance.notice
    world.filing = active(23)
    acceptance = stages.notified(cast, world.filing)
    world.opinion = stages.opinion(cast, acceptance, "science", filename="意见.pdf", data=_scan(world))
    stages.opinion(cast, acceptance, "finance")


def _scan(world: Any) -> bytes:
    return _bytes(world.notice)


def _bytes(document: Any) -> bytes:
    from documents.queries import bytes_of, current_revision

    return bytes_of(current_revision(document).file)


def _conflicts(world: Any, cast: Cast) -> None:
    Conflict.objects.bulk_create(
        Conflict(
            tenant=cast.anso,
            proposal=proposal,
            user=cast.conflicted,
            kind=ConflictKind.INSTITUTION,
            source=ConflictSource.COMPUTED,
            evidence_zh="同一单位",
            evidence_en="Same institution",
        )
        for proposal in Proposal.objects.all()
    )
