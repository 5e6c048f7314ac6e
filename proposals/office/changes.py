"""What a filled file would change in the draft, and the draft that follows from what one chose of it.

Three texts decide: the draft's now, the file's, and the one the file was given out with. What nobody touched in the
file stays as it is on the portal, however old the file; what both changed is shown with both texts."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from proposals.forms.fields import Field, Kind, Rows
from proposals.forms.reading import MAX_ROWS, BadDraft, rows_in, value_in
from proposals.forms.showing import Choices
from proposals.office.filled import Filled
from proposals.office.plan import Plan
from proposals.office.texts import EMPTY, mark_of, stored, text_of

FROM_DIRECTORY = frozenset({"name_zh", "name_en", "country"})


@dataclass(frozen=True)
class Text:
    """One value before and after, in words, and its place in the file."""

    label: str
    now: str
    then: str
    place: str = ""
    is_prose: bool = False
    """Whether it is worth seeing which words differ."""


@dataclass
class Change:
    """One value, or one row with all that changes in it. `sets` are texts by the form's own names, `drops` rows that
    go; `marks` of what stands there now, so that nothing is overwritten that changes in between."""

    path: str
    label: str
    kind: str
    """"changed", "added" or "removed"."""
    sets: dict[str, str] = field(default_factory=dict)
    drops: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    is_newer: bool = False
    """Whether it was changed on the portal, too, since the file was given out."""

    def order(self) -> dict[str, Any]:
        """What a confirmation sends back."""
        return {"path": self.path, "sets": self.sets, "drops": self.drops, "marks": self.marks}


class Comparison:
    """A filled file beside the draft as it is now."""

    def __init__(self, filled: Filled, draft: Mapping[str, Any]) -> None:
        self.filled, self.draft = filled, draft
        self.plan, self.marker = filled.plan, filled.marker
        self.kept: list[str] = []
        """Names of values that are newer on the portal and untouched in the file."""

    def changes(self) -> list[Change]:
        """Everything that the file would change, in its order."""
        made = []
        for name, mark in self.marker.fields:
            change = Change(name, "", "changed")
            self._compare(change, name, mark)
            if change.sets:
                change.label = change.texts[0].label
                made.append(change)
        for name, _columns in self.marker.lists:
            rows = self.plan.rows_of(name)
            if rows is not None and "." not in name and name in self.filled.rows:
                made += self._rows(rows, name)
        return made

    def _compare(self, change: Change, name: str, mark: str) -> None:
        """Put one value into the change, if the file changed it."""
        known = self.plan.field_of(name)
        then = self.filled.texts.get(name)
        if known is None or then is None:
            return
        now = text_of(known[0], self.draft, name, known[1])
        if then == now:
            return
        is_of_this_draft = bool(self.marker.proposal)
        if mark_of(then) == mark:
            if is_of_this_draft:
                self.kept.append(name)
            return
        change.sets[name] = then
        change.marks[name] = mark_of(now)
        change.is_newer |= is_of_this_draft and mark_of(now) != mark
        place = self.filled.places.get(name, "")
        change.texts.append(_text(known, now, then, place))

    # ------------------------------------------------------------ rows
    def _rows(self, rows: Rows, name: str) -> Iterator[Change]:
        held = {row["key"]: row for row in rows_in(value_in(self.draft, name))}
        known, present = self.marker.known_rows(name), self.filled.rows[name]
        for key in present:
            path = f"{name}.{key}"
            if path in self.filled.unread:
                continue
            is_blank, was_filled = self.filled.is_blank(rows, name, key), self._was_filled(rows, known.get(key, {}))
            if is_blank and (was_filled or key not in held):
                yield from self._removed(rows, name, key, known[key]) if key in held else ()
            elif key in held or key not in known or not self._is_untouched(rows, name, key, known[key]):
                change = Change(path, self._row_label(rows, path), "changed" if key in held else "added")
                self._row(change, rows, name, key, known.get(key, {}))
                change.is_newer |= was_filled and key not in held
                if change.sets or change.drops:
                    yield change
        for key in held:
            if key not in present and self._was_filled(rows, known.get(key, {})):
                yield from self._removed(rows, name, key, known[key])

    def _row(self, change: Change, rows: Rows, name: str, key: str, marks: Mapping[str, str]) -> None:
        path = f"{name}.{key}"
        is_new = value_in(self.draft, path) is None
        is_known = rows.name == "parties" and bool(value_in(self.draft, f"{path}.institution_id"))
        for column in self.plan.columns(rows):
            cell = f"{path}.{column.name}"
            if is_known and column.name in FROM_DIRECTORY:
                self._say_known(cell, column)
                continue
            # Of a row that the draft hasn't, everything is needed, also what nobody touched in the file.
            self._compare(change, cell, EMPTY if is_new else marks.get(column.name, EMPTY))
            if is_new and column.initial and not self.filled.texts.get(cell):
                change.sets[cell] = str(column.initial)
                change.marks[cell] = EMPTY
        for item in rows.items:
            if isinstance(item, Rows):
                inner = f"{path}.{item.name}"
                for one in self._rows(item, inner) if inner in self.filled.rows else ():
                    change.sets |= one.sets
                    change.drops += one.drops
                    change.marks |= one.marks
                    change.texts += one.texts
                    change.is_newer |= one.is_newer

    def _say_known(self, cell: str, column: Field) -> None:
        options = self.plan.options(column, "parties")
        then = self.filled.texts.get(cell)
        if then is not None and then != text_of(column, self.draft, cell, options):
            text = _(
                "This partner was chosen from the directory, which says its name and country: “%(text)s” was not taken."
            )
            self.filled.tell(self.filled.places.get(cell, ""), text % {"text": words(column, options, then)})

    def _removed(self, rows: Rows, name: str, key: str, marks: Mapping[str, str]) -> Iterator[Change]:
        path = f"{name}.{key}"
        change = Change(path, self._row_label(rows, path), "removed", drops=[path])
        for column in self.plan.columns(rows):
            cell = f"{path}.{column.name}"
            options = self.plan.options(column, name.split(".", maxsplit=1)[0])
            now = text_of(column, self.draft, cell, options)
            change.marks[cell] = mark_of(now)
            change.is_newer |= mark_of(now) != marks.get(column.name, EMPTY)
            if now:
                change.texts.append(Text(str(column.label), words(column, options, now), ""))
        yield change

    def _is_untouched(self, rows: Rows, name: str, key: str, marks: Mapping[str, str]) -> bool:
        """Whether a row that is gone from the portal stands in the file as it was given out."""
        path = f"{name}.{key}"
        if any(mark_of(self.filled.texts.get(f"{path}.{column}", "")) != mark for column, mark in marks.items()):
            return False
        for item in rows.items:
            inner = f"{path}.{item.name}"
            if isinstance(item, Rows):
                before = self.marker.known_rows(inner)
                for one in self.filled.rows.get(inner, ()):
                    is_blank = self.filled.is_blank(item, inner, one)
                    if not is_blank and not (one in before and self._is_untouched(item, inner, one, before[one])):
                        return False
        return True

    def _was_filled(self, rows: Rows, marks: Mapping[str, str]) -> bool:
        """Whether somebody had written into the row, beyond the year or unit that it is for."""
        written = {item.name for item in rows.items if isinstance(item, Field) and item.initial is not None}
        return any(mark != EMPTY for column, mark in marks.items() if column in written)

    def _row_label(self, rows: Rows, path: str) -> str:
        """The list's name and the row's own."""
        names: list[str] = []
        for column in self.plan.columns(rows):
            if column.name in ("name_zh", "name_en", "name", "year", "party_key") and len(names) < 2:
                cell = f"{path}.{column.name}"
                options = self.plan.options(column, path.split(".", maxsplit=1)[0])
                text = self.filled.texts.get(cell) or text_of(column, self.draft, cell, options)
                names += [words(column, options, text)] if text else []
        return (
            " · ".join([str(rows.label), *names[:1]])
            if rows.name != "partner_allocation"
            else " · ".join([str(rows.label), *names])
        )


def _text(known: tuple[Field, Choices], now: str, then: str, place: str) -> Text:
    is_prose = known[0].kind in (Kind.TEXT, Kind.LINE, Kind.LONG_LINE)
    return Text(str(known[0].label), words(*known, now), words(*known, then), place, is_prose)


def words(item: Field, options: Choices, text: str) -> str:
    """A text of the form as people read it."""
    if item.kind is Kind.FLAG:
        return "✓" if text else "–"
    labels = {one.value: one.label for one in options}
    if item.kind is Kind.CHOICES:
        return ", ".join(labels.get(key, key) for key in text.split(",") if key)
    return labels.get(text, text)


# ---------------------------------------------------------------- saving
def orders_from(data: Any, plan: Plan) -> list[Change]:
    """What a confirmation sent. Raises BadDraft for anything that isn't a place of this form."""
    if not isinstance(data, list) or len(data) > 10 * MAX_ROWS:
        raise BadDraft("changes")
    made = []
    for one in data:
        if not isinstance(one, dict) or set(one) != {"path", "sets", "drops", "marks"}:
            raise BadDraft("changes")
        change = Change(one["path"], "", "", one["sets"], one["drops"], one["marks"])
        for texts in (change.sets, change.marks):
            if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
                raise BadDraft("changes")
        if not isinstance(change.drops, list) or not isinstance(change.path, str):
            raise BadDraft("changes")
        if plan.field_of(change.path) is None and plan.rows_of(change.path.rpartition(".")[0]) is None:
            raise BadDraft(change.path)
        for name in (*change.sets, *change.marks):
            if plan.field_of(name) is None:
                raise BadDraft(name)
        for name in change.drops:
            if not isinstance(name, str) or plan.rows_of(name.rpartition(".")[0]) is None:
                raise BadDraft(str(name))
        made.append(change)
    return made


