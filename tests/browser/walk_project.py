"""The walk's second half: task book, signatures, and the project's end."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from pypdf import PdfReader

from acceptance.models import Acceptance
from anso_portal.life.world import PASSWORD
from core import clock as portal_clock
from core.tenancy import tenant_scope
from documents.queries import bytes_of
from projects.enums import ProjectState
from projects.queries import book_pdf
from tests.browser.walk_pages import Going, person_of, submit, typed

AMOUNT_FEN = 105_000_000


# ---------------------------------------------------------------- 7
def the_book_is_written(go: Going) -> None:
    go.to("book")
    go.at("pi", "/anso/projects/", "07-projects")
    go.at("pi", go.project(), "07-project")
    page = go.at("pi", go.project("book/edit/"), "07-book")
    submit(page, "button[value=scale]")
    go.desks.look(page, "07-book-scaled")
    submit(page, "button[name=do][value=submit].btn-primary")
    go.desks.look(page, "07-book-submit")
    submit(page, "main .decision button.btn-primary")
    assert go.reload_project().state == ProjectState.BOOK_REVIEW
    go.desks.look(page, "07-book-handed-in")


def the_book_is_revised(go: Going) -> None:
    go.to("opinion")
    expert = go.walk.world.finance_experts[0]
    person = person_of(expert.user)
    page = go.at("secretary", go.project("book/expert/"), "07-expert")
    page.check(f"[name=expert][value='{expert.pk}']")
    submit(page, "main form button.btn-primary")
    give_opinion(go, "secretary", "revise", "请把第二年的指标写得更具体。")
    give_opinion(go, person, "agree", "预算书符合要求。")
    assert go.reload_project().state == ProjectState.BOOK_DRAFTING
    go.to("book_again")
    page = go.at("pi", go.project("book/edit/"), "07-book-again")
    typed(page, "[name^='yearly_plan.'][name$='.objectives'] >> nth=1", "至少完成两处示范点建设。")
    submit(page, "button[name=do][value=submit].btn-primary")
    page.fill("[name=answer]", "已补充第二年示范点数量。")
    go.desks.look(page, "07-book-submit-again")
    submit(page, "main .decision button.btn-primary")
    go.to("agree")
    give_opinion(go, "secretary", "agree", "")
    give_opinion(go, person, "agree", "预算书符合要求。")
    assert go.reload_project().state == ProjectState.SIGNING


def give_opinion(go: Going, person: str, verdict: str, comment: str) -> None:
    page = go.at(person, go.project("book/"), f"07-opinion-{person}-{verdict}")
    page.check(f"#opinion [name=verdict][value={verdict}]")
    page.fill("#opinion [name=comment]", comment)
    submit(page, "#opinion button")


# ---------------------------------------------------------------- 8
def the_pi_is_reminded_to_sign(go: Going) -> None:
    words = re.compile("仍待签署|still waits for your signature")
    go.reminded("pi", words, at=portal_clock.now() + timedelta(days=3), name="10-signature")


def four_parties_sign(go: Going) -> None:
    go.to("sign")
    go.at("secretary", "/anso/projects/tray/", "08-tray")
    for place, (party, who) in enumerate(go.walk.signers(), start=1):
        person = person_of(who)
        assert not go.reload_project().grant_number
        page = go.at(person, go.project("sign/"), f"08-sign-{place}-{party}")
        page.fill("[name=password]", PASSWORD)
        submit(page, "main .decision button")
        go.desks.look(page, f"08-signed-{place}")
    project = go.reload_project()
    assert project.state == ProjectState.ACTIVE
    with tenant_scope(go.walk.call.tenant):
        revision = book_pdf(project)
        assert revision is not None
        code, data = revision.document.code, bytes_of(revision.file)
    page = go.desks.of("pi", go.project())
    assert page.request.get(go.project("book.pdf")).body() == data
    page = go.at("", f"/verify/{code}", "08-verify")
    expect(page.locator("main")).to_contain_text(go.walk.pi.name_zh)


# ---------------------------------------------------------------- 9
def the_project_is_accepted(go: Going) -> None:
    project, address = go.walk.project, f"/anso/acceptance/{go.walk.project.pk}/"
    after = portal_clock.end_of_day(project.end_date, go.walk.call.tenant.zone)
    go.clock.set(after + timedelta(days=9, hours=10))
    go.at("secretary", "/anso/acceptance/", "09-overview")
    page = go.at("secretary", address, "09-notify")
    submit(page, "form[action$='/notice/'] button")
    go.desks.look(page, "09-notified")
    with tenant_scope(go.walk.call.tenant):
        due_at = Acceptance.objects.get().due_at
    words = re.compile("验收意见须在|Acceptance opinions are due")
    go.reminded("office", words, at=due_at - timedelta(days=14), name="10-acceptance")
    record_result(go, address)
    for kind in ("science", "finance"):
        page = go.at("office", address, f"09-opinion-{kind}")
        form = f"form[action$='/opinions/{kind}/']"
        page.check(f"{form} [name='{kind}-result'][value=pass]")
        page.fill(f"{form} [name='{kind}-text']", "专家组认为，项目完成了任务书规定的目标和考核指标，同意通过验收。")
        submit(page, f"{form} button")
    go.desks.look(page, "09-filed")
    go.clock.set(after + timedelta(days=75))
    page = go.at("secretary", address, "09-propose")
    page.check("[name=outcome][value=pass]")
    submit(page, "form[action$='/conclusion/'] button")
    go.clock.set(after + timedelta(days=80))
    page = go.at("director", address, "09-decide")
    submit(page, "button[value=approve]")
    go.desks.look(page, "09-closed")
    the_notice_is_read(go, address)


def record_result(go: Going, address: str) -> None:
    page = go.at("pi", address, "09-result")
    page.locator("details:has([name=title]) > summary").click()
    page.fill("[name=title]", "成果报道")
    page.fill("[name=channel]", "ANSO Update")
    page.fill("[name=published_date]", go.walk.project.end_date.isoformat())
    submit(page, "form[action$='/results/'] button")


def the_notice_is_read(go: Going, address: str) -> None:
    assert go.reload_project().state == ProjectState.PASSED
    with tenant_scope(go.walk.call.tenant):
        acceptance = Acceptance.objects.get()
        assert acceptance.project_id == go.walk.project.pk
    page = go.at("pi", address, "09-closed-pi")
    with page.expect_download() as download:
        page.locator("#conclusion a.btn").click()
    reader = PdfReader(str(download.value.path()))
    assert go.walk.project.grant_number in "".join(leaf.extract_text() for leaf in reader.pages)
    go.at("pi", go.project(), "09-project-closed")
