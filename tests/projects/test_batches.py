"""Batches: worked off item by item; a killed worker loses and doubles nothing."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from core import clock as portal_clock
from core.errors import Refused
from core.tenancy import tenant_scope
from documents.verification import verify_pdf
from notifications.models import Effect, Notice
from projects import actions, receivers
from projects.enums import ItemState, ProjectState
from projects.models import Project, Signature, SigningBatch, SigningItem
from projects.queries import batch_progress, book_pdf, left_behind, tray
from tests.cast import PASSWORD, Cast
from tests.factories import make_call
from tests.processes import environment, running, wait_until
from tests.projects.world import being_signed

pytestmark = pytest.mark.django_db(transaction=True)
BOOKS = 20


def books(cast: Cast, count: int, *, signed: int = 3) -> list[Project]:
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        return [being_signed(cast, call, number=n + 1, signed=signed) for n in range(count)]


def confirm(cast: Cast, projects: list[Project], party: str = "host") -> SigningBatch:
    by = cast.host if party == "host" else cast.secretary
    with tenant_scope(cast.anso):
        return actions.confirm_batch(party=party, by=by, projects=projects, password=PASSWORD)


def states(cast: Cast, batch: SigningBatch) -> list[str]:
    with tenant_scope(cast.anso):
        return list(SigningItem.objects.filter(batch=batch).order_by("pk").values_list("state", flat=True))


def test_a_batch_is_worked_off_with_a_receipt_each(cast: Cast, clock: Any) -> None:
    projects = books(cast, 3)
    batch = confirm(cast, projects)
    with tenant_scope(cast.anso):
        assert Effect.objects.filter(kind="signing-batch").count() == 1
    assert actions.work_off(batch.pk, cast.anso.pk) == 3
    assert states(cast, batch) == ["signed"] * 3
    with tenant_scope(cast.anso):
        numbers = sorted(Project.objects.values_list("grant_number", flat=True))
        assert numbers == [f"ANSO-JR-2021-0{n}" for n in (1, 2, 3)]
        assert batch_progress(SigningBatch.objects.get(pk=batch.pk)).is_finished
        assert Notice.objects.filter(user=cast.host, kind="signing-batch-done").count() == 1
    assert actions.work_off(batch.pk, cast.anso.pk) == 0


def test_a_failing_item_is_told_and_the_others_go_on(cast: Cast, clock: Any) -> None:
    projects = books(cast, 3)
    batch = confirm(cast, projects)
    with tenant_scope(cast.anso):
        actions.sign_book(project=projects[1], party="host", by=cast.host)
    actions.work_off(batch.pk, cast.anso.pk)
    assert states(cast, batch) == ["signed", "failed", "signed"]
    with tenant_scope(cast.anso):
        failed = SigningItem.objects.get(batch=batch, state=ItemState.FAILED)
        assert "Nothing is left to sign" in failed.message_en and "无需再次签署" in failed.message_zh
        assert Signature.objects.filter(project=projects[1]).count() == 4


def test_an_internal_error_is_one_items_failure(cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from projects.actions import signing

    projects = books(cast, 2)
    batch = confirm(cast, projects)
    real, calls = signing.add_signature, []

    def fails_once(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("bad file")
        return real(*args, **kwargs)

    monkeypatch.setattr(signing, "add_signature", fails_once)
    actions.work_off(batch.pk, cast.anso.pk)
    assert states(cast, batch) == ["failed", "signed"]
    with tenant_scope(cast.anso):
        assert Project.objects.get(pk=projects[1].pk).grant_number == "ANSO-JR-2021-01"
        assert [one.project.pk for one in tray(cast.host, party="host")] == [projects[0].pk]


def test_pause_and_go_on(cast: Cast, clock: Any) -> None:
    batch = confirm(cast, books(cast, 2))
    with tenant_scope(cast.anso):
        actions.pause_batch(batch=batch, by=cast.host)
    assert actions.work_off(batch.pk, cast.anso.pk) == 0
    clock.forward(minutes=5)
    with tenant_scope(cast.anso):
        assert left_behind() == []
        actions.resume_batch(batch=batch, by=cast.host)
        assert Effect.objects.filter(kind="signing-batch").count() == 2
    assert actions.work_off(batch.pk, cast.anso.pk) == 2


def test_the_confirmation_says_what_is_wrong(cast: Cast, clock: Any) -> None:
    projects = books(cast, 2)
    with tenant_scope(cast.anso):
        with pytest.raises(Refused, match="password"):
            actions.confirm_batch(party="host", by=cast.host, projects=projects, password="wrong")
        with pytest.raises(Refused, match="at least one"):
            actions.confirm_batch(party="host", by=cast.host, projects=[], password=PASSWORD)
        with pytest.raises(Refused, match="no longer waits"):
            actions.confirm_batch(party="host", by=cast.secretary, projects=projects, password=PASSWORD)
        with pytest.raises(Refused, match="not the file"):
            actions.confirm_batch(party="host", by=cast.host, projects=projects, password=PASSWORD, seen={})
    confirm(cast, projects)
    with pytest.raises(Refused, match="another batch"):
        confirm(cast, projects)


def test_exceptions_drop_out_of_a_batch(cast: Cast, clock: Any) -> None:
    (project,) = books(cast, 1)
    with tenant_scope(cast.anso):
        project.approved_fen = project.proposal.requested_fen // 3
        project.save()
        (one,) = tray(cast.host, party="host")
        from projects.queries.signing import risk_of

        assert risk_of(one) == (2, ["cut"])
        with pytest.raises(Refused, match="look of its own"):
            actions.confirm_batch(party="host", by=cast.host, projects=[project], password=PASSWORD)


WORKER = """
import django
django.setup()
from projects.actions import work_off
work_off({batch}, {tenant})
"""


def _kill_after(cast: Cast, batch: SigningBatch, enough: int, code: str, env: dict[str, str], log: Path) -> None:
    """A worker of its own, killed -9 once that many books are signed."""
    with running([sys.executable, "-c", code], env, log) as worker:
        wait_until(
            lambda: states(cast, batch).count("signed") >= enough or worker.poll() is not None,
            seconds=120,
            why=log.read_text,
        )


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(cast: Cast, tmp_path: Path) -> None:
    projects = books(cast, BOOKS)
    batch = confirm(cast, projects)
    env = environment(
        tmp_path,
        DOCUMENT_ROOT=str(settings.DOCUMENT_ROOT),
        SIGNING_KEYS_DIR=str(settings.SIGNING_KEYS_DIR),
        FONTS_DIR=str(settings.FONTS_DIR),
    )
    code = WORKER.format(batch=batch.pk, tenant=cast.anso.pk)
    for enough in (5, 12):
        log = tmp_path / f"worker-{enough}.log"
        _kill_after(cast, batch, enough, code, env, log)
        assert enough <= states(cast, batch).count("signed") < BOOKS, log.read_text()
    with portal_clock.at(portal_clock.now() + timedelta(minutes=5)), tenant_scope(cast.anso):
        assert left_behind() == [batch.pk]
    actions.work_off(batch.pk, cast.anso.pk)
    assert states(cast, batch) == ["signed"] * BOOKS
    with tenant_scope(cast.anso):
        assert sorted(Project.objects.values_list("grant_number", flat=True)) == [
            f"ANSO-JR-2021-{n:02d}" for n in range(1, BOOKS + 1)
        ]
        for project in Project.objects.all():
            assert project.state == ProjectState.ACTIVE
            assert list(project.signatures.values_list("position", flat=True)) == [1, 2, 3, 4]
        latest = book_pdf(Project.objects.order_by("pk").first())
        assert latest is not None and latest.number == 4
        from documents import storage

        assert verify_pdf(storage.get(latest.file.sha256)).is_complete


def test_the_sweep_hands_on_what_was_left_behind(cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from projects import tasks

    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks.work_off, "delay", lambda *args: sent.append(args))
    batch = confirm(cast, books(cast, 1))
    assert tasks.resume_signing_batches() == 0
    clock.forward(minutes=2)
    assert tasks.resume_signing_batches() == 1
    assert sent == [(batch.pk, cast.anso.pk)]
    with tenant_scope(cast.anso):
        receivers.on_signing_batch(Effect.objects.get(kind="signing-batch"))
    assert sent == [(batch.pk, cast.anso.pk)] * 2
