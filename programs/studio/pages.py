"""What a page of the policy studio shows: the rail, one part with its rows, problems with their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from core.errors import Obstacle
from programs.clauses.base import Clause
from programs.models import PolicyDraft
from programs.policy import PolicyProblem
from programs.policy.lines import Loc
from programs.policy.places import (
    KINDS,
    NoSuchPlace,
    Shape,
    inner_fields,
    parse_place,
    part_at,
    place_text,
    row_model,
    shape_of,
)
from programs.studio.actions import problem_obstacle
from programs.studio.queries import Checked
from programs.studio.words import label

NOT_EDITED = {"call"}
"""Fields of the schema that a programme's file doesn't have."""


@dataclass(frozen=True)
class RowLine:
    """A row, an entry or a part that a part holds."""

    key: str
    title: str
    note: str
    url: str
    problems: int


@dataclass(frozen=True)
class Rows:
    """What a part holds under one name, with what may be done to it."""

    name: str
    label: Any
    owner: str
    """The place of the part it belongs to, as in an address."""
    shape: str
    lines: list[RowLine] = field(default_factory=list)
    kinds: list[tuple[str, str]] = field(default_factory=list)
    """Of clauses: the kinds that may be added."""
    is_single: bool = False
    """One part that is there or not."""


@dataclass(frozen=True)
class ProblemLine:
    """A problem with the line's text and the page where it is put right."""

    problem: PolicyProblem
    excerpt: str
    url: str


class Pages:
    """The addresses of a draft's pages."""

    def __init__(self, draft: PolicyDraft) -> None:
        self._args = [draft.tenant.slug, draft.pk]

    def part(self, place: Loc) -> str:
        """Of a part or of a list; the text where a name in the draft fits into no address."""
        if not place:
            return reverse("programs:studio_draft", args=self._args)
        if list(map(str, parse_place(place_text(place)))) != list(map(str, place)) or "\n" in place_text(place):
            return self.page("text")
        return reverse("programs:studio_part", args=[*self._args, place_text(place)])

    def page(self, name: str) -> str:
        """Of `text`, `changes`, `try`, `publish`."""
        return reverse(f"programs:studio_{name}", args=self._args)


def rail(checked: Checked, current: str) -> list[dict[str, Any]]:
    """The draft's sections with how they stand, then its other pages."""
    pages, data, problems = Pages(checked.draft), checked.data or {}, checked.problems
    sections = [_section(_("Basics"), pages.part(()), current == "", problems, None)]
    if checked.data is not None:
        for name, _field, shape in _sections(checked):
            held = data.get(name)
            count = len(held) if isinstance(held, list | dict) and shape is not Shape.PART else None
            own = [one for one in problems if one.loc[:1] == (name,)]
            section = _section(label(name), pages.part((name,)), current == name, own, count)
            if not held and not own:
                section["status"] = "todo"
            sections.append(section)
    stray = [one for one in problems if len(one.loc) < 2]
    sections[0]["status"] = "block" if stray else "ok"
    return sections


def _sections(checked: Checked) -> Iterator[tuple[str, Any, Shape]]:
    for name, info, shape in inner_fields(checked.root):
        if name not in NOT_EDITED or checked.draft.kind == "call":
            yield name, info, shape


def _section(text: Any, url: str, is_current: bool, problems: list[PolicyProblem], count: int | None) -> dict[str, Any]:
    return {
        "url": url,
        "label": text,
        "status": "block" if problems else "ok",
        "note": "" if count is None else str(count),
        "is_current": is_current,
    }


def tabs(draft: PolicyDraft, current: str) -> list[dict[str, Any]]:
    """The draft's pages beside its forms."""
    pages = Pages(draft)
    found = [("draft", _("Forms"), pages.part(()))]
    found += [(name, text, pages.page(name)) for name, text in (
        ("text", _("TOML text")), ("changes", _("Differences")), ("try", _("Try it")), ("publish", _("Publish")),
    )]  # fmt: skip
    return [{"url": url, "label": text, "is_current": name == current} for name, text, url in found]


def rows_of(checked: Checked, place: Loc, only: str = "") -> list[Rows]:
    """What the part at `place` holds in places of its own, by name."""
    model, here = part_at(checked.root, checked.data or {}, place)
    return [
        _rows(checked, place, name, info, shape, here.get(name))
        for name, info, shape in inner_fields(model)
        if only in ("", name) and (place or only)
    ]


