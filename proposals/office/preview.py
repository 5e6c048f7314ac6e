"""The page between a filled file and the draft: what would change, what can't be taken, what the policy says of it."""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from proposals.forms.desk import Desk
from proposals.forms.pages import Page
from proposals.forms.reading import BadDraft
from proposals.forms.showing import Remark
from proposals.office.changes import Change, Comparison, applied, orders_from
from proposals.office.filled import Filled, Trouble
from proposals.office.plan import Plan

LARGEST_ORDER = 8 * 1024 * 1024


@dataclass(frozen=True)
class Placed:
    """A remark with its place in the file."""

    remark: Remark
    place: str


@dataclass
class Preview:
    """What the page shows. `groups` holds the changes by page of the form."""

    groups: list[tuple[Page | None, list[Change]]]
    troubles: list[Trouble] = field(default_factory=list)
    remarks: list[Placed] = field(default_factory=list)
    kept: int = 0
    """How many values are newer on the portal, and untouched in the file."""
    orders: str = ""
    is_behind: bool = False
    """Whether the draft was saved since the file was given out."""

    @property
    def count(self) -> int:
        """How many changes there are."""
        return sum(len(changes) for _page, changes in self.groups)


def preview_of(filled: Filled) -> Preview:
    """A filled file beside the draft of its plan's desk. Queries: those of judging the draft."""
    plan = filled.plan
    comparison = Comparison(filled, plan.desk.proposal.draft)
    changes = comparison.changes()
    remarks = list(_remarks(filled, changes))
    marker = filled.marker
    is_behind = bool(marker.proposal) and marker.revision < plan.desk.proposal.revision
    kept = len(comparison.kept)
    return Preview(_grouped(plan, changes), filled.troubles, remarks, kept, packed(changes), is_behind)


def preview_again(plan: Plan, changes: Sequence[Change]) -> Preview:
    """The page for orders that met a draft which had changed."""
    return Preview(_grouped(plan, changes), orders=packed(changes))


def _grouped(plan: Plan, changes: Iterable[Change]) -> list[tuple[Page | None, list[Change]]]:
    groups: dict[str, tuple[Page | None, list[Change]]] = {}
    for change in changes:
        page = plan.page_of(change.path)
        groups.setdefault(page.key if page else "", (page, []))[1].append(change)
    return list(groups.values())


def _remarks(filled: Filled, changes: Sequence[Change]) -> Iterable[Placed]:
    """What is wrong or beyond the policy's limits once everything is taken, as far as it is about the file's parts."""
    plan = filled.plan
    trial = copy(plan.desk.proposal)
    try:
        trial.draft = applied(trial.draft, changes, plan)
    except BadDraft as problem:
        text = _("There are too many rows in the list.")
        filled.troubles.append(Trouble(_name_of(plan, problem.path), text))
        return
    said = set()
    for remark in Desk(trial).remarks:
        if remark.tone in ("block", "warn") and plan.holds(remark.path):
            said.add(remark.path)
            yield Placed(remark, _place(filled, remark))
    for name, text in filled.unchosen.items():
        if name not in said:
            message = _("“%(text)s” is none of the choices.") % {"text": text}
            yield Placed(Remark(name, "block", message), filled.places.get(name, ""))


def _place(filled: Filled, remark: Remark) -> str:
    path = remark.path
    if place := filled.places.get(path):
        return place
    return remark.where or _name_of(filled.plan, path)


def _name_of(plan: Plan, path: str) -> str:
    page = plan.page_of(path)
    return str(page.label) if page else ""


# ---------------------------------------------------------------- orders on their way through the browser
def packed(changes: Iterable[Change]) -> str:
    """The changes as one value of a form."""
    data = json.dumps([change.order() for change in changes], ensure_ascii=False).encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str, plan: Plan) -> list[Change]:
    """The changes that a form sent. Raises BadDraft for anything else."""
    try:
        packed_data = zlib.decompressobj()
        data: Any = json.loads(packed_data.decompress(base64.b64decode(text, validate=True), LARGEST_ORDER))
    except (ValueError, zlib.error, RecursionError) as problem:
        raise BadDraft("changes") from problem
    return orders_from(data, plan)
