"""From the sign-in page to an account and a place at an institution, in a browser; every page passes the audit and fits."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import User
from accounts.queries import is_office_of
from core.tenancy import tenant_scope
from notifications.dispatch import try_effect
from notifications.models import Effect
from tests.browser.test_bad_input import desk  # noqa: F401 - a fixture
from tests.browser.test_signed_in import violations
from tests.cast import Cast
from tests.documents.test_checks import pdf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
NEW = "correct horse battery"


def fits(page: Any) -> None:
    """No violation, and nothing wider than the window."""
    assert violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def link_in_mail(cast: Cast) -> str:
    """What the worker sends."""
    with tenant_scope(cast.anso):
        waiting = list(Effect.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))
    assert all(try_effect(cast.anso, pk) for pk in waiting)
    found = re.search(r"(/anso/register/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_an_institute_s_own_office_registers_itself_on_a_telephone(
    page: Any,
    cast: Cast,
    desk: Callable[..., Any],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/login/")
    page.get_by_role("link", name="No account yet? Register").click()
    page.get_by_role("link", name="Alliance of International Science Organizations").click()
    fits(page)
    page.get_by_label("E-mail").fill("office@wetlands.example")
    page.get_by_label("Name in Latin letters").fill("Lin Ke")
    page.get_by_label("Institution").fill("Academy")
    page.get_by_role("button", name="Find it").click()
    fits(page)
    page.get_by_label("Mine is not among them").check()
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Register").last.click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    page.goto(link_in_mail(cast))
    fits(page)
    page.get_by_label("New password", exact=False).first.fill(NEW)
    page.locator("[name=new_password2]").fill(NEW)
    page.get_by_role("button", name="Open the account").click()
    page.locator("[name=username]").fill("office@wetlands.example")
    page.locator("[name=password]").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Register an institution")).to_be_visible()
    fits(page)
    page.get_by_label("Name in English").fill("Coastal Wetlands Academy")
    page.get_by_label("Country").select_option("NP")
    page.get_by_label("Kind").select_option("academy")
    page.get_by_label("Proof").set_input_files({"name": "proof.pdf", "mimeType": "application/pdf", "buffer": pdf()})
    page.get_by_role("button", name="Ask for registration").click()
    expect(page.get_by_text("Coastal Wetlands Academy")).to_be_visible()
    fits(page)
    _approved(desk("secretary", "en"))
    place = User.objects.get(email="office@wetlands.example").affiliations.get().institution
    assert is_office_of(User.objects.get(email="office@wetlands.example"), place.pk)
    page.goto("/anso/institution/people/")
    fits(page)


def _approved(page: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="Coastal Wetlands Academy", exact=True).click()
    fits(page)
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("No institution waits here")).to_be_visible()
