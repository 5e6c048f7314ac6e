"""The book's editing page as data: sections, rows and cells named by dossier path, each with its findings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.money import format_yuan
from programs.dossier import Dossier
from programs.language import pick
from programs.policy import Policy
from projects.editing import ROW_LISTS
from projects.models import Project

MONEY = ("amount_fen", "unit_price_fen")
LINE_COLUMNS = (
    "category",
    "name",
    "party_key",
    "year",
    "amount_fen",
    "is_equipment",
    "unit_price_fen",
    "quantity",
    "basis",
    "relation_to_cooperation",
)


@dataclass(frozen=True)
class Cell:
    """One field: its posted name, the text in it as typed, and what is wrong with it."""

    name: str
    text: str
    findings: list[Any] = field(default_factory=list)
    hint: str = ""

    @property
    def ident(self) -> str:
        """Its element's id; dots are fine in ids, findings link to `field-<path>`."""
        return f"id_{self.name}"


@dataclass(frozen=True)
class RowOf:
    """A row: its key, cells by column, nested rows by list name."""

    key: str
    name: str
    cells: dict[str, Cell]
    rows: dict[str, list["RowOf"]] = field(default_factory=dict)
    findings: list[Any] = field(default_factory=list)
    label: str = ""
    blank: "RowOf | None" = None

    @property
    def indicators_name(self) -> str:
        """The path of the nested list of indicators."""
        return f"{self.name}.indicators"


