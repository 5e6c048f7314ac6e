"""Two hundred drafts endorsed twice each at once: none lost, none doubled, numbers 1 to 200; and what the lock is for."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

from audit.models import Event
from audit.queries import broken_links
from core.errors import WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs.models import Call, NumberCounter
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import HandedIn, Proposal, ProposalVersion
from proposals.queries import draft_dossier
from tests.cast import Cast, build_cast
from tests.factories import make_call, make_proposal
from tests.proposals.helpers import fill

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
THREADS = 12


def waiting(cast: Cast, call: Call, many: int) -> list[Proposal]:
    """`many` proposals with the office, each with a complete hand-in."""
    first = fill(make_proposal(cast, call), cast)
    json = draft_dossier(first)[0].model_dump_json()
    proposals = []
    for _ in range(many):
        row = make_proposal(cast, call, state=S.ENDORSING, draft=first.draft)
        HandedIn.objects.create(
            tenant=call.tenant, proposal=row, round=1, dossier_json=json, sha256="0" * 64,
            handed_in_at=row.updated_at, handed_in_by=cast.pi,
        )  # fmt: skip
        proposals.append(row)
    return proposals


def all_at_once(jobs: list[Callable[[], Any]]) -> Counter[str]:
    """Runs the jobs in threads with connections of their own; what became of them, by exception name."""

    def run(job: Callable[[], Any]) -> str:
        try:
            job()
            return "done"
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, jobs))


def endorsing(cast: Cast, proposal: Proposal) -> Callable[[], Any]:
    def job() -> None:
        with tenant_scope(cast.anso):
            actions.endorse(proposal=proposal, by=cast.office)

    return job


@pytest.fixture
def staged(clock: Any) -> tuple[Cast, Call]:
    cast = build_cast()
    with tenant_scope(cast.anso):
        return cast, make_call(cast.anso, cast.secretary)


def test_two_hundred_endorsed_twice_each_at_once(staged: tuple[Cast, Call]) -> None:
    cast, call = staged
    with tenant_scope(cast.anso):
        proposals = waiting(cast, call, 200)
    outcome = all_at_once([endorsing(cast, proposal) for proposal in proposals for _ in range(2)])
    assert outcome == {"done": 200, "WrongState": 200}
    with tenant_scope(cast.anso):
        ids = [proposal.pk for proposal in proposals]
        rows = Proposal.objects.filter(pk__in=ids)
        numbers = {row.application_number for row in rows}
        assert numbers == {f"ANSO-2021-JR-{n:04d}" for n in range(1, 201)}
        assert {row.state for row in rows} == {S.SUBMITTED}
        assert ProposalVersion.objects.filter(proposal__in=ids).count() == 200
        assert Notice.objects.filter(kind="receipt").count() == 400
        assert Event.objects.filter(action="proposal.endorse").count() == 200
        assert not list(broken_links())
        assert NumberCounter.objects.get(call=call).last == 200


def test_without_the_counters_lock_numbers_collide_or_get_lost(
    staged: tuple[Cast, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, call = staged
    from programs import actions as calls

    with tenant_scope(cast.anso):
        NumberCounter.objects.create(tenant=cast.anso, call=call, series="race")
    plain = QuerySet.select_for_update
    monkeypatch.setattr(
        QuerySet,
        "select_for_update",
        lambda rows, *args, **kwargs: rows.all() if rows.model is NumberCounter else plain(rows, *args, **kwargs),
    )
    taken: list[int] = []

    def take() -> None:
        with tenant_scope(cast.anso):
            number = calls.next_number(call=call, series="race")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.01)")
        taken.append(number)

    assert all_at_once([take] * 60)["done"] == 60
    assert sorted(taken) != list(range(1, 61))
    monkeypatch.undo()
    with tenant_scope(cast.anso):
        NumberCounter.objects.update(last=0)
    taken.clear()
    assert all_at_once([take] * 60)["done"] == 60
    assert sorted(taken) == list(range(1, 61))


def test_without_the_rows_lock_a_double_click_is_no_longer_answered_in_words(
    staged: tuple[Cast, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, call = staged
    with tenant_scope(cast.anso):
        proposals = waiting(cast, call, 15)
    plain = QuerySet.select_for_update
    monkeypatch.setattr(
        QuerySet,
        "select_for_update",
        lambda rows, *args, **kwargs: rows.all() if rows.model is Proposal else plain(rows, *args, **kwargs),
    )
    # Constraints would still keep the data whole and the second try would find the words; without either, it crashes.
    monkeypatch.setattr("proposals.actions.endorsing.MOST_TRIES", 1)
    outcome = all_at_once([endorsing(cast, proposal) for proposal in proposals for _ in range(4)])
    assert outcome != {"done": 15, "WrongState": 45}
    assert outcome["IntegrityError"] > 0
    with tenant_scope(cast.anso):
        assert (
            ProposalVersion.objects.filter(proposal__in=[row.pk for row in proposals]).count() == outcome["done"] <= 15
        )


def test_handing_in_twice_at_once_makes_one_round(staged: tuple[Cast, Call]) -> None:
    cast, call = staged
    with tenant_scope(cast.anso):
        proposals = [fill(make_proposal(cast, call), cast) for _ in range(4)]

    def job(proposal: Proposal) -> Callable[[], Any]:
        def run() -> None:
            with tenant_scope(cast.anso):
                actions.request_endorsement(proposal=proposal, by=cast.pi)

        return run

    outcome = all_at_once([job(proposal) for proposal in proposals for _ in range(5)])
    assert outcome == {"done": 4, WrongState.__name__: 16}
    with tenant_scope(cast.anso):
        assert HandedIn.objects.count() == 4


def test_saves_at_once_lose_nothing_silently(staged: tuple[Cast, Call]) -> None:
    cast, call = staged
    with tenant_scope(cast.anso):
        proposal = make_proposal(cast, call, draft={}, revision=0)

    def save(text: str) -> Callable[[], Any]:
        def run() -> None:
            with tenant_scope(cast.anso):
                actions.save_draft(proposal=proposal, by=cast.pi, data={"title_zh": text}, revision=0)

        return run

    outcome = all_at_once([save(str(n)) for n in range(20)])
    assert outcome == {"done": 1, "StaleRevision": 19}
