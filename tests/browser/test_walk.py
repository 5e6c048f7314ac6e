"""The walk of ANSO's 2021 joint-research call in browsers: every step by the person whose step it is.

Here from the call to the funding plan, and the reminders on the way; walk_project.py has the rest. On each page: axe
without violations, nothing on the console (so no report of the content security policy), the page's language, nothing
wider than a phone.

It takes over a minute of work, so each engine has one walk of its own: SQLite in English at a desk, PostgreSQL in
Chinese on a phone. WALK=all walks all four; WALK_SHOTS=DIR keeps a picture of each page."""

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.enums import AffiliationKind
from accounts.models import Affiliation, User
from anso_portal.life.dossiers import draft_for, files_for
from anso_portal.life.schedule import Schedule
from anso_portal.life.together import deliver
from anso_portal.life.walk import Walk
from anso_portal.life.world import World, make_pi, make_pool, make_world
from core import clock as portal_clock
from core.tenancy import tenant_scope
from programs.models import Call
from proposals import actions as proposal_actions
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews.actions import add_expert
from reviews.enums import ReviewKind
from reviews.models import Assignment, FundingPlan
from tests.browser import walk_project
from tests.browser.walk_pages import Desks, Going, person_of, submit, text_of, tick, typed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
POLICY = "anso/calls/2021-joint-research"
BEFORE = datetime.fromisoformat("2021-06-10T10:00+08:00")
DESK, PHONE = ("en", "desk"), ("zh-hans", "phone")
OTHERS = (("zh-hans", "desk"), ("en", "phone"))
ENGINES_OWN = PHONE if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") else DESK
WALKS = (DESK, PHONE, *OTHERS) if os.environ.get("WALK") == "all" else (ENGINES_OWN,)
PAGES = ("basics", "objectives", "people", "parties", "plan", "budget", "payments", "attachments")


@pytest.fixture
def world(db: None, clock: Any) -> World:
    clock.set(BEFORE)
    made = make_world()
    make_pool(made)
    _add_conflicted(made)
    return made


@pytest.fixture(params=WALKS, ids="-".join)
def desks(request: Any, chromium: Any, live_server: Any, world: World) -> Iterator[Desks]:
    latin = {one.name_en for one in world.institutions.values()}
    language, window = request.param
    made = Desks(chromium, live_server.url, language, on_phone=window == "phone", latin=latin)
    yield made
    made.close()


def _add_conflicted(world: World) -> None:
    """A reviewer of the lead institution, whom nobody may ask."""
    lead = world.institutions["cas1"]
    colleague = User.objects.create_user("colleague@demo.example", name_zh="同所人", name_en="Tong Suoren")
    Affiliation.objects.create(user=colleague, institution=lead, kind=AffiliationKind.STAFF)
    with tenant_scope(world.anso):
        add_expert(
            tenant=world.anso,
            by=world.people["secretary"],
            email=colleague.email,
            country="CN",
            is_domain=True,
            institution=lead,
            fields=["food-security"],
            capacity=5,
            has_consented=True,
        )


def test_the_whole_walk(desks: Desks, world: World, clock: Any) -> None:
    call = the_call_is_published(desks, world)
    pi = world.people["pi"]
    walk = Walk(world, call, 1, pi, pi.affiliations.get().institution, Schedule(call.opens_at))
    go = Going(walk, desks, clock)
    the_pi_drafts(go)
    the_office_returns_it(go)
    the_pi_corrects(go)
    the_office_endorses(go)
    another_is_reminded_of_the_deadline(go)
    the_secretary_checks(go)
    the_secretary_assigns(go)
    an_expert_is_reminded(go)
    the_experts_review(go)
    the_plan_is_approved(go)
    walk_project.the_book_is_written(go)
    walk_project.the_book_is_revised(go)
    walk_project.the_pi_is_reminded_to_sign(go)
    walk_project.four_parties_sign(go)
    walk_project.the_project_is_accepted(go)
    call_command("verify_audit")
    assert not desks.faults, "\n".join(dict.fromkeys(desks.faults))


# ---------------------------------------------------------------- 1
def the_call_is_published(desks: Desks, world: World) -> Call:
    desks.look(desks.of("", "/login/"), "01-sign-in")
    desks.look(desks.of("secretary", "/"), "01-home-empty")
    page = desks.of("secretary", "/anso/calls/new/")
    page.select_option("[name=builtin]", POLICY)
    page.locator("[name=is_shifted]").uncheck()
    desks.look(page, "01-call-new")
    submit(page, "main form button.btn-primary")
    desks.look(page, "01-call-to-publish")
    submit(page, "form[action$='/publish/'] button")
    desks.look(page, "01-call-published")
    expect(page.locator("form[action$='/publish/']")).to_have_count(0)
    desks.look(desks.of("secretary", "/anso/calls/"), "01-calls")
    with tenant_scope(world.anso):
        return Call.objects.get()


