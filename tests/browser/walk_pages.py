"""Browsers of several people at once, and what is looked at on every page they reach.

WALK_SHOTS=DIR keeps a picture of each page, wide and narrow."""

import io
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.models import User
from anso_portal.life.together import deliver
from anso_portal.life.walk import Walk
from anso_portal.life.world import PASSWORD
from core import clock as portal_clock
from core.tenancy import tenant_scope
from notifications.models import Mail
from notifications.tasks import send_due_reminders
from proposals.models import Proposal

logger = logging.getLogger(__name__)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# Words of the interface: visible headings, buttons, labels and the like that are not marked as another language.
CHROME = """() => [...document.querySelectorAll(
  'h1, h2, h3, h4, button, .btn, label, legend, th, dt, summary, .lede, .help, .muted, .decision-effect, .badge, '
  + '.notice p, .nav a, .crumbs a, .task-what')]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('[lang=en], svg, td.title, .what'))
  .map((one) => one.textContent.replace(/\\s+/g, ' ').trim()).filter(Boolean)"""
# What makes the page wider than the window: not what scrolls inside a box of its own, or lies in a closed menu.
WIDEST = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const holds = (box, one) => getComputedStyle(box).overflowX !== 'visible'
    && (getComputedStyle(one).position !== 'absolute' || getComputedStyle(box).position !== 'static');
  const inside = (one) => {
    for (let box = one.parentElement; box && box !== document.body; box = box.parentElement) if (holds(box, one)) return true;
    return !one.checkVisibility();
  };
  return [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1 && !inside(one))
    .map((one) => one.outerHTML.slice(0, 160)).slice(0, 5).concat('page too wide');
}"""
AXE = Axe()
ENGLISH = re.compile(r"[A-Za-z’']+ [a-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Desks:
    """Everybody's browser, signed in as they first need it, all in one language; `faults` gathers what is wrong."""

    def __init__(
        self, chromium: Any, url: str, language: str, *, on_phone: bool = False, latin: set[str] | None = None
    ) -> None:
        self.chromium, self.url, self.language = chromium, url, language
        self.window = NARROW if on_phone else WIDE
        self.faults: list[str] = []
        self._pages: dict[str, Any] = {}
        self._names: set[str] = set()
        self._shots = os.environ.get("WALK_SHOTS", "")
        self._latin = latin or set()  # names that a Chinese page may show as they are

    def close(self) -> None:
        """End; what was found is told also when the walk stopped on its way."""
        for fault in dict.fromkeys(self.faults):
            logger.warning(fault)
        for page in self._pages.values():
            page.context.close()

    def of(self, person: str, address: str = "") -> Any:
        """The person's page, at `address` if given; signs in by the form the first time and when the session ended."""
        page = self._pages.get(person) or self._open(person)
        if address:
            page.goto(address)
        if person and "/login/" in page.url:
            self._sign_in(page, person)
        return page

    def _sign_in(self, page: Any, person: str) -> None:
        page.fill("[name=username]", f"{person}@demo.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "/login/" not in url)

    def _open(self, person: str) -> Any:
        context = self.chromium.new_context(base_url=self.url, viewport=self.window, timezone_id="Asia/Shanghai")
        context.set_default_timeout(20_000)
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": self.language, "url": self.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("console", lambda line: self._console(person, page, line))
        page.on("pageerror", lambda error: self.faults.append(f"{person} {page.url}: {error}"))
        page.on("response", lambda answer: self._answered(person, answer))
        self._pages[person] = page
        if person:
            page.goto("/login/")
            self._sign_in(page, person)
        return page

    def _console(self, person: str, page: Any, line: Any) -> None:
        if line.type in ("error", "warning"):
            self.faults.append(f"{person} {page.url}: console {line.type}: {line.text}")

    def _answered(self, person: str, answer: Any) -> None:
        if answer.status >= 400:
            self.faults.append(f"{person} {answer.request.method} {answer.url}: {answer.status}")

    # ---------------------------------------------------------------- looking
    def look(self, page: Any, name: str) -> Any:
        """Audit the page as it stands; a name is looked at once. Answers the page."""
        if name in self._names:
            return page
        self._names.add(name)
        page.wait_for_load_state()  # one that loads itself anew may be on its way
        where = f"{name} {page.url.removeprefix(self.url)}"
        if page.evaluate("document.documentElement.lang.toLowerCase()") != self.language:
            self.faults.append(f"{where}: the page isn't marked as {self.language}")
        with tall(page, self.window):
            found = AXE.run(page, options=RULES)
        for one in found.response["violations"]:
            nodes = "; ".join(f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:3])
            self.faults.append(f"{where}: axe {one['id']}: {one['help']}: {nodes}")
        if self.language.startswith("zh"):
            self.faults += [f"{where}: not Chinese: {text[:120]}" for text in self._english(page)]
        if self.window is WIDE:
            self._keep(page, name, "wide")
        with narrow(page, self.window):
            self.faults += [f"{where}: at 390 px: {text}" for text in page.evaluate(WIDEST)]
            self._keep(page, name, "narrow")
        return page

    def _english(self, page: Any) -> list[str]:
        texts = page.evaluate(CHROME)
        foreign = [text for text in texts if ENGLISH.search(text) and not CHINESE.search(text)]
        return [text for text in foreign if not any(name in text for name in self._latin)]

    def _keep(self, page: Any, name: str, width: str) -> None:
        if self._shots:
            Path(self._shots).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{self._shots}/{self.language}-{name}-{width}.png", full_page=True)


