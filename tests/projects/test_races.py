"""Several people at once, on real PostgreSQL with real transactions."""

import threading
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connections, transaction

from core.errors import Refused
from core.tenancy import tenant_scope
from programs.models import Call
from projects import actions
from projects.actions import signing
from projects.midterm.actions import draw_sample
from projects.models import MidTerm, Project, Signature, SigningItem
from tests.cast import PASSWORD, Cast
from tests.factories import make_call
from tests.projects import midterm
from tests.projects.world import being_signed, signer
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def one_book(cast: Cast, *, signed: int = 0) -> Project:
    with tenant_scope(cast.anso):
        return being_signed(cast, make_call(cast.anso, cast.secretary), signed=signed)


def test_a_double_click_signs_once(cast: Cast, clock: Any) -> None:
    project = one_book(cast, signed=3)
    attempt = lambda: actions.sign_book(project=project, party="host", by=cast.host)  # noqa: E731 - the same click
    results = at_once(cast.anso, attempt, attempt, attempt)
    assert sum(isinstance(one, Signature) for one in results) == 1
    refused = [one for one in results if isinstance(one, Refused)]
    assert len(refused) == 2 and all("Nothing is left to sign" in one.findings[0].message_en for one in refused)
    with tenant_scope(cast.anso):
        project.refresh_from_db()
        assert project.signatures.count() == 4
        assert project.grant_number == "ANSO-JR-2021-01"
        assert project.book_document.revisions.count() == 5


def test_two_people_of_one_party_at_once(cast: Cast, clock: Any) -> None:
    from accounts.enums import Role
    from accounts.models import Membership

    Membership.objects.create(user=cast.finance, tenant=cast.anso, role=Role.SECRETARY)
    project = one_book(cast, signed=2)
    results = at_once(
        cast.anso,
        lambda: actions.sign_book(project=project, party="secretariat", by=cast.secretary),
        lambda: actions.sign_book(project=project, party="secretariat", by=cast.finance),
    )
    (done,) = [one for one in results if isinstance(one, Signature)]
    (refused,) = [one for one in results if isinstance(one, Refused)]
    assert (done.signer.name_en or "") in refused.findings[0].message_en


def test_parties_in_a_row_at_once_keep_their_order(cast: Cast, clock: Any) -> None:
    project = one_book(cast)
    parties = ("pi", "lead_institution")
    at_once(cast.anso, *(lambda p=p: actions.sign_book(project=project, party=p, by=signer(cast, p)) for p in parties))
    with tenant_scope(cast.anso):
        assert list(project.signatures.values_list("party", flat=True)) in (["pi"], list(parties))


def test_grant_numbers_are_unique_and_gapless(cast: Cast, clock: Any) -> None:
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        projects = [being_signed(cast, call, number=n, signed=3) for n in range(1, 13)]
    results = at_once(
        cast.anso, *(lambda p=p: actions.sign_book(project=p, party="host", by=cast.host) for p in projects)
    )
    assert all(isinstance(one, Signature) for one in results), results
    with tenant_scope(cast.anso):
        numbers = sorted(Project.objects.values_list("grant_number", flat=True))
    assert numbers == [f"ANSO-JR-2021-{n:02d}" for n in range(1, 13)]


def test_without_the_row_lock_the_double_click_is_caught_by_nothing_but_luck(
    cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is what makes the refusal a clear one: without it the attempts collide in the database."""
    project = one_book(cast, signed=3)
    monkeypatch.setattr(signing, "locked", lambda row: Project.objects.get(pk=row.pk))
    attempt = lambda: actions.sign_book(project=project, party="host", by=cast.host)  # noqa: E731 - the same click
    results = at_once(cast.anso, *[attempt] * 6)
    assert any(not isinstance(one, Signature | Refused) for one in results)


def test_two_workers_on_one_batch_sign_each_book_once(cast: Cast, clock: Any) -> None:
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        projects = [being_signed(cast, call, number=n, signed=3) for n in range(1, 7)]
    with tenant_scope(cast.anso):
        batch = actions.confirm_batch(party="host", by=cast.host, projects=projects, password=PASSWORD)

    def work() -> None:
        try:
            actions.work_off(batch.pk, cast.anso.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    actions.work_off(batch.pk, cast.anso.pk)
    with tenant_scope(cast.anso):
        assert set(SigningItem.objects.values_list("state", flat=True)) == {"signed"}
        assert Signature.objects.filter(party="host").count() == 6
        assert len(set(Project.objects.values_list("grant_number", flat=True))) == 6


def test_two_confirmations_of_one_tray_make_one_batch(cast: Cast, clock: Any) -> None:
    project = one_book(cast, signed=3)

    def confirm() -> Any:
        with transaction.atomic():
            return actions.confirm_batch(party="host", by=cast.host, projects=[project], password=PASSWORD)

    results = at_once(cast.anso, confirm, confirm)
    assert sum(isinstance(one, Refused) for one in results) == 1


def halfway(cast: Cast, clock: Any, count: int) -> Any:
    clock.set(midterm.HALFWAY)
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        for number in range(1, count + 1):
            midterm.running(cast, call, number)
    return call


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_draws_at_once_draw_nobody_twice(cast: Cast, clock: Any, is_locked: bool) -> None:
    call = halfway(cast, clock, 2)
    attempt = lambda: draw_sample(call=call, number=2, by=cast.secretary)  # noqa: E731 - the same click
    with nullcontext() if is_locked else unlocked(Call, Project):
        answers = at_once(cast.anso, attempt, attempt)
    kinds = sorted(type(one).__name__ for one in answers)
    assert kinds == (["MidTermDraw", "Refused"] if is_locked else ["IntegrityError", "MidTermDraw"])
    with tenant_scope(cast.anso):
        assert MidTerm.objects.count() == 2


@pytest.mark.parametrize("is_locked", [True, False])
def test_the_last_two_papers_at_once_complete_the_answer(cast: Cast, clock: Any, is_locked: bool) -> None:
    call = halfway(cast, clock, 1)
    with tenant_scope(cast.anso):
        (row,) = midterm.drawn(cast, call)
        midterm.paper(cast, row, "report")
    attempts = [lambda kind=kind: midterm.paper(cast, row, kind) for kind in ("science", "finance")]
    with nullcontext() if is_locked else unlocked(Project, MidTerm):
        at_once(cast.anso, *attempts)
    with tenant_scope(cast.anso):
        row.refresh_from_db()
        assert row.opinions.count() == 3
        assert row.state == ("filed" if is_locked else "notified")
