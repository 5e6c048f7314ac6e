"""Twenty task books signed in one confirmation, by the secretariat and then by the host, in their browsers.

Each engine has one language, as in test_walk.py, the other way round."""

import re
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from projects.actions.batches import _work_next
from projects.enums import ItemState, ProjectState
from projects.models import Project, SigningBatch, SigningItem
from projects.tasks import work_off
from tests.browser.walk_pages import Desks, submit
from tests.cast import PASSWORD, Cast
from tests.factories import make_call
from tests.projects.world import being_signed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
BOOKS = 20
PAUSE_AFTER = 3


def test_a_tray_of_twenty(cast: Cast, clock: Any, chromium: Any, live_server: Any) -> None:
    language = "en" if connection.vendor == "postgresql" else "zh-hans"
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        for number in range(1, BOOKS + 1):
            being_signed(cast, call, number=number, signed=2)
    places = (cast.lead, cast.host_institution, cast.secretariat, cast.nepal, cast.kenya, cast.lanka)
    desks = Desks(chromium, live_server.url, language, latin={place.name_en for place in places})
    try:
        sign_all(desks, cast, "secretary", pause=True)
        sign_all(desks, cast, "host")
    finally:
        desks.close()
    with tenant_scope(cast.anso):
        projects = list(Project.objects.order_by("pk"))
    assert {project.state for project in projects} == {ProjectState.ACTIVE}
    assert len({project.grant_number for project in projects}) == BOOKS
    assert not desks.faults, "\n".join(dict.fromkeys(desks.faults))


def sign_all(desks: Desks, cast: Cast, person: str, *, pause: bool = False) -> None:
    """One confirmation of the person; the job runs while the page follows it, once with a pause."""
    page = desks.look(desks.of(person, "/anso/projects/tray/"), f"{person}-tray")
    page.locator("thead [data-batch-all]").check()
    page.fill("[name=password]", PASSWORD)
    desks.look(page, f"{person}-chosen")
    submit(page, "[data-batch-bar] button")
    progress = page.locator("#job-page progress")
    expect(progress).to_have_js_property("value", 0)
    desks.look(page, f"{person}-begun")
    job = Job(cast, pause_after=PAUSE_AFTER if pause else 0)
    if pause:
        job.wait_for(PAUSE_AFTER)
        submit(page, "button[value=pause]")
        job.go_on()
        page.reload()
        expect(progress).to_have_js_property("value", PAUSE_AFTER)
        desks.look(page, f"{person}-paused")
        submit(page, "button[value=resume]")
        job = Job(cast)
    expect(page.locator("#job-page .all-clear")).to_be_visible(timeout=60_000)
    job.join()
    expect(page.locator("#job-page progress")).to_have_js_property("value", BOOKS)
    expect(page.locator(".receipts .icon-ok")).to_have_count(BOOKS)
    desks.look(page, f"{person}-finished")
    page = desks.of(person, "/anso/inbox/")
    expect(page.locator(".inbox td.title", has_text=re.compile(rf"{BOOKS} (份|signed)"))).to_have_count(1)


class Job:
    """The batch's task as a worker runs it, in a thread of its own; after `pause_after` books it waits for `go_on`."""

    def __init__(self, cast: Cast, *, pause_after: int = 0) -> None:
        self.cast = cast
        self.before = self.signed()
        self.pause_after = pause_after
        self._gate = threading.Event()
        self._errors: list[Exception] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with tenant_scope(self.cast.anso):
                batch = SigningBatch.objects.get(finished_at=None)
            for _ in range(self.pause_after):
                with tenant_scope(self.cast.anso), transaction.atomic():
                    _work_next(batch.pk)
            if self.pause_after:
                self._gate.wait(60)
            work_off(batch.pk, self.cast.anso.pk)
        except Exception as error:
            self._errors.append(error)
        finally:
            connection.close()

    def signed(self) -> int:
        """How many books are signed."""
        with tenant_scope(self.cast.anso):
            return SigningItem.objects.filter(state=ItemState.SIGNED).count()

    def wait_for(self, count: int) -> None:
        """Return when so many more are signed."""
        until = time.monotonic() + 60
        while self.signed() < self.before + count:
            assert time.monotonic() < until, self._errors
            time.sleep(0.02)

    def go_on(self) -> None:
        """Let the job go on where it waits, and return when it has ended."""
        self._gate.set()
        self.join()

    def join(self) -> None:
        """Return when the job has ended; raises what it raised."""
        self._thread.join(timeout=90)
        if self._errors:
            raise self._errors[0]
