"""The endorsement chain in everybody's browser: record, hand in, pass on, return, pass on again, submit in a batch.

Each engine has one language, as in test_walk.py; WALK_LANGUAGE asks for another."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Tenant
from core.tenancy import tenant_scope
from programs.models import Call
from proposals import tasks
from proposals.enums import ProposalState as S
from proposals.models import EndorsementBatch, Proposal
from tests.browser.walk_pages import Desks, submit
from tests.cast import PASSWORD, Cast
from tests.proposals.chains import administrator, another_body, chained_call, recommends
from tests.proposals.helpers import complete_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
OWN = '\n[[cut_offs]]\nstep = "office"\narticle = "A10"\ndays_before = 5\n'


def test_an_application_passes_the_chain(cast: Cast, clock: Any, chromium: Any, live_server: Any) -> None:
    usual = "zh-hans" if connection.vendor == "postgresql" else "en"
    language = os.environ.get("WALK_LANGUAGE", usual)
    with tenant_scope(cast.anso):
        call = chained_call(cast, own=OWN)
        admin = administrator(cast)
        admin.set_password(PASSWORD)
        admin.save()
        recommends(cast, another_body("Ministry of Rivers"))
        first, second = complete_draft(cast, call), complete_draft(cast, call)
    places = (cast.lead, cast.department, cast.nepal, cast.kenya, cast.lanka, cast.university)
    desks = Desks(
        chromium, live_server.url, language, latin={place.name_en for place in places} | {"Ministry of Rivers"}
    )
    try:
        record(desks, cast, call)
        for proposal in (first, second):
            hand_in(desks, cast, proposal)
        return_once(desks, cast, first)
        pass_on(desks, first, second)
        submit_both(desks, cast)
    finally:
        desks.close()
    with tenant_scope(cast.anso):
        assert {row.state for row in Proposal.objects.all()} == {S.SUBMITTED}
    assert not desks.faults, "\n".join(dict.fromkeys(desks.faults))


def record(desks: Desks, cast: Cast, call: Call) -> None:
    page = desks.look(desks.of("admin", "/anso/proposals/recommenders/"), "recommenders")
    page.fill("[name=institution]", cast.lead.name_zh)
    page.fill("[name=endorser]", cast.department.name_zh)
    submit(page, "#record button")
    expect(page.locator("main table tbody tr")).to_have_count(2)
    desks.look(page, "recommenders-recorded")
    desks.look(desks.of("pi", f"/anso/calls/{call.pk}/"), "call")


def hand_in(desks: Desks, cast: Cast, proposal: Proposal) -> None:
    page = desks.look(desks.of("pi", f"/anso/proposals/{proposal.pk}/hand-in/"), "hand-in")
    page.select_option("[name='endorser.recommender']", str(cast.department.pk))
    submit(page, "form[data-hand-in] button")
    desks.look(page, "handed-in")


def return_once(desks: Desks, cast: Cast, proposal: Proposal) -> None:
    """The office passes it on, the department returns it, the applicant hands it in again."""
    page = desks.look(desks.of("office", "/anso/proposals/endorsing/"), "office-list")
    submit(page, f"a[href='/anso/proposals/{proposal.pk}/endorse/']")
    desks.look(page, "office-endorse")
    submit(page, "button[value=endorse]")
    desks.look(page, "office-passed-on")
    page = desks.look(desks.of("recommender", "/"), "recommender-home")
    page = desks.look(desks.of("recommender", f"/anso/proposals/{proposal.pk}/endorse/"), "recommender-endorse")
    page.fill("#return-form [name=comment]", "请补充外方投入。")
    submit(page, "button[value=return]")
    desks.look(page, "recommender-returned")
    page = desks.look(desks.of("pi", f"/anso/proposals/{proposal.pk}/"), "pi-returned")
    page = desks.of("pi", f"/anso/proposals/{proposal.pk}/hand-in/")
    page.select_option("[name='endorser.recommender']", str(cast.department.pk))
    submit(page, "form[data-hand-in] button")


def pass_on(desks: Desks, *proposals: Proposal) -> None:
    page = desks.of("office", "/anso/proposals/endorsing/")
    desks.look(page, "office-again")
    batch(desks, page, "office")
    for proposal in proposals:
        desks.look(desks.of("pi", f"/anso/proposals/{proposal.pk}/"), "pi-waiting")


def submit_both(desks: Desks, cast: Cast) -> None:
    batch(desks, desks.of("recommender", "/anso/proposals/endorsing/"), "recommender")
    page = desks.of("recommender", "/anso/proposals/")
    expect(page.locator("main table tbody tr")).to_have_count(2)
    desks.look(page, "recommender-proposals")
    submit(page, "main table td.title a")
    desks.look(page, "recommender-received")
    desks.look(desks.of("office", "/anso/proposals/endorsing/"), "office-empty")
    page = desks.look(desks.of("recommender", "/anso/proposals/endorsing/lists/"), "lists")
    submit(page, "button[name=chapter]")
    expect(page.locator("#issued a")).to_have_count(1)
    desks.look(page, "lists-issued")
    with page.expect_download() as file:
        page.locator("#issued a").click()
    data = Path(file.value.path()).read_bytes()
    assert data.startswith(b"%PDF-")
    if shots := os.environ.get("WALK_SHOTS"):
        Path(shots, f"{desks.language}-list.pdf").write_bytes(data)
    page.set_input_files("[name=scan]", {"name": "sealed.pdf", "mimeType": "application/pdf", "buffer": data})
    submit(page, "form.upload button")
    expect(page.locator("#issued a", has_text="sealed.pdf")).to_have_count(1)
    desks.look(page, "list-sealed")


def batch(desks: Desks, page: Any, who: str) -> None:
    """Endorse all of the list in one confirmation; the job runs here."""
    desks.look(page, f"{who}-tray")
    page.locator("thead [data-batch-all]").check()
    page.check("[name=examined]")
    submit(page, "[data-batch-bar] button")
    desks.look(page, f"{who}-begun")
    with tenant_scope(Tenant.objects.get(slug="anso")):
        last = EndorsementBatch.objects.order_by("-pk").first()
        assert last is not None
    tasks.work_off(last.pk, last.tenant_id)
    expect(page.locator("#job-page .all-clear")).to_be_visible(timeout=30_000)
    desks.look(page, f"{who}-finished")
