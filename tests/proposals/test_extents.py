"""What a co-writer may do: view, write the budget, or write everything; chosen by the applicant, held by the actions."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.queries import history_of
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs.models import Call
from programs.queries import effective_policy
from proposals import actions
from proposals.enums import Extent
from proposals.extents import budget_paths, changes_only_budget
from proposals.models import Proposal, ProposalUserObjectPermission
from proposals.queries import access_of, is_impartial, visible_to
from proposals.rules import extent_of
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.factories import make_call, make_proposal
from tests.proposals.helpers import asked, complete_draft, let_write
from tests.proposals.test_drafting_pages import at, hidden
from tests.races import at_once, unlocked

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
NEW_BUDGET = [{"key": "b1", "category": "travel", "name": "To Kandy", "amount_fen": "12,00x"}]


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    return complete_draft(cast, call)


def invited(draft: Proposal, cast: Cast, extent: Extent) -> None:
    one = actions.invite(proposal=draft, by=cast.pi, purpose="co_writer", email=cast.charlie.email, extent=extent)
    actions.answer_invitation(invitation=one, by=cast.charlie, accepts=True)


def save(draft: Proposal, by: Any, **parts: Any) -> Proposal:
    draft.refresh_from_db()
    return actions.save_draft(proposal=draft, by=by, data={**draft.draft, **parts}, revision=draft.revision)


ATTEMPTS: dict[str, Callable[[Proposal, Any], Any]] = {
    "budget": lambda draft, by: save(draft, by, budget_lines=NEW_BUDGET, disbursement=[], partner_allocation=[]),
    "title": lambda draft, by: save(draft, by, title_en="Another"),
    "both": lambda draft, by: save(draft, by, budget_lines=[], answers={"made": "up"}),
    "dropped": lambda draft, by: actions.save_draft(proposal=draft, by=by, data={}, revision=draft.revision),
    "attach": lambda draft, by: actions.attach_file(
        proposal=draft, by=by, kind="consortium_agreement", party_key="", filename="a.pdf", data=b"%PDF-1.4"
    ),
    "detach": lambda draft, by: actions.remove_attachment(attachment=draft.attachments.first(), by=by),
    "partner": lambda draft, by: actions.ask_partner(
        proposal=draft, by=by, party_key=draft.draft["parties"][0]["key"], name="W", email="w@p.example", language="en"
    ),
    "unlink": lambda draft, by: actions.revoke_partner_link(link=draft.partner_links.first(), by=by),
}
BEYOND = {Extent.READ: set(ATTEMPTS), Extent.BUDGET: set(ATTEMPTS) - {"budget"}, Extent.EDIT: set()}
NEVER: dict[str, Callable[[Proposal, Any], Any]] = {
    "invite": lambda draft, by: actions.invite(proposal=draft, by=by, purpose="co_writer", email="x@y.example"),
    "hand in": lambda draft, by: actions.request_endorsement(proposal=draft, by=by),
    "extent": lambda draft, by: actions.change_extent(proposal=draft, by=by, user=by, extent=Extent.EDIT),
}


@pytest.mark.parametrize("extent", Extent)
def test_each_extent_does_no_more_than_it_says(extent: Extent, cast: Cast, draft: Proposal) -> None:
    asked(draft, draft.draft["parties"][1]["key"])
    invited(draft, cast, extent)
    assert extent_of(cast.charlie, draft) == access_of(cast.charlie, draft.pk).extent == extent
    assert visible_to(cast.charlie).filter(pk=draft.pk).exists() and not is_impartial(cast.charlie, draft)
    before = Proposal.objects.get(pk=draft.pk)
    for name, attempt in ATTEMPTS.items():
        if name in BEYOND[extent]:
            with pytest.raises(Refused) as refusal:
                attempt(draft, cast.charlie)
            assert [one.code for one in refusal.value.findings] == [f"beyond_{extent}"], name
        elif name not in ("attach", "dropped"):
            attempt(draft, cast.charlie)
    for attempt in NEVER.values():
        with pytest.raises(NotVisible):
            attempt(draft, cast.charlie)
    after = Proposal.objects.get(pk=draft.pk)
    if extent != Extent.EDIT:
        assert changes_only_budget(before.draft, after.draft, effective_policy(draft.call))
    assert (after.draft == before.draft) is (extent == Extent.READ)


def test_the_programme_s_own_questions_about_money_belong_to_the_budget(cast: Cast, draft: Proposal) -> None:
    policy = effective_policy(draft.call)
    entry = next(section for section in policy.form if any(one.path == "budget_lines" for one in section.fields))
    paths = [*entry.fields, entry.fields[0].model_copy(update={"path": "answers.own_funds"})]
    asking = policy.model_copy(update={"form": (entry.model_copy(update={"fields": tuple(paths)}),)})
    assert budget_paths(asking) == {*budget_paths(policy), "answers.own_funds"}
    assert changes_only_budget({}, {"answers": {"own_funds": "5"}}, asking)
    assert not changes_only_budget({}, {"answers": {"own_funds": "5", "other": "x"}}, asking)
    assert not changes_only_budget({}, {"answers": {"own_funds": "5"}}, policy)


# ---------------------------------------------------------------- the pages
def test_a_viewer_looks_at_every_page_and_loses_nothing_that_they_send(as_: As, cast: Cast, draft: Proposal) -> None:
    let_write(draft, cast.charlie, Extent.EDIT)
    client = as_("charlie")
    page = client.get(at(draft, "edit/basics/")).text
    form = {name: hidden(page, name) for name in ("revision", "base")}
    actions.change_extent(proposal=draft, by=cast.pi, user=cast.charlie, extent=Extent.READ)
    answer = client.post(at(draft, "edit/basics/"), {**form, "title_en": "Mine alone"})
    assert answer.status_code == 409
    assert "lets you view this application" in answer.text and "Mine alone" in answer.text
    answer = client.patch(at(draft, "autosave/"), {"revision": 1, "data": {}}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    for page_key in ("basics", "parties", "budget", "payments", "attachments"):
        text = client.get(at(draft, f"edit/{page_key}/")).text
        assert "You can change nothing here" in text
        assert 'name="go"' not in text and "data-draft data-url" not in text and "/attach/" not in text
    text = client.get(at(draft)).text
    assert "Look at the form" in text and "Go on writing" not in text
    assert client.get(at(draft, "hand-in/")).status_code == 200
    for closed in ("office/", "office/form.docx", "office/budget.xlsx", "partners/", "partners/p1/", "people/"):
        assert client.get(at(draft, closed)).status_code == 404, closed


def test_a_budget_writer_writes_the_budget_s_pages(as_: As, cast: Cast, draft: Proposal) -> None:
    let_write(draft, cast.charlie, Extent.BUDGET)
    client = as_("charlie")
    assert client.get(at(draft, "edit/"), follow=True).request["PATH_INFO"] == at(draft, "edit/budget/")
    text = client.get(at(draft, "edit/budget/")).text
    assert 'name="go"' in text and 'class="locked"' not in text
    form = {name: hidden(text, name) for name in ("revision", "base")}
    answer = client.post(at(draft, "edit/budget/"), {**form, "budget_lines": ["", "n1"], "budget_lines.n1.name": "Bus"})
    assert answer.status_code == 303
    draft.refresh_from_db()
    assert [row["name"] for row in draft.draft["budget_lines"]] == ["Bus"]
    text = client.get(at(draft, "edit/basics/")).text
    assert '<fieldset class="locked" disabled>' in text and 'name="go"' not in text
    answer = client.post(at(draft, "edit/basics/"), {"revision": draft.revision, "title_en": "Not theirs"})
    assert answer.status_code == 409 and "Not theirs" in answer.text and "write the budget" in answer.text
    assert client.get(at(draft, "office/budget.xlsx")).status_code == 200
    assert client.get(at(draft, "office/form.docx")).status_code == 404
    assert "office/form.docx" not in client.get(at(draft, "office/")).text


@pytest.mark.parametrize(("language", "said"), [("en", "May edit the budget only"), ("zh-hans", "仅可编辑预算")])
def test_the_applicant_chooses_and_changes_it(language: str, said: str, as_: As, cast: Cast, draft: Proposal) -> None:
    pi, people = as_("pi", language), at(draft, "people/")
    pi.post(people, {"purpose": "co_writer", "email": cast.charlie.email, "extent": "co_budget"})
    one = draft.invitations.get()
    assert said in pi.get(people).text
    as_("charlie").post(reverse("proposals:invitation", args=["anso", one.pk]), {"then": "accept"})
    address = reverse("proposals:set_extent", args=["anso", draft.pk, cast.charlie.pk])
    assert extent_of(cast.charlie, draft) == Extent.BUDGET and address in pi.get(people).text
    assert pi.post(address, {"extent": "owner"}).status_code == 422
    for extent in (Extent.READ, Extent.READ):
        assert pi.post(address, {"extent": extent}).status_code == 303
    assert list(ProposalUserObjectPermission.objects.values_list("permission__codename", flat=True)) == ["co_read"]
    one.refresh_from_db()
    assert one.extent == Extent.READ
    told = Notice.objects.get(user=cast.charlie, kind="proposal-extent")
    assert "view" in told.title_en and "查看" in told.title_zh
    changed = [event.data for event in history_of(draft) if event.action == "proposal.change_extent"]
    assert changed == [{"user": cast.charlie.pk, "before": "co_budget", "extent": "co_read"}]
    assert pi.post(people, {"purpose": "co_writer", "email": "x@y.example", "extent": "owner"}).status_code == 422


# ---------------------------------------------------------------- at the same time
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_nothing_is_saved_after_the_right_to_is_gone(is_locked: bool, cast: Cast, clock: Any) -> None:
    """Either the text was there before the applicant took the right away, or it is refused; without the lock it is
    judged by the old right and saved when that is gone."""
    with tenant_scope(cast.anso):
        draft = make_proposal(cast, make_call(cast.anso, cast.secretary))
        let_write(draft, cast.charlie)

    def lower() -> int:
        actions.change_extent(proposal=draft, by=cast.pi, user=cast.charlie, extent=Extent.READ)
        return Proposal.objects.get(pk=draft.pk).revision

    def write() -> Any:
        return actions.save_draft(proposal=draft, by=cast.charlie, data={"title_en": "Late"}, revision=draft.revision)

    with nullcontext() if is_locked else unlocked(Proposal):
        seen, saved = at_once(cast.anso, lower, write)
    with every_tenant():
        now = Proposal.objects.get(pk=draft.pk).revision
    assert isinstance(seen, int), seen
    if is_locked:
        assert seen == now and isinstance(saved, Proposal if now > draft.revision else Refused), (seen, saved)
    else:
        assert isinstance(saved, Proposal), saved
