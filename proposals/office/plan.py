"""What stands in the template: the policy's form with the draft's values, the same for Word and Excel."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from programs.clauses.dates import Window
from programs.clauses.partners import ForeignPartnerCount, PartnerCount
from programs.cleaning import ROW_KEY
from programs.dossier import Dossier, DraftProblem, LeadInstitution
from programs.findings import Finding
from programs.models import Call
from proposals.forms.desk import Desk
from proposals.forms.fields import Field, Kind, Rows
from proposals.forms.pages import Page
from proposals.forms.reading import new_key, rows_in, value_in
from proposals.forms.showing import NO_CHOICES, Choices, Option
from proposals.models import Proposal
from proposals.office.texts import text_of

CARDS: Final = frozenset({"parties", "yearly_plan"})
"""Lists whose rows are too wide for a table on paper."""
MOST_COLUMNS: Final = 7
# Hidden in the form, which shows these lists as a grid of years and partners; columns on paper.
_ON_PAPER: Final = frozenset({"year", "party_key"})


class BlankDesk(Desk):
    """The desk of a call's template that belongs to nobody: no draft, nothing judged, nothing read of anybody."""

    @cached_property
    def _read(self) -> tuple[Dossier, list[DraftProblem]]:
        windows = self.policy.clauses_of(Window)
        days = (
            {"start_date": windows[-1].earliest_start_date, "end_date": windows[-1].latest_end_date} if windows else {}
        )
        return Dossier(lead=LeadInstitution(name_zh="牵头单位", name_en="Lead institution"), **days), []

    @cached_property
    def findings(self) -> list[Finding | Any]:
        return []


def blank_desk(call: Call) -> Desk:
    """The desk of an empty template of the call."""
    return BlankDesk(Proposal(tenant=call.tenant, call=call, draft={}))


@dataclass
class Entry:
    """One place to write into. `name` is the form's own name of it: a dossier path with row keys."""

    field: Field
    name: str
    text: str
    """As `texts.plain` writes it; choices as their keys."""
    options: Choices = NO_CHOICES
    is_required: bool = False
    help: str = ""

    @property
    def label(self) -> str:
        return str(self.field.label)

    @property
    def words(self) -> str:
        """The value for people: of choices their labels."""
        if self.field.kind is not Kind.CHOICE:
            return self.text
        return next((one.label for one in self.options if one.value == self.text), self.text)


@dataclass
class Line:
    """One row of a list; one that `is_new` is empty and waits to be filled in."""

    name: str
    key: str
    entries: list[Entry]
    tables: "list[Table]"
    is_new: bool = False


@dataclass
class Table:
    """A list with its columns."""

    spec: Rows
    name: str
    columns: tuple[Field, ...]
    lines: list[Line] = field(default_factory=list)
    help: str = ""

    @property
    def label(self) -> str:
        return str(self.spec.label)

    @property
    def has_cards(self) -> bool:
        """Whether each row stands in a table of its own."""
        return self.spec.name in CARDS


@dataclass
class Chapter:
    """One page of the form."""

    page: Page
    parts: list[Entry | Table | str]
    """A text names something of the form that is done on the portal only: `lead`, `attachments`."""

    @property
    def is_wide(self) -> bool:
        """Whether it needs the paper's longer side."""
        tables = [part for part in self.parts if isinstance(part, Table) and not part.has_cards]
        return any(len(table.columns) >= MOST_COLUMNS for table in tables)


