"""Reads of budget books: the PI's lines with what finance experts say on top of them (A8).

Whose annotations may be read is for the caller to decide; names of experts never leave `Remark.expert`, which is
empty unless asked for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import FilteredRelation, Q

from accounts.models import User
from budgets.models import Annotation, BudgetLine


@dataclass(frozen=True)
class Remark:
    """One expert's view of one line. `number` tells experts apart within a book without naming them."""

    number: int
    is_reasonable: str
    reasonable: str
    is_relevant: str
    relevant: str
    suggested_fen: int
    reason: str
    expert: str = ""


@dataclass
class AnnotatedLine:
    """A line as the PI wrote it, and the remarks laid on it."""

    line: BudgetLine
    remarks: list[Remark] = field(default_factory=list)

    @property
    def suggested_fen(self) -> int:
        """The mean of the suggestions, the PI's figure where nobody judged the line."""
        return mean_fen([remark.suggested_fen for remark in self.remarks]) if self.remarks else self.line.amount_fen

    @property
    def change_fen(self) -> int:
        """By how much the suggestions differ from the PI's figure; negative: less."""
        return self.suggested_fen - self.line.amount_fen


def mean_fen(amounts: Collection[int]) -> int:
    """The mean to the fen, half up. Raises ValueError for none."""
    if not amounts:
        raise ValueError("no amounts to take the mean of")
    return (2 * sum(amounts) + len(amounts)) // (2 * len(amounts))


def lines_of(book_id: int) -> list[BudgetLine]:
    """The book's lines in the PI's order. One query."""
    return list(BudgetLine.objects.filter(book_id=book_id).order_by("position"))


def annotations_of(book_id: int, expert: User) -> dict[int, Annotation]:
    """One expert's annotations of a book, by line id. One query."""
    rows = Annotation.objects.filter(line__book_id=book_id, expert=expert)
    return {row.line_id: row for row in rows}


def annotated_lines(book_id: int, *, experts: Collection[int], with_names: bool = False) -> list[AnnotatedLine]:
    """The book's lines with the remarks of these people (user ids). Two queries.

    Experts are numbered 1, 2, … in the order of `experts`; names only with `with_names`, for staff."""
    lines = {line.pk: AnnotatedLine(line) for line in lines_of(book_id)}
    numbers = {pk: number for number, pk in enumerate(experts, start=1)}
    rows = Annotation.objects.filter(line__book_id=book_id, expert_id__in=list(numbers)).select_related("expert")
    for row in sorted(rows, key=lambda row: numbers[row.expert_id]):
        lines[row.line_id].remarks.append(
            Remark(
                number=numbers[row.expert_id],
                is_reasonable=row.is_reasonable,
                reasonable=row.get_is_reasonable_display(),
                is_relevant=row.is_relevant,
                relevant=row.get_is_relevant_display(),
                suggested_fen=row.suggested_fen,
                reason=row.reason,
                expert=row.expert.display_name if with_names else "",
            )
        )
    return list(lines.values())


def suggested_totals(lines: Iterable[AnnotatedLine], count: int) -> list[int]:
    """What each of `count` experts would have the whole book come to (fen), in their order.

    A line that an expert didn't judge counts with the PI's figure."""
    totals = [0] * count
    for row in lines:
        said = {remark.number: remark.suggested_fen for remark in row.remarks}
        for index in range(count):
            totals[index] += said.get(index + 1, row.line.amount_fen)
    return totals


def suggested_by_book(experts_by_book: dict[int, list[int]]) -> dict[int, int]:
    """The mean suggested total (fen) of several books at once; books without experts are left out. One query."""
    wanted = {book: people for book, people in experts_by_book.items() if people}
    totals: dict[int, dict[int, int]] = {book: dict.fromkeys(people, 0) for book, people in wanted.items()}
    people = {pk for each in wanted.values() for pk in each}
    if not people:
        return {}
    lines = (
        BudgetLine.objects.filter(book_id__in=list(wanted))
        .annotate(said=FilteredRelation("annotations", condition=Q(annotations__expert__in=people)))
        .values_list("pk", "book_id", "amount_fen", "said__expert", "said__suggested_fen")
    )
    amounts: dict[int, tuple[int, int]] = {}
    judged: dict[tuple[int, int], int] = {}
    for line, book, amount, expert, fen in lines:
        amounts[line] = book, amount
        if expert is not None:
            judged[line, expert] = fen
    for line, (book, amount) in amounts.items():
        for expert in totals[book]:
            totals[book][expert] += judged.get((line, expert), amount)
    return {book: mean_fen(list(by_expert.values())) for book, by_expert in totals.items()}