@contextmanager
def tall(page: Any, window: dict[str, int]) -> Iterator[None]:
    """A window as high as the page within the block: a bar that stays in view then covers nothing."""
    height = page.evaluate("document.documentElement.scrollHeight")
    with sized(page, {**window, "height": max(height, window["height"])}, window):
        yield


@contextmanager
def narrow(page: Any, window: dict[str, int]) -> Iterator[None]:
    """A phone's width within the block."""
    with sized(page, NARROW, window):
        yield


@contextmanager
def sized(page: Any, size: dict[str, int], window: dict[str, int]) -> Iterator[None]:
    """Another size within the block, the window's own after it."""
    if size == window:
        yield
        return
    page.set_viewport_size(size)
    try:
        yield
    finally:
        page.set_viewport_size(window)


def submit(page: Any, button: str) -> Any:
    """Press the button that sends its form, or follow the link, and wait for the page that answers."""
    with page.expect_navigation():
        page.locator(button).first.click()
    return page


def tick(page: Any, boxes: str) -> int:
    """Tick all that match; answers how many there were."""
    found = page.locator(boxes)
    for place in range(found.count()):
        found.nth(place).check()
    return int(found.count())


def typed(page: Any, field: str, text: str) -> None:
    """Type into a field of a page that saves itself, and wait until it has."""
    with page.expect_response(re.compile("autosave")) as answer:
        page.fill(field, text)
    assert answer.value.status == 200, answer.value.text()
    page.locator("[data-save-state][data-state=saved]").first.wait_for()


def person_of(user: User) -> str:
    """How the desks call a person: the part of the address before the @."""
    return user.email.split("@")[0]


def text_of(page: Any, address: str) -> str:
    """The text of the PDF at the address, as the person gets it."""
    answer = page.request.get(address)
    assert answer.status == 200, address
    return "".join(leaf.extract_text() for leaf in PdfReader(io.BytesIO(answer.body())).pages)


class Going:
    """The walk with its browsers and its clock."""

    def __init__(self, walk: Walk, desks: Desks, clock: Any) -> None:
        self.walk, self.desks, self.clock = walk, desks, clock

    def to(self, step: str) -> None:
        """It is the step's time now."""
        self.clock.set(self.walk.schedule.at(step))

    def proposal(self, page: str = "") -> str:
        return f"/anso/proposals/{self.walk.proposal.pk}/{page}"

    def project(self, page: str = "") -> str:
        return f"/anso/projects/{self.walk.project.pk}/{page}"

    def reload(self) -> Proposal:
        with tenant_scope(self.walk.call.tenant):
            self.walk._reload()
        return self.walk.proposal

    def reload_project(self) -> Any:
        with tenant_scope(self.walk.call.tenant):
            self.walk._reload_project()
        return self.walk.project

    def at(self, person: str, address: str, name: str) -> Any:
        """The person's page at the address, looked at."""
        return self.desks.look(self.desks.of(person, address), name)

    def reminded(self, person: str, words: re.Pattern[str], *, at: datetime, name: str) -> None:
        """Beat comes by twice when a reminder is due: the person has one message in the inbox, and one mail."""
        self.clock.set(at + timedelta(minutes=1))
        send_due_reminders()
        send_due_reminders()
        deliver(self.walk, portal_clock.now())
        page = self.at(person, "/anso/inbox/", name)
        expect(page.locator(".inbox td.title", has_text=words)).to_have_count(1)
        with tenant_scope(self.walk.call.tenant):
            mails = Mail.objects.filter(recipient=f"{person}@demo.example", sent_at__gte=at)
            assert sum(bool(words.search(mail.subject)) for mail in mails) == 1