# ---------------------------------------------------------------- 2
def the_pi_drafts(go: Going) -> None:
    go.to("draft")
    page = go.at("pi", f"/anso/calls/{go.walk.call.pk}/", "02-call-of-applicant")
    page.locator("a[href*='/proposals/new/']").first.click()
    page.wait_for_url("**/proposals/new/**")
    go.desks.look(page, "02-begin")
    submit(page, "main form button.btn-primary")
    page.wait_for_url("**/edit/**")
    with tenant_scope(go.walk.call.tenant):
        go.walk.proposal = Proposal.objects.get()
    page = go.at("pi", go.proposal("edit/basics/"), "02-draft-empty")
    typed(page, "[name=title_zh]", "山地水资源联合研究")
    typed(page, "[name=title_en]", "Mountain water, a joint study")
    page.goto(go.proposal("edit/budget/"))
    page.click("[data-grid-add]")
    line = "tbody[data-line]:last-of-type"
    page.locator(f"{line} [name$='.category']").select_option("travel")
    typed(page, f"{line} [name$='.amount_fen']", "12,000.50")
    go.desks.look(page, "02-budget-typed")
    the_rest_is_saved(go)
    for section in PAGES:
        go.at("pi", go.proposal(f"edit/{section}/"), f"02-draft-{section}")
    assert "草稿" in text_of(page, go.proposal("preview.pdf"))
    go.to("hand_in")
    hand_in(go, "02-hand-in")


def the_rest_is_saved(go: Going) -> None:
    walk, row = go.walk, go.reload()
    data = draft_for(walk.world, walk.policy, walk.number, pi=walk.pi, lead=walk.lead)
    assert row.draft["title_en"] == "Mountain water, a joint study"
    assert row.draft["budget_lines"][0]["amount_fen"] == "12,000.50"
    with tenant_scope(walk.call.tenant):
        row = proposal_actions.save_draft(proposal=row, by=walk.pi, data={**row.draft, **data}, revision=row.revision)
        for kind, party, name, content in files_for(walk.policy, data, walk.lead, walk.pi):
            proposal_actions.attach_file(
                proposal=row, by=walk.pi, kind=kind, party_key=party, filename=name, data=content
            )


def hand_in(go: Going, name: str) -> None:
    page = go.at("pi", go.proposal("hand-in/"), name)
    submit(page, "[data-hand-in] button")
    assert go.reload().state == ProposalState.ENDORSING
    go.at("pi", go.proposal(), f"{name}-done")


# ---------------------------------------------------------------- 3
def the_office_returns_it(go: Going) -> None:
    go.to("return")
    go.at("office", "/", "03-home-office")
    page = go.at("office", go.proposal("endorse/"), "03-endorse")
    box = page.locator("details.comment-box:has(textarea[name='at:parties'])").first
    box.locator("summary").click()
    box.locator("textarea").fill("分工请写明观测站点数量。")
    page.fill("#return-form [name=comment]", "请补充说明外方合作单位的分工。")
    submit(page, "button[value=return]")
    go.desks.look(page, "03-returned-office")
    assert go.reload().state == ProposalState.DRAFT


def the_pi_corrects(go: Going) -> None:
    go.to("hand_in_again")
    go.at("pi", "/", "03-home-pi")
    go.at("pi", "/anso/inbox/", "03-inbox")
    go.at("pi", go.proposal(), "03-returned-pi")
    page = go.at("pi", go.proposal("edit/parties/"), "03-returned-parties")
    expect(page.get_by_text("分工请写明观测站点数量。").first).to_be_visible()
    typed(page, "[name='parties.p1.role']", "建设 4 个观测站点，负责当地数据采集与示范应用。")
    hand_in(go, "03-hand-in-again")


def the_office_endorses(go: Going) -> None:
    go.to("endorse")
    page = go.at("office", go.proposal("endorse/"), "03-endorse-again")
    expect(page.locator("#changes")).to_contain_text("4 个观测站点")
    submit(page, "button[value=endorse]")
    row = go.reload()
    assert row.state == ProposalState.SUBMITTED
    assert row.application_number
    expect(page.locator("main")).to_contain_text(row.application_number)
    go.desks.look(page, "03-endorsed")
    assert row.application_number in text_of(page, go.proposal("versions/1.pdf"))
    deliver(go.walk, portal_clock.now())
    go.at("pi", "/anso/proposals/", "03-list-of-pi")


def another_is_reminded_of_the_deadline(go: Going) -> None:
    world, call = go.walk.world, go.walk.call
    late = make_pi(world, 7)
    with tenant_scope(call.tenant):
        proposal_actions.create_draft(call=call, pi=late, lead_institution=late.affiliations.get().institution)
    words = re.compile("距申报截止还有 7 天|7 day.s. until the call closes")
    go.reminded("pi7", words, at=call.closes_at - timedelta(days=7), name="10-deadline")


# ---------------------------------------------------------------- 4, 5
def the_secretary_checks(go: Going) -> None:
    go.to("check")
    go.at("secretary", "/", "04-home-secretary")
    go.at("secretary", "/anso/proposals/", "04-list")
    page = go.at("secretary", go.proposal("check/"), "04-check")
    assert tick(page, "[name^='point:']") == len(go.walk.policy.checklist)
    page.locator("#check-form [name=decision]").first.check()
    submit(page, "#check-form button")
    go.desks.look(page, "04-checked")
    assert go.reload().state == ProposalState.CHECKED