@dataclass
class Plan:
    """The template of one draft, or of a call. `paths` limits it to these parts of the dossier."""

    desk: Desk
    paths: frozenset[str] | None = None
    blank_lines: int = 3
    _options: dict[tuple[str, str], Choices] = field(default_factory=dict)
    _columns: dict[str, tuple[Field, ...]] = field(default_factory=dict)

    @cached_property
    def chapters(self) -> list[Chapter]:
        """The form's pages in order; those with nothing to show are left out."""
        made = [Chapter(page, list(self._parts(page))) for page in self.desk.pages]
        return [chapter for chapter in made if chapter.parts]

    @cached_property
    def entries(self) -> list[Entry]:
        """The places outside of lists."""
        return [part for chapter in self.chapters for part in chapter.parts if isinstance(part, Entry)]

    @cached_property
    def tables(self) -> list[Table]:
        """All lists, those inside rows after the list of their rows."""
        tops = [part for chapter in self.chapters for part in chapter.parts if isinstance(part, Table)]
        return [table for top in tops for table in _with_inner(top)]

    def rows_of(self, name: str) -> Rows | None:
        """The list at a path with row keys, such as `yearly_plan.y1.indicators`, if this template holds it."""
        found = self._find(name)
        return found if isinstance(found, Rows) else None

    def field_of(self, name: str) -> tuple[Field, Choices] | None:
        """The place of that name and what may be chosen there, if this template holds it."""
        found = self._find(name)
        return (found, self.options(found, name.split(".", maxsplit=1)[0])) if isinstance(found, Field) else None

    def _find(self, name: str) -> Field | Rows | None:
        items = self._items
        if name in items and not isinstance(items[name], Rows):
            return items[name]
        head, *steps = name.split(".")
        here = items.get(head)
        while isinstance(here, Rows) and steps:
            key, column = steps[0], ".".join(steps[1:])
            if not ROW_KEY.fullmatch(key) or not column:
                return None
            inner = here.item(steps[1])
            if not isinstance(inner, Rows):
                return next((one for one in self.columns(here) if one.name == column), None)
            here, steps = inner, steps[2:]
        return here if isinstance(here, Rows) else None

    @cached_property
    def _items(self) -> dict[str, Field | Rows]:
        blocks = [block for page in self.desk.pages for block in page.blocks]
        return {
            item.name: item
            for block in blocks
            if self.paths is None or block.path in self.paths
            for item in block.items
        }

    def holds(self, path: str) -> bool:
        """Whether the value or list at a path, or what it is part of, stands in this template."""
        steps = path.split(".")
        return any(".".join(steps[:count]) in self._items for count in range(1, len(steps) + 1))

    def page_of(self, name: str) -> Page | None:
        """The page that holds the value of that name."""
        return next((page for page in self.desk.pages if page.holds(name)), None)

    def _parts(self, page: Page) -> Iterator[Entry | Table | str]:
        data = self.desk.completed(page, self.desk.proposal.draft)
        required = self.desk.policy.required_fields | {"field"}
        for block in page.blocks:
            if self.paths is not None and block.path not in self.paths:
                continue
            if not block.items:
                yield block.path
            for item in block.items:
                if isinstance(item, Rows):
                    yield self._table(item, data, item.name, str(block.help))
                elif item.kind is not Kind.HIDDEN:
                    options = self.options(item)
                    text = text_of(item, data, item.name, options)
                    yield Entry(item, item.name, text, options, item.name in required, str(block.help))

    def options(self, item: Field, table: str = "") -> Choices:
        """What may be chosen, each under a name of its own."""
        if item.kind not in (Kind.CHOICE, Kind.CHOICES):
            return NO_CHOICES
        made = self._options.get((table, item.name))
        if made is None:
            found: Iterable[Option] = self.desk.options(item)
            if table == "partner_allocation" and item.name == "party_key":
                # None goes abroad (A4).
                outside = {party.key for party in self.desk.dossier.parties if party.is_outside_mainland}
                found = [one for one in found if one.value not in {"lead", *outside}]
            made = self._options[table, item.name] = _distinct(found)
        return made

    def columns(self, rows: Rows) -> tuple[Field, ...]:
        """The list's columns on paper."""
        if (known := self._columns.get(rows.name)) is not None:
            return known
        fields = [item for item in rows.items if isinstance(item, Field)]
        shown = [
            replace(item, kind=self._kind(item))
            for item in fields
            if item.kind is not Kind.HIDDEN or _is_on_paper(item)
        ]
        self._columns[rows.name] = tuple(shown)
        return self._columns[rows.name]

    def _kind(self, item: Field) -> Kind:
        if item.name == "year":  # without a term there is nothing to choose from
            return Kind.CHOICE if self.desk.dossier.years else Kind.WHOLE
        return Kind.CHOICE if item.kind is Kind.HIDDEN else item.kind

    def _table(self, rows: Rows, data: Mapping[str, Any], name: str, help_text: str) -> Table:
        table = Table(rows, name, self.columns(rows), help=help_text)
        held = rows_in(value_in(data, name))
        for row in held:
            table.lines.append(self._line(table, row, f"{name}.{row['key']}", row["key"], data))
        for _more in range(self._more(rows, len(held))):
            key = new_key(rows)
            table.lines.append(self._line(table, {}, f"{name}.{key}", key, data, is_new=True))
        return table

    def _more(self, rows: Rows, held: int) -> int:
        """How many empty rows wait."""
        if rows.name == "parties":
            policy = self.desk.policy
            wanted = [one.minimum for one in policy.clauses_of(PartnerCount)]
            wanted += [one.minimum for one in policy.clauses_of(ForeignPartnerCount)]
            return max(1, max(wanted, default=2) - held)
        if rows.name in ("yearly_plan", "disbursement", "partner_allocation") and held:
            return 1 if rows.name == "partner_allocation" else 0
        return self.blank_lines

    def _line(
        self,
        table: Table,
        row: Mapping[str, Any],
        name: str,
        key: str,
        data: Mapping[str, Any],
        *,
        is_new: bool = False,
    ) -> Line:
        entries = []
        for item in table.columns:
            options = self.options(item, table.spec.name)
            entries.append(Entry(item, f"{name}.{item.name}", text_of(item, row, item.name, options), options))
        inner = [item for item in table.spec.items if isinstance(item, Rows)]
        tables = [self._table(item, {} if is_new else data, f"{name}.{item.name}", "") for item in inner]
        return Line(name, key, entries, tables, is_new)


def _is_on_paper(item: Field) -> bool:
    return item.name in _ON_PAPER


def _with_inner(table: Table) -> Iterator[Table]:
    yield table
    for line in table.lines:
        for inner in line.tables:
            yield from _with_inner(inner)


def _distinct(options: Iterable[Option]) -> Choices:
    """The same with labels that differ, as a file holds nothing but the label."""
    made, used = [], set[str]()
    for one in options:
        label = " ".join(one.label.split())
        label = f"{label} [{one.value}]" if label in used else label
        used.add(label)
        made.append(one._replace(label=label))
    return Choices(made)


def how_to(*, has_rows: bool) -> list[str]:
    """What to know before one writes into a template."""
    more = _("Tables may get more rows: go to the last cell and press Tab. Rows and places left empty are left out.")
    return [
        _("Write only into the marked places. The portal finds each by an unseen mark; delete no head or place."),
        _("Amounts are in yuan, in digits, such as 1000000.00; days as 2022-01-31."),
        *([more] if has_rows else ()),
        _("Upload the file on the draft's page. You see every change and every error before anything is saved."),
    ]
