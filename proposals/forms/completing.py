"""Rows nobody has to add: a year for each of the term, a cell for each partner and year, a reason for each warning."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import Obstacle
from programs.dossier import Dossier
from programs.findings import Finding, Severity
from proposals.forms.pages import Page
from proposals.forms.reading import rows_in

Row = dict[str, Any]


def completed(
    page: Page, data: Mapping[str, Any], dossier: Dossier, findings: Iterable[Finding | Obstacle]
) -> dict[str, Any]:
    """The draft with these rows of `page` added; they are kept once something is written into them."""
    paths = {block.path for block in page.blocks}
    whole = dict(data)
    if "yearly_plan" in paths:
        whole["yearly_plan"] = _by_year(data, "yearly_plan", "y", dossier)
    if "disbursement" in paths:
        whole["disbursement"] = _by_year(data, "disbursement", "d", dossier)
    if "partner_allocation" in paths:
        whole["partner_allocation"] = _by_partner(data, dossier)
    if "justifications" in paths:
        whole["justifications"] = _by_warning(data, findings)
    return whole


def _by_year(data: Mapping[str, Any], name: str, letter: str, dossier: Dossier) -> list[Row]:
    rows = rows_in(data.get(name))
    held = {str(row.get("year")) for row in rows}
    missing = [year for year in dossier.years if str(year) not in held]
    rows += [{"key": _free(f"{letter}{year}", rows), "year": year} for year in missing]
    return sorted(rows, key=lambda row: str(row.get("year") or "9999"))


def _by_partner(data: Mapping[str, Any], dossier: Dossier) -> list[Row]:
    rows = rows_in(data.get("partner_allocation"))
    held = {(row.get("party_key"), str(row.get("year"))) for row in rows}
    for party in dossier.parties:
        if party.is_outside_mainland:
            continue
        for year in dossier.years:
            if (party.key, str(year)) not in held:
                key = _free(f"a{_short(f'{party.key}-{year}')}", rows)
                rows.append({"key": key, "party_key": party.key, "year": year})
    return sorted(rows, key=lambda row: str(row.get("year") or "9999"))


def _by_warning(data: Mapping[str, Any], findings: Iterable[Finding | Obstacle]) -> list[Row]:
    rows = rows_in(data.get("justifications"))
    held = {row.get("finding") for row in rows}
    for one in findings:
        if isinstance(one, Finding) and one.severity is Severity.WARN and one.ref not in held:
            rows.append({"key": _free(f"j{_short(one.ref)}", rows), "finding": one.ref})
    return rows


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _free(key: str, rows: list[Row]) -> str:
    """`key`, or a longer one when a row has it already."""
    taken = {row["key"] for row in rows}
    while key in taken:
        key += "x"
    return key
