"""Freezes budget books and lays experts' annotations on top of their lines, never over them (A8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Tenant, User
from budgets.enums import BookPurpose, Verdict
from budgets.models import Annotation, BudgetBook, BudgetLine
from core import clock
from core.errors import Obstacle, Refused
from core.money import MAX_FEN
from programs.dossier import Dossier


@transaction.atomic
def freeze_book(*, tenant: Tenant, dossier: Dossier, purpose: str, sha256: str) -> BudgetBook:
    """The dossier's budget lines as rows that nothing changes any more; the book's total is their sum (fen).

    Part of the caller's action, which authorises and records it. Raises ValueError for an unknown purpose."""
    book = BudgetBook.objects.create(
        tenant=tenant,
        purpose=BookPurpose(purpose),
        source_sha256=sha256,
        total_fen=dossier.total_fen,
        created_at=clock.now(),
    )
    BudgetLine.objects.bulk_create(
        BudgetLine(
            tenant=tenant,
            book=book,
            position=position,
            key=line.key,
            category=line.category,
            name=line.name,
            year=line.year,
            amount_fen=line.amount_fen,
            basis=line.basis,
            relation=line.relation_to_cooperation,
        )
        for position, line in enumerate(dossier.budget_lines)
    )
    return book


@dataclass(frozen=True)
class LineOpinion:
    """What a finance expert writes of one budget line. Verdicts are `budgets.enums.Verdict`, empty: not judged yet."""

    is_reasonable: str
    is_relevant: str
    suggested_fen: int
    reason: str


def annotate(
    *,
    line: BudgetLine,
    expert: User,
    is_reasonable: str,
    is_relevant: str,
    suggested_fen: int,
    reason: str,
) -> Annotation:
    """What `expert` thinks of one line: reasonable? relevant? which amount (fen) instead, and why (A8 A21).

    The PI's figure stays as it is. The caller authorises. Raises Refused for an unknown verdict or an amount out of
    range."""
    opinion = LineOpinion(is_reasonable, is_relevant, suggested_fen, reason)
    annotate_book(tenant=line.tenant, expert=expert, opinions=[(line, opinion)])
    return Annotation.objects.get(line=line, expert=expert)


@transaction.atomic
def annotate_book(*, tenant: Tenant, expert: User, opinions: Iterable[tuple[BudgetLine, LineOpinion]]) -> None:
    """The same for many lines at once, in three queries. Raises Refused with what is wrong with any of them."""
    said = {line.pk: (line, opinion) for line, opinion in opinions}
    if found := [problem for line, opinion in said.values() for problem in _problems(line, opinion)]:
        raise Refused(found)
    now = clock.now()
    present = {row.line_id: row for row in Annotation.objects.filter(line__in=list(said), expert=expert)}
    Annotation.objects.bulk_create(
        Annotation(tenant=tenant, line=line, expert=expert, updated_at=now, **_values(opinion))
        for pk, (line, opinion) in said.items()
        if pk not in present
    )
    changed = []
    for pk, row in present.items():
        row.line = said[pk][0]  # the tenant guard need not fetch it
        values = _values(said[pk][1])
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in {**values, "updated_at": now}.items():
                setattr(row, name, value)
            changed.append(row)
    if changed:
        Annotation.objects.bulk_update(changed, [*_values(said[changed[0].line_id][1]), "updated_at"])


def _values(opinion: LineOpinion) -> dict[str, Any]:
    return {
        "is_reasonable": opinion.is_reasonable,
        "is_relevant": opinion.is_relevant,
        "suggested_fen": opinion.suggested_fen,
        "reason": opinion.reason.replace("\x00", "").strip(),
    }


def _problems(line: BudgetLine, opinion: LineOpinion) -> list[Obstacle]:
    allowed = {"", *Verdict.values}
    found = [
        Obstacle(
            code="verdict",
            message_zh="请选择“是”“部分”或“否”。",
            message_en="Choose yes, in part or no.",
            article="A8",
            field=f"line-{line.pk}-{name}",
            who_can_clear=Role.FINANCE_EXPERT,
        )
        for name in ("is_reasonable", "is_relevant")
        if getattr(opinion, name) not in allowed
    ]
    if not 0 <= opinion.suggested_fen <= MAX_FEN:
        found.append(
            Obstacle(
                code="suggested-amount",
                message_zh="建议金额须为不小于 0 的金额。",
                message_en="The suggested amount can't be negative or beyond all measure.",
                article="A8",
                field=f"line-{line.pk}-suggested",
                who_can_clear=Role.FINANCE_EXPERT,
            )
        )
    return found