def again(draft: Mapping[str, Any], changes: Sequence[Change], plan: Plan) -> list[Change]:
    """The same orders beside a draft that has changed since; those that it has carried out already are left out."""
    made = []
    for one in changes:
        change = Change(one.path, "", "changed", marks={}, drops=[name for name in one.drops if value_in(draft, name)])
        for name, mark in one.marks.items():
            known = plan.field_of(name)
            if known is None:
                continue
            now = text_of(known[0], draft, name, known[1])
            then = one.sets.get(name, "")
            if now == then:
                continue
            change.marks[name] = mark_of(now)
            change.is_newer |= mark_of(now) != mark
            change.texts.append(_text(known, now, then, ""))
            if name in one.sets:
                change.sets[name] = then
        if change.sets or change.drops:
            rows = plan.rows_of(one.path.rpartition(".")[0])
            change.label = str(rows.label) if rows else change.texts[0].label
            change.kind = "removed" if one.path in change.drops else "changed"
            made.append(change)
    return made


class Overtaken(Exception):
    """A value that is to be changed no longer is what stood beside it when that was decided."""


def taken(draft: Mapping[str, Any], changes: Sequence[Change], plan: Plan) -> dict[str, Any]:
    """The draft with the changes made. Raises Overtaken, BadDraft."""
    if not is_as_compared(draft, changes, plan):
        raise Overtaken
    return applied(draft, changes, plan)


