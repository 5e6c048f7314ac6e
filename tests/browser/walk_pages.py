"""Browsers of several people at once, and what is looked at on every page they reach.

WALK_SHOTS=DIR keeps a picture of each page, wide and narrow."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from anso_portal.life.world import PASSWORD, World

logger = logging.getLogger(__name__)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
# Words of the interface: visible headings, buttons, labels and the like that are not marked as another language.
CHROME = """() => [...document.querySelectorAll(
  'h1, h2, h3, h4, button, .btn, label, legend, th, dt, summary, .lede, .help, .muted, .decision-effect, .badge, '
  + '.notice p, .nav a, .crumbs a, .task-what')]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('[lang=en], svg, td.title, .what'))
  .map((one) => one.textContent.replace(/\\s+/g, ' ').trim()).filter(Boolean)"""
WIDEST = """() => document.documentElement.scrollWidth <= window.innerWidth ? []
  : [...document.querySelectorAll('main *, header *, footer *')]
    .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
    .map((one) => one.outerHTML.slice(0, 160)).slice(0, 5).concat('page too wide')"""
ENGLISH = re.compile(r"[A-Za-z’']+ [a-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Desks:
    """Everybody's browser, signed in as they first need it, all in one language; `faults` gathers what is wrong."""

    def __init__(self, chromium: Any, url: str, world: World, language: str) -> None:
        self.chromium, self.url, self.world, self.language = chromium, url, world, language
        self.faults: list[str] = []
        self._pages: dict[str, Any] = {}
        self._names: set[str] = set()
        self._shots = os.environ.get("WALK_SHOTS", "")
        self._latin = {one.name_en for one in world.institutions.values()}

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
        context = self.chromium.new_context(base_url=self.url, viewport=WIDE, timezone_id="Asia/Shanghai")
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
        """Audit the page as it stands, wide and narrow; a name is looked at once. Answers the page."""
        if name in self._names:
            return page
        self._names.add(name)
        where = f"{name} {page.url.removeprefix(self.url)}"
        found = Axe().run(page, options=RULES)
        for one in found.response["violations"]:
            nodes = "; ".join(f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:3])
            self.faults.append(f"{where}: axe {one['id']}: {one['help']}: {nodes}")
        if self.language.startswith("zh"):
            self.faults += [f"{where}: not Chinese: {text[:120]}" for text in self._english(page)]
        self._keep(page, name, "wide")
        with narrow(page):
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
def narrow(page: Any) -> Iterator[None]:
    """A phone's width within the block."""
    page.set_viewport_size(NARROW)
    try:
        yield
    finally:
        page.set_viewport_size(WIDE)


def submit(page: Any, button: str) -> Any:
    """Press the button that sends its form, and wait for the page that answers."""
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
