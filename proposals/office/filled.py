"""What somebody wrote into a template: texts by the form's own names, each with its place in the file."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from proposals.forms.fields import Field, Kind, Rows
from proposals.forms.reading import MAX_ROWS
from proposals.forms.showing import Choices
from proposals.office.marker import Marker
from proposals.office.plan import Plan
from proposals.office.texts import ON, TICKED, plain

FIELD, OPTION = re.compile(r"f(\d{1,6})"), re.compile(r"o(\d{1,6}):(\d{1,6})")
CELL, ROW = re.compile(r"r(\d{1,6}):([\w.]{1,60})"), re.compile(r"r(\d{1,6})")
COLUMN = re.compile(r"c(\d{1,6}):([\w.]{1,60})")
_YES: Final = frozenset({"是", "yes", "true", "1", "on", "y", "x"})
_ODD = ("picture", "table", "formula")


@dataclass(frozen=True)
class Trouble:
    """Something in the file that can't be taken as it is; nothing at its place is changed."""

    place: str
    message: str


@dataclass
class Filled:
    """A file that was read. `rows` holds the lists that are in it, each key with its number from 1; `unread` are
    rows whose cells can't be read."""

    marker: Marker
    plan: Plan
    texts: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)
    unchosen: dict[str, str] = field(default_factory=dict)
    """What was written where one chooses, and is none of the choices, by name."""

    # ------------------------------------------------------------ what the readers of both kinds of file need
    def number(self, found: re.Match[str], rows: Sequence[Any]) -> Any:
        """The thing of that number; None for one that the marker doesn't know."""
        number = int(found[1])
        return rows[number] if number < len(rows) else None

    def row_key(self, name: str, mark: str) -> str:
        """The key of a row of the list: its mark's, or for one that was added in the file, one that is the same
        whenever this file is read."""
        keys = self.rows.setdefault(name, {})
        if found := ROW.fullmatch(mark):
            row = self.number(found, self.marker.rows)
            if row and self.marker.lists[row[0]][0] == name and row[1] not in keys:
                keys[row[1]] = len(keys) + 1
                return str(row[1])
        rows = self.plan.rows_of(name)
        letter = rows.letter if rows else "r"
        text = f"{self.marker.nonce}|{name}|{len(keys)}"
        key = letter + hashlib.sha256(text.encode()).hexdigest()[:8]
        keys[key] = len(keys) + 1
        return key

    def put(self, name: str, text: str, place: str) -> None:
        """Keep what stands at a place, choices as their keys."""
        known = self.plan.field_of(name)
        if known is None:
            return
        if name in self.texts:
            self.tell(
                place,
                _("This place is in the file twice. Only the first one was read; new rows go into the empty ones."),
            )
            return
        self.places[name] = place
        self.texts[name] = self._meant(*known, name, text)

    def odd(self, name: str, place: str, what: str) -> None:
        """Something stands there that no text can hold."""
        self.places.setdefault(name, place)
        self.tell(place, _said(what))

    def tell(self, place: str, message: str) -> None:
        """Put trouble on the list, each once."""
        trouble = Trouble(place, message)
        if trouble not in self.troubles:
            self.troubles.append(trouble)

    def _meant(self, item: Field, options: Choices, name: str, text: str) -> str:
        if item.kind is Kind.FLAG:
            is_on = bool(TICKED.intersection(text)) or text.strip().casefold() in _YES
            return ON if is_on else ""
        text = plain(item, text, options)
        if item.kind is Kind.CHOICE and text:
            key = self._key_of(item, options, text)
            if key is None and options:  # else the policy leaves it free
                self.unchosen[name] = text
            return text if key is None else key
        return text

    def _key_of(self, item: Field, options: Choices, text: str) -> str | None:
        """The choice of that name: as the file was given out, as it is called now, in either language."""
        wanted = _folded(text)
        for labels in self._vocabularies(item, options):
            for value, label in labels:
                if wanted in (_folded(label), value.casefold()):
                    return value
        return None

    def _vocabularies(self, item: Field, options: Choices) -> Iterator[Iterable[tuple[str, str]]]:
        if item.name == "party_key":
            yield self.marker.units
            yield self._own_units()
        yield [(one.value, one.label) for one in options]
        if item.name != "party_key":
            for language in ("zh-hans", "en"):
                with translation.override(language):
                    yield [(one.value, one.label) for one in self.plan.desk.choices_of(item.name)]

    def _own_units(self) -> list[tuple[str, str]]:
        """The partners of this very file."""
        names = [
            (key, self.texts.get(f"parties.{key}.{part}", ""))
            for key in self.rows.get("parties", ())
            for part in ("name_zh", "name_en")
        ]
        return [(key, name) for key, name in names if name]

    def check_counts(self) -> None:
        """Lists that got too long, and those that are gone; their rows stay as they are."""
        for name, _columns in self.marker.lists:
            rows = self.plan.rows_of(name)
            if rows is None:
                continue
            if name not in self.rows and "." not in name:
                text = _("The list “%(list)s” is no longer in the file; it stays as it is on the portal.")
                self.tell(str(rows.label), text % {"list": rows.label})
            filled = [key for key in self.rows.get(name, ()) if not self.is_blank(rows, name, key)]
            if len(filled) > MAX_ROWS:
                text = _("There are %(n)d rows; at most %(most)d can be taken. None of this list was taken.")
                self.tell(str(rows.label), text % {"n": len(filled), "most": MAX_ROWS})
                del self.rows[name]

    def is_blank(self, rows: Rows, name: str, key: str) -> bool:
        """Whether nothing was written into the row."""
        row = f"{name}.{key}"
        if row in self.unread:
            return False
        for item in rows.items:
            if isinstance(item, Rows):
                inner = f"{row}.{item.name}"
                if any(not self.is_blank(item, inner, one) for one in self.rows.get(inner, ())):
                    return False
            elif item.initial is not None and self.texts.get(f"{row}.{item.name}", "") not in ("", item.initial):
                return False
        return True


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _said(what: str) -> str:
    match what:
        case "picture":
            return _("There is a picture here. The form takes text only: describe it, or upload it as a file.")
        case "table":
            return _("There is a table inside this place. The form takes text only.")
        case "formula":
            return _("There is a formula here that is no plain text. Write it as text.")
        case _:
            return _(
                "Cells of this row were merged or split: it can't be told which column is which. It was not taken."
            )