def is_as_compared(draft: Mapping[str, Any], changes: Sequence[Change], plan: Plan) -> bool:
    """Whether every value to be changed still is what stood beside it."""
    for change in changes:
        for name, mark in change.marks.items():
            known = plan.field_of(name)
            if known is None or mark_of(text_of(known[0], draft, name, known[1])) != mark:
                return False
    return True


def applied(draft: Mapping[str, Any], changes: Sequence[Change], plan: Plan) -> dict[str, Any]:
    """The draft with the changes made and nothing else touched. Raises BadDraft for a list that gets too long."""
    whole = deepcopy(dict(draft))
    for change in changes:
        for name in change.drops:
            parent, _, key = name.rpartition(".")
            rows = value_in(whole, parent)
            if isinstance(rows, list):
                rows[:] = [row for row in rows if not (isinstance(row, dict) and row.get("key") == key)]
        for name, text in change.sets.items():
            known = plan.field_of(name)
            if known is not None:
                _set(whole, name, stored(known[0], text), plan)
    return whole


def _set(whole: dict[str, Any], name: str, value: Any, plan: Plan) -> None:
    """Put a value at its name; rows on the way are made where they are missing."""
    head, *steps = name.split(".")
    here: dict[str, Any] = whole
    path = head
    while steps and plan.rows_of(path) is not None:
        key, *steps = steps
        rows = here.get(head)
        if not isinstance(rows, list):
            rows = here[head] = []
        row = next((row for row in rows_in(rows) if row["key"] == key), None)
        if row is None:
            if len(rows) >= MAX_ROWS:
                raise BadDraft(path)
            row = {"key": key}
            rows.append(row)
        here, head = row, steps[0]
        path, steps = f"{path}.{key}.{head}", steps[1:]
    while steps:
        inner = here.get(head)
        if not isinstance(inner, dict):
            inner = here[head] = {}
        here, head, steps = inner, steps[0], steps[1:]
    here[head] = value
