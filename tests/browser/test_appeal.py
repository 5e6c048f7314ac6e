"""An application is declared invalid, the applicant appeals, and another secretary has it checked anew.

Each engine has one language, as in test_walk.py; WALK_LANGUAGE asks for another."""

import os
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Membership
from core.tenancy import tenant_scope
from proposals.enums import ProposalState as S
from proposals.models import Appeal, Proposal
from tests.browser.walk_pages import Desks, submit
from tests.cast import Cast
from tests.documents.test_checks import pdf
from tests.factories import make_call, make_proposal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]


def test_an_appeal_is_granted(cast: Cast, clock: Any, chromium: Any, live_server: Any) -> None:
    usual = "zh-hans" if connection.vendor == "postgresql" else "en"
    Membership.objects.create(user=cast.stranger, tenant=cast.anso, role=Role.SECRETARY)
    with tenant_scope(cast.anso):
        proposal = make_proposal(cast, make_call(cast.anso, cast.secretary), state=S.SUBMITTED)
    places = (cast.lead, cast.nepal, cast.kenya, cast.lanka, cast.university)
    language = os.environ.get("WALK_LANGUAGE", usual)
    desks = Desks(chromium, live_server.url, language, latin={place.name_en for place in places})
    try:
        go_through(desks, proposal)
    finally:
        desks.close()
    with tenant_scope(cast.anso):
        assert Proposal.objects.get().state == S.SUBMITTED and Appeal.objects.get().filename
    assert not desks.faults, "\n".join(dict.fromkeys(desks.faults))


def go_through(desks: Desks, proposal: Proposal) -> None:
    own = f"/anso/proposals/{proposal.pk}/"
    page = desks.of("secretary", f"{own}check/")
    expect(page.locator("#alike a")).to_have_count(0)  # loaded: nothing is similar
    desks.look(page, "check")
    page.fill("[name='note:complete']", "第 12 页缺失。")
    page.check("[name=decision][value=invalid]")
    page.select_option("[name=article]", "B2.3")
    page.fill("[name=reason]", "证明材料与合作单位不符。")
    submit(page, "#check-form button")
    page = desks.look(desks.of("pi", own), "invalid")
    submit(page, f"a[href='{own}appeal/']")
    page.fill("[name=reason]", "两者为同一单位，2020 年更名。")
    page.set_input_files("[name=evidence]", {"name": "更名批复.pdf", "mimeType": "application/pdf", "buffer": pdf()})
    desks.look(page, "appeal")
    submit(page, "form[data-once] button.btn-primary")
    desks.look(page, "appealed")
    desks.look(desks.of("stranger", "/"), "second-home")
    page = desks.look(desks.of("stranger", "/anso/proposals/appeals/"), "appeals")
    submit(page, "td.title a")
    desks.look(page, "appeal-decision")
    page.check("[name=decision][value=grant]")
    page.select_option("[name=article]", "B2.3")
    page.fill("[name=reason]", "更名属实，申诉成立。")
    submit(page, "form[data-once] button.btn-primary")
    desks.look(page, "appeal-decided")
    desks.look(desks.of("secretary", f"{own}check/"), "checked-anew")
    desks.look(desks.of("pi", own), "granted")