@dataclass(frozen=True)
class Sheet:
    """Everything that the editing page shows of a book."""

    project: Project
    policy: Policy
    dossier: Dossier
    approved: Dossier
    data: Mapping[str, Any]
    findings: list[Any]

    @property
    def objectives(self) -> list[Cell]:
        """The two texts of the objectives."""
        return [self._cell(name, self.data.get(name)) for name in ("objectives_zh", "objectives_en")]

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years of the term, which is locked."""
        return self.approved.years

    @property
    def lines(self) -> list[RowOf]:
        """The budget lines, each amount beside what was proposed."""
        proposed = {line.key: line.amount_fen for line in self.approved.budget_lines}
        rows = []
        for number, row in enumerate(self._list("budget_lines"), start=1):
            key = str(row.get("key", ""))
            cells = self._cells(f"budget_lines.{key}", row, LINE_COLUMNS)
            if key in proposed:
                amount = cells["amount_fen"]
                cells["amount_fen"] = Cell(amount.name, amount.text, amount.findings, format_yuan(proposed[key]))
            rows.append(RowOf(key, f"budget_lines.{key}", cells, label=str(number)))
        return rows

    @property
    def blank_line(self) -> RowOf:
        """The template of a new budget line."""
        row = {"party_key": "lead"}
        return RowOf("__key__", "budget_lines.__key__", self._cells("budget_lines.__key__", row, LINE_COLUMNS))

    @property
    def plan(self) -> list[RowOf]:
        """The yearly plan: objectives, and indicators as nested rows; a row for each year of the term."""
        rows = [*self._list("yearly_plan")]
        present = {str(row.get("year")) for row in rows}
        rows += [{"key": f"y{year}", "year": year} for year in self.years if str(year) not in present]
        shown = []
        for row in sorted(rows, key=lambda one: str(one.get("year") or "")):
            base = f"yearly_plan.{row.get('key')}"
            inner = [self._indicator(base, one) for one in row.get("indicators") or [] if isinstance(one, dict)]
            cells = self._cells(base, row, ("year", "objectives"))
            here = [one for one in self.findings if one.field in (base, f"{base}.indicators", f"{base}.year")]
            blank = self._indicator(base, {"key": "__key__"})
            shown.append(RowOf(str(row.get("key")), base, cells, {"indicators": inner}, here, blank=blank))
        return shown

    def _indicator(self, base: str, row: Mapping[str, Any]) -> RowOf:
        name = f"{base}.indicators.{row.get('key')}"
        here = [one for one in self.findings if one.field == name]
        return RowOf(str(row.get("key")), name, self._cells(name, row, ("name", "target", "unit")), {}, here)

    @property
    def disbursement(self) -> list[RowOf]:
        """What the funder pays in each year of the term."""
        rows = [*self._list("disbursement")]
        present = {str(row.get("year")) for row in rows}
        rows += [{"key": f"d{year}", "year": year} for year in self.years if str(year) not in present]
        rows.sort(key=lambda one: str(one.get("year") or ""))
        return [self._payment("disbursement", row) for row in rows]

    @property
    def allocation(self) -> list[RowOf]:
        """What each partner gets in each year: a row of cells a partner. Partners abroad can't get any (A4)."""
        given: dict[str, list[Mapping[str, Any]]] = {
            party.key: [] for party in self.approved.parties if not party.is_outside_mainland
        }
        for row in self._list("partner_allocation"):
            given.setdefault(str(row.get("party_key", "")), []).append(row)
        shown = []
        for party, rows in given.items():
            present = {str(row.get("year")) for row in rows}
            blanks = [
                {"key": f"{party}-{year}"[:40], "party_key": party, "year": year}
                for year in self.years
                if str(year) not in present
            ]
            cells = [self._payment("partner_allocation", row) for row in [*rows, *blanks]]
            cells.sort(key=lambda one: one.cells["year"].text)
            zh, en = self.approved.party_name(party)
            shown.append(RowOf(party, party, {}, {"years": cells}, label=pick(zh, en)))
        return shown

    def _payment(self, name: str, row: Mapping[str, Any]) -> RowOf:
        base = f"{name}.{row.get('key')}"
        here = [one for one in self.findings if one.field.startswith(f"{base}.")]
        columns = ("year", "amount_fen", *(("party_key",) if name == "partner_allocation" else ()))
        return RowOf(str(row.get("key")), base, self._cells(base, row, columns), {}, here)

    @property
    def reasons(self) -> list[RowOf]:
        """A place to justify each warning (原则上), and the reasons given so far."""
        given = {str(row.get("finding")): row for row in self._list("justifications")}
        warnings = {one.ref: one for one in self.findings if getattr(one, "severity", "") == "warn"}
        shown = []
        for ref in [*warnings, *(ref for ref in given if ref not in warnings)]:
            row = given.get(ref) or {"key": f"w{hash_of(ref)}", "finding": ref}
            name = f"justifications.{row.get('key')}"
            label = warnings[ref].message if ref in warnings else ref
            shown.append(RowOf(str(row.get("key")), name, self._cells(name, row, ("finding", "text")), label=label))
        return shown

    @property
    def units(self) -> list[tuple[str, str]]:
        """Who may spend a line: the lead institution and partners in the mainland (A4)."""
        lead = pick(*self.approved.party_name("lead"))
        home = [party for party in self.approved.parties if not party.is_outside_mainland]
        return [("lead", lead), *((party.key, pick(*self.approved.party_name(party.key))) for party in home)]

    @property
    def category_options(self) -> list[tuple[str, str]]:
        """The funder's categories of budget lines."""
        return [(one.key, one.label) for one in self.policy.budget_categories]

    @property
    def budget_findings(self) -> list[Any]:
        """What is wrong with the lines as a whole."""
        return [one for one in self.findings if one.field == "budget_lines"]

    @property
    def disbursement_findings(self) -> list[Any]:
        """What is wrong with the yearly payments, wherever in them."""
        return [one for one in self.findings if one.field.split(".")[0] == "disbursement"]

    @property
    def allocation_findings(self) -> list[Any]:
        """What is wrong with the partners' shares, wherever in them."""
        return [one for one in self.findings if one.field.split(".")[0] == "partner_allocation"]

    @property
    def plan_findings(self) -> list[Any]:
        """What is wrong with the yearly plan as a whole."""
        return [one for one in self.findings if one.field == "yearly_plan"]

    def _list(self, name: str) -> list[dict[str, Any]]:
        rows = self.data.get(name)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _cells(self, base: str, row: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Cell]:
        return {column: self._cell(f"{base}.{column}", row.get(column)) for column in columns}

    def _cell(self, name: str, value: Any) -> Cell:
        return Cell(name, shown_text(name, value), [one for one in self.findings if one.field == name])


def shown_text(name: str, value: Any) -> str:
    """What stands in a field: typed text as typed, stored fen as yuan."""
    if value is None or value is False:
        return ""
    if isinstance(value, bool):
        return "1"
    if name.rsplit(".", 1)[-1] in MONEY and isinstance(value, int):
        return format_yuan(value) if value else ""
    return "" if value == 0 and name.endswith("quantity") else str(value)


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """A draft as the texts of its fields by posted name, for the comparison of two versions."""
    found: dict[str, str] = {}
    for name, value in data.items():
        if name in ROW_LISTS and isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    found |= flat({k: v for k, v in row.items() if k != "key"}, f"{prefix}{name}.{row.get('key')}.")
        elif not isinstance(value, dict | list):
            found[f"{prefix}{name}"] = shown_text(name, value)
    return found


def hash_of(text: str) -> int:
    """A stable small number of a text, for row keys."""
    number = 0
    for char in text:
        number = (number * 131 + ord(char)) % 10**9
    return number
