"""Books are frozen, annotations lie on top of them, and sums are right to the fen."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.actions import LineOpinion, annotate, annotate_book, freeze_book
from budgets.enums import BookPurpose, Verdict
from budgets.models import Annotation, BudgetBook, BudgetLine
from budgets.queries import (
    AnnotatedLine,
    Remark,
    annotated_lines,
    lines_of,
    mean_fen,
    suggested_by_book,
    suggested_totals,
)
from core.errors import Refused
from core.money import MAX_FEN
from programs.dossier import Dossier, sha256_of
from tests.cast import Cast
from tests.factories import good_draft

amounts = st.integers(0, MAX_FEN)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def book(cast: Cast, anso: Any) -> BudgetBook:
    dossier = good_draft(cast)
    return freeze_book(tenant=anso, dossier=dossier, purpose=BookPurpose.PROPOSED, sha256=sha256_of(dossier))


def test_book_is_the_dossiers_lines(cast: Cast, book: BudgetBook) -> None:
    dossier: Dossier = good_draft(cast)
    lines = lines_of(book.pk)
    assert [(row.key, row.amount_fen) for row in lines] == [(row.key, row.amount_fen) for row in dossier.budget_lines]
    assert book.total_fen == sum(row.amount_fen for row in lines) == dossier.total_fen


def test_book_never_changes(book: BudgetBook) -> None:
    for attempt in (
        lambda: BudgetLine.objects.update(amount_fen=1),
        lambda: BudgetLine.objects.all().delete(),
        lambda: BudgetBook.objects.update(total_fen=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_unknown_purpose(cast: Cast, anso: Any) -> None:
    with pytest.raises(ValueError):
        freeze_book(tenant=anso, dossier=good_draft(cast), purpose="other", sha256="")


def test_annotation_leaves_the_pis_figure(cast: Cast, book: BudgetBook) -> None:
    line = lines_of(book.pk)[0]
    annotate(
        line=line,
        expert=cast.expert1,
        is_reasonable=Verdict.PARTLY,
        is_relevant=Verdict.YES,
        suggested_fen=line.amount_fen - 12_345,
        reason="Cheaper.",
    )
    annotate(line=line, expert=cast.expert2, is_reasonable="", is_relevant="", suggested_fen=0, reason="")
    again = annotate(
        line=line, expert=cast.expert1, is_reasonable="yes", is_relevant="no", suggested_fen=7, reason=" Why.\x00 "
    )
    assert (again.suggested_fen, again.reason) == (7, "Why.")
    assert Annotation.objects.count() == 2
    assert BudgetLine.objects.get(pk=line.pk).amount_fen == line.amount_fen
    rows = annotated_lines(book.pk, experts=[cast.expert2.pk, cast.expert1.pk])
    assert [remark.suggested_fen for remark in rows[0].remarks] == [0, 7]
    assert [remark.number for remark in rows[0].remarks] == [1, 2]
    assert not [remark.expert for row in rows for remark in row.remarks if remark.expert]
    named = annotated_lines(book.pk, experts=[cast.expert1.pk], with_names=True)
    assert named[0].remarks[0].expert


@pytest.mark.parametrize(
    "wrong", [{"is_reasonable": "maybe"}, {"is_relevant": "YES"}, {"suggested_fen": -1}, {"suggested_fen": MAX_FEN + 1}]
)
def test_wrong_annotation(wrong: dict[str, Any], cast: Cast, book: BudgetBook) -> None:
    good = {"is_reasonable": "yes", "is_relevant": "yes", "suggested_fen": 1, "reason": ""}
    with pytest.raises(Refused):
        annotate(line=lines_of(book.pk)[0], expert=cast.expert1, **{**good, **wrong})
    assert not Annotation.objects.exists()


def test_whole_book_in_a_fixed_number_of_queries(
    cast: Cast, anso: Any, book: BudgetBook, django_assert_max_num_queries: Any
) -> None:
    lines = lines_of(book.pk)
    for amount in (5, 6):
        opinions = [(line, LineOpinion("yes", "yes", amount, "")) for line in lines]
        with django_assert_max_num_queries(5):
            annotate_book(tenant=anso, expert=cast.expert1, opinions=opinions)
    assert suggested_by_book({book.pk: [cast.expert1.pk]}) == {book.pk: 6 * len(lines)}
    assert suggested_by_book({book.pk: [], 0: []}) == {}


@patient
@given(st.lists(amounts, min_size=1, max_size=30))
def test_mean_is_half_up_to_the_fen(values: list[int]) -> None:
    mean, count = mean_fen(values), len(values)
    assert 2 * mean * count <= 2 * sum(values) + count < 2 * (mean + 1) * count
    assert min(values) <= mean <= max(values)


def test_mean_of_nothing() -> None:
    with pytest.raises(ValueError):
        mean_fen([])


@patient
@given(st.lists(st.tuples(amounts, st.lists(st.none() | amounts, min_size=2, max_size=2)), max_size=20))
def test_totals_are_sums_of_lines(rows: list[tuple[int, list[int | None]]]) -> None:
    lines = [
        AnnotatedLine(
            BudgetLine(amount_fen=amount),
            [Remark(n, "yes", "", "yes", "", fen, "") for n, fen in enumerate(said, start=1) if fen is not None],
        )
        for amount, said in rows
    ]
    totals = suggested_totals(lines, 2)
    for index, total in enumerate(totals):
        assert total == sum(amount if said[index] is None else said[index] for amount, said in rows)  # type: ignore[misc]
    for line, (amount, said) in zip(lines, rows, strict=True):
        assert line.change_fen == line.suggested_fen - amount
        assert line.suggested_fen == (mean_fen([fen for fen in said if fen is not None]) if line.remarks else amount)