def _rows(checked: Checked, place: Loc, name: str, info: Any, shape: Shape, held: Any) -> Rows:
    entries: list[tuple[int | str, Any]] = []
    if shape is Shape.ROWS and isinstance(held, list):
        entries = list(enumerate(held))
    elif shape is Shape.TABLE and isinstance(held, Mapping):
        entries = list(held.items())
    elif shape is Shape.PART and held is not None:
        entries = [("", held)]
    lines = []
    for key, row in entries:
        here: Loc = (*place, name) if shape is Shape.PART else (*place, name, key)
        own = sum(1 for one in checked.problems if one.loc[: len(here)] == here)
        title, note = _title(info, row, str(key))
        lines.append(RowLine(str(key), title, note, Pages(checked.draft).part(here), own))
    kinds = sorted(((kind, str(one.title)) for kind, one in KINDS.items()), key=lambda pair: pair[1])
    return Rows(
        name=name,
        label=label(name),
        owner=place_text(place),
        shape=shape.value,
        lines=lines,
        kinds=kinds if name == "clauses" else [],
        is_single=shape is Shape.PART,
    )


def _title(info: Any, row: Any, key: str) -> tuple[str, str]:
    """What a row is called, and a note beside it."""
    if not isinstance(row, Mapping):
        return str(row), ""
    article = str(row.get("article", ""))
    try:
        model = row_model(info, row)
    except NoSuchPlace:
        return str(row.get("kind") or _("A rule of an unknown kind")), article
    if issubclass(model, Clause):
        return _clause_title(model, row), article
    words = [str(row[name]) for name in ("zh", "en") if row.get(name)]
    known = str(row.get("key") or row.get("path") or row.get("score") or row.get("stage") or row.get("step") or key)
    if not words:
        return known or _("Not filled in yet"), article
    return " · ".join(words), " · ".join(filter(None, [known, article]))


def _clause_title(model: type[Clause], row: Mapping[str, Any]) -> str:
    try:
        return str(model.model_validate(row).summary)
    except ValidationError:
        return str(model.title)


def problem_lines(checked: Checked) -> list[ProblemLine]:
    """The problems with their lines and the pages where they are put right."""
    lines = checked.draft.source.splitlines()
    return [
        ProblemLine(one, lines[one.line - 1][:200] if one.line <= len(lines) else "", _page_of(checked, one.loc))
        for one in checked.problems[:100]
    ]


def _page_of(checked: Checked, loc: Loc) -> str:
    """The nearest page to a place; the text while there are no forms."""
    pages = Pages(checked.draft)
    if checked.data is None:
        return pages.page("text")
    for length in range(len(loc), 0, -1):
        place = loc[:length]
        try:
            part_at(checked.root, checked.data, place)
        except NoSuchPlace:
            if is_list(checked, place):
                return pages.part(place)
            continue
        return pages.part(place)
    return pages.part(())


def is_list(checked: Checked, place: Loc) -> bool:
    """Whether a list, a table or a part that isn't there yet stands at `place`, so that there is a page for it."""
    try:
        model, _here = part_at(checked.root, checked.data or {}, place[:-1])
    except NoSuchPlace:
        return False
    info = model.model_fields.get(str(place[-1]))
    return info is not None and shape_of(info) is not Shape.VALUE and (len(place) > 1 or _is_section(checked, place))


def may_be_left_out(checked: Checked, place: Loc) -> bool:
    """Whether the part at `place` is a single one that a policy can do without."""
    try:
        model, _here = part_at(checked.root, checked.data or {}, place[:-1])
    except NoSuchPlace:
        return False
    info = model.model_fields.get(str(place[-1])) if place else None
    return info is not None and shape_of(info) is Shape.PART and not info.is_required()


def _is_section(checked: Checked, place: Loc) -> bool:
    return any(name == place[0] for name, _info, _shape in _sections(checked))


def at_fields(checked: Checked, place: Loc, names: Mapping[str, Any]) -> list[Obstacle]:
    """The problems of the part's own values, as findings beside its fields."""
    depth = len(place)
    return [
        problem_obstacle(one, field=str(one.loc[depth]))
        for one in checked.problems
        if len(one.loc) > depth and one.loc[:depth] == place and str(one.loc[depth]) in names
    ]


def crumbs(checked: Checked, place: Loc) -> list[tuple[str, str]]:
    """The pages above a place."""
    draft, pages = checked.draft, Pages(checked.draft)
    found = [(reverse("programs:studio", args=[draft.tenant.slug]), _("Policies"))]
    if place:
        found.append((pages.part(()), draft.title))
    model: type[BaseModel] = checked.root
    for depth in range(1, len(place)):
        above = place[:depth]
        try:
            model, here = part_at(checked.root, checked.data or {}, above)
        except NoSuchPlace:
            if not is_list(checked, above):
                continue
            found.append((pages.part(above), str(label(str(above[-1])))))
        else:
            found.append((pages.part(above), _short(model, here, above)))
    return found


def _short(model: type[BaseModel], here: Mapping[str, Any], place: Loc) -> str:
    if issubclass(model, Clause):
        return str(model.title)
    return str(here.get("zh") or here.get("en") or here.get("key") or label(str(place[-1])))


def heading(checked: Checked, place: Loc) -> str:
    """What the part or list at `place` is called."""
    if not place:
        return _("Basics")
    try:
        model, here = part_at(checked.root, checked.data or {}, place)
    except NoSuchPlace:
        return str(label(str(place[-1])))
    return _short(model, here, place)