def the_secretary_assigns(go: Going) -> None:
    go.to("assign")
    world = go.walk.world
    for kind, experts in (("domain", world.domain_experts[:3]), ("finance", world.finance_experts[:2])):
        page = go.at("secretary", f"/anso/reviews/proposals/{go.walk.proposal.pk}/assign/?kind={kind}", f"05-{kind}")
        if kind == "domain":
            barred = page.locator("details.panel").filter(has_text=re.compile("同所人|Tong Suoren")).first
            barred.locator("summary").click()
            expect(barred).to_contain_text(re.compile("中国科学院|Chinese Academy|institut", re.IGNORECASE))
            go.desks.look(page, "05-refused-conflict")
        for expert in experts:
            page.locator(f"[name=experts][value='{expert.pk}']").check()
        submit(page, "form[data-batch] button.btn-primary")
        go.desks.look(page, f"05-{kind}-invited")
    assert go.reload().state == ProposalState.REVIEWING


def an_expert_is_reminded(go: Going) -> None:
    with tenant_scope(go.walk.call.tenant):
        row = Assignment.objects.select_related("expert__user").order_by("pk")[0]
    words = re.compile("评审任务还有 2 天到期|Your review is due in 2 days")
    go.reminded(person_of(row.expert.user), words, at=row.due_at - timedelta(days=2), name="10-review")


def the_experts_review(go: Going) -> None:
    go.to("review")
    with tenant_scope(go.walk.call.tenant):
        rows = list(Assignment.objects.select_related("expert__user").order_by("pk"))
    firsts = {row.kind: row for row in reversed(rows)}
    for kind, row in sorted(firsts.items()):
        go.to("review")
        write_review(go, row, kind)
    with tenant_scope(go.walk.call.tenant):
        go.walk.review([row for row in rows if row not in firsts.values()])
    go.at("secretary", f"/anso/reviews/proposals/{go.walk.proposal.pk}/results/", "05-results")


def write_review(go: Going, row: Assignment, kind: str) -> None:
    person, is_domain = person_of(row.expert.user), kind == ReviewKind.DOMAIN
    page = go.at(person, "/anso/reviews/mine/", f"05-mine-{kind}")
    page = go.at(person, f"/anso/reviews/{row.pk}/", f"05-invitation-{kind}")
    page.check("[name=no_conflict]")
    submit(page, "form[action$='/accept/'] button")
    page.goto(f"/anso/reviews/{row.pk}/")
    if is_domain:
        for criterion in go.walk.policy.review_stage("domain").criteria:  # type: ignore[union-attr]
            page.locator(f"[name='score-{criterion.key}-points']").last.check()
            page.fill(f"[name='score-{criterion.key}-comment']", "Convincing, with clear milestones for both sides.")
        page.locator("[name=recommendation]").first.check()
    else:
        for name in ("is_reasonable", "is_relevant"):
            boxes = page.locator(f"select[name$='-{name}']")
            for place in range(boxes.count()):
                boxes.nth(place).select_option("yes")
        amounts = page.locator("[name$='-suggested']")
        figures = page.locator("table.budget-review tbody td.num:not(.edit)").all_text_contents()
        for place, figure in enumerate(figures):
            amounts.nth(place).fill(figure.strip())
    typed(page, "[name=comment]", "A sound proposal with committed partners.")
    go.desks.look(page, f"05-review-{kind}")
    submit(page, "button[value=finish]")
    go.desks.look(page, f"05-submit-{kind}")
    submit(page, "main .decision form button")
    go.desks.look(page, f"05-submitted-{kind}")


# ---------------------------------------------------------------- 6
def the_plan_is_approved(go: Going) -> None:
    go.to("plan")
    page = go.at("secretary", "/anso/reviews/plans/", "06-plans")
    submit(page, "form[action$='/plans/new/'] button")
    go.desks.look(page, "06-plan-empty")
    page.check(f"[name=items][value='{go.walk.proposal.pk}']")
    submit(page, "form[action$='/add/'] button.btn-primary")
    page.fill(f"[name='p{go.walk.proposal.pk}-amount']", "1,050,000")
    submit(page, ".plan-line-form button.btn-secondary")
    go.desks.look(page, "06-plan")
    submit(page, "form[action$='/hand-in/'] button")
    go.desks.look(page, "06-plan-handed-in")
    go.to("approve")
    with tenant_scope(go.walk.call.tenant):
        plan = FundingPlan.objects.get()
    go.at("director", "/", "06-home-director")
    page = go.at("director", f"/anso/reviews/plans/{plan.pk}/", "06-plan-director")
    submit(page, "button[value=approve]")
    go.desks.look(page, "06-plan-approved")
    go.reload()
    assert go.reload_project().approved_fen == walk_project.AMOUNT_FEN
