"""Each page renders for those it is for, in both languages, and says what it should."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.enums import Role
from reviews import actions
from reviews.models import Assignment, Expert, FundingPlan
from tests.cast import Cast
from tests.reviews import helpers

LANGUAGES = ("en", "zh-hans")


def at(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=["anso", *args])


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_pages(cast: Cast, client_of: Any, invited: Assignment, reviewed: Any, language: str) -> None:
    secretary = client_of(cast.secretary, language)
    expert = Expert.objects.get(user=cast.reviewer1)
    for address in (
        at("experts"),
        at("experts") + "?q=Alice&kind=domain&availability=available",
        at("expert_new"),
        at("expert_edit", expert.pk),
        at("assign", invited.proposal_id),
        at("assign", invited.proposal_id) + "?kind=finance",
        at("results", reviewed.pk),
        at("plan_list"),
    ):
        response = secretary.get(address)
        assert response.status_code == 200, address
    assert "Alice Moreau" in secretary.get(at("results", reviewed.pk)).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_pages(cast: Cast, client_of: Any, call: Any, reviewed: Any, language: str) -> None:
    secretary, director = client_of(cast.secretary, language), client_of(cast.director, language)
    response = secretary.post(at("plan_new"), {"call": call.pk})
    assert response.status_code == 303
    plan = FundingPlan.objects.get()
    page = secretary.get(at("plan", plan.pk)).content.decode()
    assert reviewed.application_number in page
    assert secretary.post(at("plan_add", plan.pk), {"items": [reviewed.pk]}).status_code == 303
    key = f"p{reviewed.pk}"
    line = {f"{key}-decision": "fund", f"{key}-amount": "1,100,000.50", f"{key}-note": "=cmd()"}
    assert secretary.post(at("plan_line", plan.pk, reviewed.pk), line).status_code == 303
    assert plan.lines.get().amount_fen == 110_000_050
    bad = secretary.post(at("plan_line", plan.pk, reviewed.pk), {**line, f"{key}-amount": "100万"})
    assert bad.status_code == 422 and "100万" in bad.content.decode()
    assert secretary.post(at("plan_hand_in", plan.pk)).status_code == 303
    page = director.get(at("plan", plan.pk)).content.decode()
    assert 'value="approve"' in page
    assert (
        director.post(at("plan_decide", plan.pk), {"decision": "return", "seen": "x", "comment": ""}).status_code == 409
    )
    seen = FundingPlan.objects.get().content_sha256
    returned = {"decision": "return", "seen": seen, "comment": "Too much."}
    assert director.post(at("plan_decide", plan.pk), returned).status_code == 303
    assert "Too much." in secretary.get(at("plan", plan.pk)).content.decode()
    assert secretary.post(at("plan_revise", plan.pk)).status_code == 303
    secretary.post(at("plan_line", plan.pk, reviewed.pk), {**line, f"{key}-amount": "1050000"})
    secretary.post(at("plan_comment", plan.pk), {"comment": "Less now."})
    secretary.post(at("plan_hand_in", plan.pk))
    page = director.get(at("plan", plan.pk)).content.decode()
    assert 'id="changes"' in page and "Less now." in page
    stale = director.post(at("plan_decide", plan.pk), {"decision": "approve", "seen": seen})
    assert stale.status_code == 409
    seen = FundingPlan.objects.get().content_sha256
    assert director.post(at("plan_decide", plan.pk), {"decision": "approve", "seen": seen}).status_code == 303
    assert director.get(at("plan_export", plan.pk)).status_code == 200
    assert director.get(at("results_export", reviewed.pk)).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_expert_pages(cast: Cast, client_of: Any, invited: Assignment, language: str) -> None:
    alice = client_of(cast.reviewer1, language)
    assert alice.get(at("mine")).status_code == 200
    page = alice.get(at("review", invited.pk)).content.decode()
    assert "app-objectives" not in page and "no_conflict" in page
    assert alice.post(at("accept", invited.pk), {}).status_code == 422
    assert alice.post(at("accept", invited.pk), {"no_conflict": "on"}).status_code == 303
    page = alice.get(at("review", invited.pk)).content.decode()
    assert "app-objectives" in page and "score-importance-points" in page
    assert alice.get(at("submit", invited.pk)).status_code == 200
    assert alice.post(at("submit", invited.pk)).status_code == 409
    helpers.write(Assignment.objects.get(pk=invited.pk))
    assert alice.post(at("submit", invited.pk)).status_code == 303
    assert "Sound work." in alice.get(at("review", invited.pk)).content.decode()
    assert alice.get(at("mine")).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_finance_pages(cast: Cast, client_of: Any, checked: Any, pool: dict[str, Expert], language: str) -> None:
    assignment = helpers.accepted(cast, checked, pool["expert1"], "finance")
    client = client_of(cast.expert1, language)
    page = client.get(at("review", assignment.pk)).content.decode()
    line = assignment.version.budget_book.lines.first()
    assert line is not None and line.name in page and f"line-{line.pk}-suggested" in page
    typed = {
        "revision": "0",
        f"line-{line.pk}-suggested": "100万",
        f"line-{line.pk}-is_reasonable": "partly",
        f"line-{line.pk}-reason": "Much.",
        "comment": "On the whole.",
    }
    assert client.post(at("review", assignment.pk), typed).status_code == 303
    page = client.get(at("review", assignment.pk)).content.decode()
    assert "100万" in page and "Much." in page
    assert client.get(at("submit", assignment.pk)).status_code == 200
    helpers.write(Assignment.objects.get(pk=assignment.pk))
    assert client.post(at("submit", assignment.pk)).status_code == 303
    assert client.get(at("review", assignment.pk)).status_code == 200


def test_autosave(cast: Cast, client_of: Any, accepted: Assignment) -> None:
    alice = client_of(cast.reviewer1)
    address = at("autosave", accepted.pk)
    first = alice.post(address, {"score-importance-points": "4", "comment": "So far"}, headers={"x-revision": "0"})
    assert first.status_code == 200
    answer = first.json()
    assert answer["revision"] == 1 and answer["saved_at"] and 'id="findings"' in answer["findings_html"]
    stale = alice.post(address, {"comment": "Other"}, headers={"x-revision": "0"})
    assert stale.status_code == 409
    assert stale.json()["theirs"]["comment"] == "So far"
    for revision in ("", "x", "-1", "9" * 30):
        assert alice.post(address, {}, headers={"x-revision": revision}).status_code == 409
    long = alice.post(address, {"comment": "x" * 30_000}, headers={"x-revision": "1"})
    assert long.status_code == 200
    assert Assignment.objects.get().unread.keys() == {"comment"}


def test_add_expert_by_form(cast: Cast, client_of: Any, call: Any) -> None:
    secretary = client_of(cast.secretary)
    typed = {"email": "New@Abroad.example", "name_en": "Nina New", "is_domain": "on", "country": "FR", "capacity": "3"}
    assert secretary.post(at("expert_new"), {**typed, "is_domain": ""}).status_code == 422
    assert secretary.post(at("expert_new"), {**typed, "topics": ["food-security"]}).status_code == 303
    expert = Expert.objects.get(user__email="new@abroad.example")
    assert expert.user.memberships.get().role == Role.REVIEWER
    assert secretary.post(at("expert_new"), typed).status_code == 422
    changed = {"is_finance": "on", "country": "KE", "capacity": "2"}
    assert secretary.post(at("expert_edit", expert.pk), changed).status_code == 303
    expert.refresh_from_db()
    assert (expert.is_domain, expert.is_finance, expert.country, expert.is_available) == (False, True, "KE", False)


def test_assign_by_form(cast: Cast, client_of: Any, checked: Any, pool: dict[str, Expert]) -> None:
    secretary = client_of(cast.secretary)
    ids = [pool[name].pk for name in ("reviewer1", "reviewer2", "conflicted")]
    typed = {"kind": "domain", "experts": ids, "due_date": "2021-07-15"}
    response = secretary.post(at("assign", checked.pk), typed)
    assert response.status_code == 409
    assert "works at Institute of Mountain Ecology" in response.content.decode()
    assert {row.expert_id for row in Assignment.objects.all()} == set(ids[:2])
    assert str(Assignment.objects.first().due_at) == "2021-07-15 16:00:00+00:00"  # type: ignore[union-attr]
    again = secretary.post(at("assign", checked.pk), {**typed, "experts": ids[:1]})
    assert again.status_code == 409
    for bad in ({"due_date": "2020-01-01"}, {"experts": ["x"]}, {"experts": []}, {"due_date": "2399-01-01"}):
        assert secretary.post(at("assign", checked.pk), {**typed, **bad}).status_code == 422
    row = Assignment.objects.get(expert=pool["reviewer1"])
    assert secretary.post(at("remind", row.pk)).status_code == 303
    assert secretary.post(at("release", row.pk)).status_code == 303
    assert secretary.post(at("release", row.pk)).status_code == 409


def test_tasks(cast: Cast, client_of: Any, checked: Any, invited: Assignment, handed_in: FundingPlan) -> None:
    from core.tenancy import tenant_scope
    from reviews.tasklist import tasks

    with tenant_scope([cast.anso]):
        assert [item.kind for item in tasks(cast.reviewer1, [cast.anso])] == ["review"]
        assert [item.kind for item in tasks(cast.director, [cast.anso])] == ["plan"]
        assert [item.kind for item in tasks(cast.secretary, [cast.anso])] == []
        actions.decide_plan(plan=handed_in, by=cast.director, approve=False, comment="No.")
        assert [item.kind for item in tasks(cast.secretary, [cast.anso])] == ["plan"]