# ---------------------------------------------------------------- Word
def from_word(data: Mapping[str, Any], marker: Marker, plan: Plan) -> Filled:
    """What `documents.office.word` found."""
    filled = Filled(marker, plan)
    hints = _hints(marker.language)
    ticks: dict[str, dict[int, bool]] = {}
    rows: list[tuple[re.Match[str], dict[str, str]]] = []
    for one in data["places"]:
        tag, text = one["tag"], "" if one["text"].strip() in hints else one["text"]
        if (found := FIELD.fullmatch(tag)) and (entry := filled.number(found, marker.fields)):
            _take(filled, entry[0], text, one["odd"], _at(plan, entry[0]))
        elif (found := OPTION.fullmatch(tag)) and (entry := filled.number(found, marker.fields)):
            ticks.setdefault(entry[0], {})[int(found[2])] = bool(TICKED.intersection(text))
        elif found := CELL.fullmatch(tag):
            rows.append((found, {**one, "text": text}))
    for name, chosen in ticks.items():
        known = plan.field_of(name)
        if known is not None:
            keys = [one.value for place, one in enumerate(known[1]) if chosen.get(place)]
            filled.put(name, ",".join(keys), _at(plan, name))
    _cards(filled, rows)
    for table in data["tables"]:
        _word_table(filled, table, hints)
    filled.check_counts()
    return filled


def _hints(language: str) -> frozenset[str]:
    """What the template itself wrote into places that were empty."""
    with translation.override(language):
        words = (_("Click here and write"), _("Choose from the list"), _("Year-month-day, such as 2022-01-31"))
    return frozenset({"…", *words})


def _take(filled: Filled, name: str, text: str, odd: str, place: str) -> None:
    if odd in _ODD:
        filled.odd(name, place, odd)
    else:
        filled.put(name, text, place)


def _at(plan: Plan, name: str) -> str:
    """A place outside of tables: the heading that it stands under."""
    page, known = plan.page_of(name), plan.field_of(name)
    label = str(known[0].label) if known else name
    return _("%(page)s, “%(field)s”") % {"page": page.label if page else "", "field": label}


def _cards(filled: Filled, found: list[tuple[re.Match[str], dict[str, str]]]) -> None:
    """Rows that stand in a table each."""
    keys: dict[int, tuple[str, str]] = {}
    for mark, one in found:
        row = filled.number(mark, filled.marker.rows)
        if row is None:
            continue
        number = int(mark[1])
        name = filled.marker.lists[row[0]][0]
        if number not in keys:
            keys[number] = name, filled.row_key(name, f"r{number}")
        name, key = keys[number]
        path = f"{name}.{key}.{mark[2]}"
        known, rows = filled.plan.field_of(path), filled.plan.rows_of(name)
        if known is None or rows is None:
            continue
        words = {"list": rows.label, "n": filled.rows[name][key], "field": known[0].label}
        _take(filled, path, one["text"], one["odd"], _("%(list)s %(n)d, “%(field)s”") % words)


def _word_table(filled: Filled, table: Mapping[str, Any], hints: frozenset[str]) -> None:
    columns = [COLUMN.fullmatch(tag) for tag in table["columns"]]
    first = next((one for one in columns if one), None)
    listed = filled.number(first, filled.marker.lists) if first else None
    rows = filled.plan.rows_of(listed[0]) if listed else None
    if listed is None or rows is None:
        return
    name = listed[0]
    filled.rows.setdefault(name, {})
    for row in table["rows"]:
        place = _("table “%(list)s”, row %(n)d") % {"list": rows.label, "n": row["number"]}
        key = filled.row_key(name, row["mark"])
        if row["odd"] or len(row["cells"]) != len(columns):
            filled.unread.add(f"{name}.{key}")
            filled.tell(place, _said("merged"))
            continue
        for column, cell in zip(columns, row["cells"], strict=True):
            if column is None:
                continue
            path = f"{name}.{key}.{column[2]}"
            known = filled.plan.field_of(path)
            text = "" if cell["text"].strip() in hints else cell["text"]
            words = {"row": place, "column": known[0].label if known else column[2]}
            _take(filled, path, text, cell["odd"], _("%(row)s, column “%(column)s”") % words)
