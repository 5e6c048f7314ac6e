"""Brings a dossier's money to another total: lines, yearly disbursement and partner allocation stay consistent.

Pure; amounts in fen. Where the totals are whole yuan, so are the parts: people read them on paper."""

from collections.abc import Sequence

from core.money import FEN_PER_YUAN, allocate
from programs.dossier import Allocation, BudgetLine, Disbursement, Dossier

__all__ = ["bring_to", "scale_allocation", "scale_disbursement", "scale_lines"]


def bring_to(dossier: Dossier, total_fen: int) -> Dossier:
    """Lines in proportion to `total_fen`, then what follows from them; each sum exact to the fen."""
    dossier = scale_lines(dossier, total_fen)
    return scale_disbursement(scale_allocation(dossier))


def scale_lines(dossier: Dossier, total_fen: int) -> Dossier:
    """Every budget line in proportion, so that they add up to exactly `total_fen`.

    A unit price that explained its line's amount is scaled with it. Without lines nothing changes."""
    parts = _split(total_fen, [line.amount_fen for line in dossier.budget_lines])
    lines = [_resized(line, part) for line, part in zip(dossier.budget_lines, parts, strict=True)]
    return dossier.model_copy(update={"budget_lines": tuple(lines)})


def scale_allocation(dossier: Dossier) -> Dossier:
    """Each partner's yearly shares in proportion, adding up to the budget lines that it spends."""
    shares: dict[str, int] = {}
    for row in dossier.partner_allocation:
        rows = [one for one in dossier.partner_allocation if one.party_key == row.party_key]
        if row is rows[0]:
            spent = sum(line.amount_fen for line in dossier.budget_lines if line.party_key == row.party_key)
            parts = _split(spent, [one.amount_fen for one in rows])
            shares |= {one.key: part for one, part in zip(rows, parts, strict=True)}
    rows = [row.model_copy(update={"amount_fen": shares[row.key]}) for row in dossier.partner_allocation]
    return dossier.model_copy(update={"partner_allocation": tuple(rows)})


def scale_disbursement(dossier: Dossier) -> Dossier:
    """The yearly payments in proportion, adding up to the budget, no year paying less than is passed on in it."""
    rows = dossier.disbursement
    parts = _split(dossier.total_fen, [row.amount_fen for row in rows])
    parts = _cover(rows, parts, dossier.partner_allocation)
    scaled = [row.model_copy(update={"amount_fen": part}) for row, part in zip(rows, parts, strict=True)]
    return dossier.model_copy(update={"disbursement": tuple(scaled)})


def _resized(line: BudgetLine, amount_fen: int) -> BudgetLine:
    changes = {"amount_fen": amount_fen}
    if line.quantity and line.unit_price_fen * line.quantity == line.amount_fen:
        changes["unit_price_fen"] = amount_fen // line.quantity
    return line.model_copy(update=changes)


def _split(total_fen: int, weights: Sequence[int]) -> list[int]:
    """`total_fen` in proportion to `weights`; in equal parts where all weigh nothing."""
    if not weights:
        return []
    shares = list(weights) if sum(weights) else [1] * len(weights)
    if total_fen % FEN_PER_YUAN:
        return allocate(total_fen, shares)
    return [part * FEN_PER_YUAN for part in allocate(total_fen // FEN_PER_YUAN, shares)]


def _cover(rows: tuple[Disbursement, ...], parts: list[int], passed_on: tuple[Allocation, ...]) -> list[int]:
    """Moves what a year lacks for its partners' shares out of the years with the most to spare."""
    needs = [0] * len(rows)
    for index, row in enumerate(rows):
        if row.year not in {earlier.year for earlier in rows[:index]}:
            needs[index] = sum(one.amount_fen for one in passed_on if one.year == row.year)
    spare = [part - need for part, need in zip(parts, needs, strict=True)]
    for short in [index for index, left in enumerate(spare) if left < 0]:
        for giver in sorted(range(len(spare)), key=lambda index: -spare[index]):
            moved = min(-spare[short], max(spare[giver], 0))
            spare[short], spare[giver] = spare[short] + moved, spare[giver] - moved
    return [left + need for left, need in zip(spare, needs, strict=True)]
