"""The policy studio: from nothing to a published programme and call by its pages alone; nobody's typing is lost."""

import json
import tomllib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from audit.models import Event
from core.errors import NotVisible, Refused, StaleRevision
from core.tenancy import tenant_scope
from programs.actions import import_programme, publish_call
from programs.enums import DraftKind
from programs.models import Call, PolicyDraft, PolicyVersion, Programme
from programs.policy import builtin_text, parse_programme
from programs.policy.places import parse_place, part_at, shown_values, token_of
from programs.queries import effective_policy
from programs.studio import actions as drafting
from programs.studio.queries import Checked
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CONFERENCE = "anso/conference"


@pytest.fixture
def admin(cast: Cast) -> User:
    user = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=user, tenant=cast.anso, role=Role.ADMIN)
    return user


@pytest.fixture
def browser(admin: User, client: Client) -> Client:
    client.cookies["django_language"] = "en"
    client.force_login(admin)
    return client


def begun(cast: Cast, admin: User, source: str | None = None) -> PolicyDraft:
    """A draft of the conference's next version."""
    with tenant_scope(cast.anso):
        base = import_programme(tenant=cast.anso, source=builtin_text(CONFERENCE), by=cast.secretary)
        return drafting.begin_draft(
            tenant=cast.anso,
            by=admin,
            kind=DraftKind.PROGRAMME,
            slug="conference",
            source=source or base.source,
            base=base,
        )


def page(draft: PolicyDraft, name: str = "", place: str = "") -> str:
    if place:
        return reverse("programs:studio_part", args=["anso", draft.pk, place])
    return reverse(f"programs:studio_{name or 'draft'}", args=["anso", draft.pk])


def seen(draft: PolicyDraft, place: str) -> str:
    model, here = part_at(Checked(draft).root, Checked(draft).data or {}, parse_place(place))
    return token_of(shown_values(model, here))


def place_of(draft: PolicyDraft, kind: str) -> str:
    rows = tomllib.loads(draft.source)["clauses"]
    return f"clauses/{next(n for n, row in enumerate(rows) if row['kind'] == kind)}"


def posted(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, data)


def form_of(client: Client, url: str) -> dict[str, Any]:
    """What the page's form would send."""
    answer = client.get(url)
    form = answer.context["form"]
    data: dict[str, Any] = {"seen": form.token}
    for bound in form:
        value = bound.field.prepare_value(bound.initial)
        if value is True:
            data[bound.html_name] = "on"
        elif value is not False and value is not None:
            data[bound.html_name] = value
    return data


def test_a_new_funder_gets_its_first_programme_and_call_by_these_pages(client: Client):
    """Row 18: from an empty funder to a published call, without a file and without code."""
    tenant = Tenant.objects.create(
        slug="haidao", name_zh="海岛基金会", name_en="Island Fund", short_name_zh="海岛", short_name_en="Island"
    )
    boss, secretary = (User.objects.create(email=f"{one}@haidao.example", name_en=one) for one in ("boss", "sec"))
    Membership.objects.create(user=boss, tenant=tenant, role=Role.ADMIN)
    Membership.objects.create(user=secretary, tenant=tenant, role=Role.SECRETARY)
    client.force_login(boss)
    new = {"start": "blank", "slug": "island-birds", "title_zh": "海岛鸟类", "title_en": "Island birds"}
    answer = client.post("/haidao/policies/new/programme/", new)
    assert answer.status_code == 302
    draft_url = answer.url
    with tenant_scope(tenant):
        draft = PolicyDraft.objects.get()
    rows = {"owner": "", "name": "articles", "do": "add", "key": "H1", "revision": draft.revision}
    at = client.post(f"{draft_url}rows/", rows).url
    assert at.endswith("/part/articles/H1/")
    client.post(at, form_of(client, at) | {"zh": "章程第一条", "en": "Charter, article 1"})
    amount = f"{draft_url}part/clauses/0/"
    client.post(amount, form_of(client, amount) | {"article": "H1", "max_yuan": "123456"})
    with tenant_scope(tenant):
        draft.refresh_from_db()
    rows = {"owner": "", "name": "clauses", "do": "add", "kind": "partner_count", "revision": draft.revision}
    at = client.post(f"{draft_url}rows/", rows).url
    assert "minimum" in client.get(at).context["form"].fields
    assert any(one.field == "minimum" for one in client.get(at).context["findings"]), "a new rule isn't whole yet"
    client.post(at, form_of(client, at) | {"article": "H1", "minimum": "2"})
    shown = client.get(f"{draft_url}publish/")
    assert not shown.context["problems"]
    answer = client.post(f"{draft_url}publish/", {"revision": shown.context["draft"].revision})
    assert answer.status_code == 302
    with tenant_scope(tenant):
        version = PolicyVersion.objects.get()
        policy = parse_programme(version.source)
        assert (policy.name, policy.title_zh, version.number) == ("haidao/island-birds", "海岛鸟类", 1)
        assert next(one.article for one in policy.clauses) == "H1" and policy.clauses[-1].minimum == 2
        assert not PolicyDraft.objects.exists()
    call = {
        "programme": version.pk, "slug": "2027-birds", "title_zh": "二〇二七鸟类", "title_en": "Birds 2027",
        "opens": "2027-03-01", "closes": "2027-04-30",
    }  # fmt: skip
    call_url = client.post("/haidao/policies/new/call/", call).url
    at = f"{call_url}part/call/"
    client.post(at, form_of(client, at) | {"closes": "2027-05-31 24:00"})
    shown = client.get(f"{call_url}publish/")
    assert not shown.context["problems"]
    answer = client.post(f"{call_url}publish/", {"revision": shown.context["draft"].revision})
    with tenant_scope(tenant):
        made = Call.objects.get()
        assert answer.url == f"/haidao/calls/{made.pk}/" and made.state == "drafting"
        assert effective_policy(made).call.closes == "2027-05-31 24:00"
        assert publish_call(call=made, by=secretary).state == "open"
        assert {"policy.begin", "policy.publish", "programme.import", "call.open"} <= set(
            Event.objects.values_list("action", flat=True)
        )
    client.logout()
    assert "Birds 2027" in client.get(f"/haidao/calls/{made.pk}/", headers={"accept-language": "en"}).content.decode()


def test_a_running_call_keeps_the_version_it_was_made_with(cast: Cast, admin: User):
    from tests.factories import make_call

    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        before = effective_policy(call).sha256
        base = call.policy_version
        text = base.source.replace("max_yuan = 4_000_000", "max_yuan = 5_000_000")
        draft = drafting.begin_draft(
            tenant=cast.anso, by=admin, kind="programme", slug=base.programme.slug, source=text, base=base
        )
        version = drafting.publish_draft(draft=draft, by=admin, revision=1)
        assert isinstance(version, PolicyVersion) and version.number == base.number + 1
        call = Call.objects.select_related("policy_version").get(pk=call.pk)
        assert call.policy_version == base and effective_policy(call).sha256 == before
        newer = make_call(cast.anso, cast.secretary, slug="later", state="drafting")
        assert newer.pk and Programme.objects.get(slug=base.programme.slug).versions.count() == 2


def test_a_new_call_takes_the_funder_s_newest_version_not_the_portal_s(cast: Cast, admin: User):
    from programs.actions import open_call

    draft = begun(cast, admin)
    with tenant_scope(cast.anso):
        text = draft.source.replace("max_yuan = 300_000", "max_yuan = 350_000")
        drafting.save_text(draft=draft, by=admin, source=text, revision=1)
        drafting.publish_draft(draft=draft, by=admin, revision=2)
        call = open_call(tenant=cast.anso, source=builtin_text("anso/calls/2021-conference"), by=cast.secretary)
        assert call.policy_version.number == 2
        assert any(getattr(one, "max_yuan", 0) == 350_000 for one in effective_policy(call).clauses)


def test_only_an_administrator_of_the_funder_writes(cast: Cast, admin: User):
    draft = begun(cast, admin)
    with tenant_scope(cast.anso):
        for by in (cast.secretary, cast.director, cast.pi):
            for act in (
                lambda by=by: drafting.save_text(draft=draft, by=by, source="", revision=1),
                lambda by=by: drafting.publish_draft(draft=draft, by=by, revision=1),
                lambda by=by: drafting.discard_draft(draft=draft, by=by),
                lambda by=by: drafting.begin_draft(tenant=cast.anso, by=by, kind="programme", slug="x", source="x"),
            ):
                with pytest.raises(NotVisible):
                    act()


def test_a_form_changes_one_value_and_keeps_the_rest_of_the_text(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    url = page(draft, place=place_of(draft, "amount"))
    assert posted(browser, url, **(form_of(browser, url) | {"max_yuan": "250000"})).status_code == 302
    with tenant_scope(cast.anso):
        after = PolicyDraft.objects.get()
    before, new = draft.source.splitlines(), after.source.splitlines()
    assert [b for a, b in zip(before, new, strict=True) if a != b] == ["max_yuan = 250000"]
    assert after.revision == 2 and after.edited_by == admin
    shown = browser.get(page(draft, "changes")).content.decode()
    assert "Total at most CNY 250,000" in shown.replace("<ins>", "").replace("</ins>", "") and "A5.5" in shown


def test_a_value_of_the_wrong_kind_stays_in_the_form_and_a_wrong_limit_is_told_at_its_field(
    cast: Cast, admin: User, browser: Client
):
    draft = begun(cast, admin)
    url = page(draft, place=place_of(draft, "amount"))
    answer = posted(browser, url, **(form_of(browser, url) | {"max_yuan": "a lot"}))
    assert answer.status_code == 422 and b'value="a lot"' in answer.content
    posted(browser, url, **(form_of(browser, url) | {"max_yuan": "-5"}))
    answer = browser.get(url)
    (finding,) = answer.context["findings"]
    assert finding.field == "max_yuan" and "Line " in finding.message_en and "不小于零" in finding.message_zh
    assert b"field-max_yuan" in answer.content
    assert browser.get(page(draft, "publish")).context["policy"] is None
    with tenant_scope(cast.anso), pytest.raises(Refused, match="max_yuan"):
        drafting.publish_draft(draft=draft, by=admin, revision=2)


def test_two_tabs_on_different_parts_both_save_and_on_the_same_part_nothing_is_lost(
    cast: Cast, admin: User, browser: Client
):
    draft = begun(cast, admin)
    one, other = page(draft, place=place_of(draft, "amount")), page(draft, place="acceptance")
    first, second, third = form_of(browser, one), form_of(browser, other), form_of(browser, one)
    assert posted(browser, one, **(first | {"max_yuan": "111"})).status_code == 302
    assert posted(browser, other, **(second | {"months": "7"})).status_code == 302
    answer = posted(browser, one, **(third | {"max_yuan": "222"}))
    assert answer.status_code == 409 and b'value="222"' in answer.content
    assert ("Most (yuan)", 111) in [(str(name), value) for name, value in answer.context["present"]]
    token = answer.context["form"].token
    assert posted(browser, one, **(third | {"max_yuan": "222", "seen": token})).status_code == 302
    with tenant_scope(cast.anso):
        data = tomllib.loads(PolicyDraft.objects.get().source)
    assert data["acceptance"]["months"] == 7 and any(row.get("max_yuan") == 222 for row in data["clauses"])


def test_what_is_typed_into_a_part_that_was_removed_is_shown(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    count = len(tomllib.loads(draft.source)["clauses"])
    url = page(draft, place=f"clauses/{count - 1}")
    typed = form_of(browser, url)
    remove = {"owner": "", "name": "clauses", "do": "remove", "key": str(count - 1), "revision": "1"}
    assert posted(browser, page(draft, "rows"), **remove).status_code == 302
    answer = posted(browser, url, **(typed | {"article": "A99"}))
    assert answer.status_code == 409 and b"A99" in answer.content


def test_a_stale_text_gets_both_texts_and_a_second_saving_takes_the_typed_one(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    url = page(draft, "text")
    mine, theirs = draft.source + "# mine\n", draft.source + "# theirs\n"
    assert posted(browser, url, source=theirs, revision="1").status_code == 302
    answer = posted(browser, url, source=mine, revision="1")
    body = answer.content.decode()
    assert answer.status_code == 409 and "# mine" in body and "# theirs" in body
    assert posted(browser, url, source=mine, revision="2").status_code == 302
    with tenant_scope(cast.anso):
        assert PolicyDraft.objects.get().source == mine


def test_rows_by_a_stale_page_change_nothing(cast: Cast, admin: User):
    draft = begun(cast, admin)
    with tenant_scope(cast.anso):
        drafting.save_text(draft=draft, by=admin, source=draft.source + "\n", revision=1)
        for do in drafting.ROW_MOVES:
            with pytest.raises(StaleRevision):
                drafting.change_rows(
                    draft=draft, by=admin, place=(), name="clauses", do=do, key="0", revision=1, new={}
                )


@pytest.mark.parametrize(
    "text", ["this is [no toml", "", 'schema_version = 1\narticles = 3\nclauses = [1, "x"]', "form = [[1]]"]
)
def test_a_draft_may_be_wrong_and_every_page_still_answers(cast: Cast, admin: User, browser: Client, text: str):
    draft = begun(cast, admin)
    assert posted(browser, page(draft, "text"), source=text, revision="1").status_code == 302
    for url in [page(draft, name) for name in ("draft", "text", "changes", "try", "publish")]:
        answer = browser.get(url, follow=True)
        assert answer.status_code == 200 and answer.context["problems"], url
    for place in (
        "articles",
        "clauses",
        "form",
        "form/0",
        "clauses/0",
        "book",
        "book/parts",
        "no/such",
        "0",
        "a" * 300,
    ):
        assert browser.get(page(draft, place=place)).status_code in (200, 302, 404), place
    for problem in browser.get(page(draft, "text")).context["problems"]:
        assert problem.problem.reason_zh
    answer = posted(browser, page(draft, "publish"), revision="2")
    assert answer.status_code == 409
    with tenant_scope(cast.anso):
        assert PolicyVersion.objects.count() == 1


def test_publishing_is_refused_when_a_newer_version_came_or_nothing_changed(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    with tenant_scope(cast.anso):
        with pytest.raises(Refused, match="nothing_changed|says the same"):
            drafting.publish_draft(draft=draft, by=admin, revision=1)
        text = draft.source.replace("max_yuan = 300_000", "max_yuan = 310_000")
        import_programme(tenant=cast.anso, source=text, by=cast.secretary)
        drafting.save_text(draft=draft, by=admin, source=draft.source.replace("300_000", "320_000"), revision=1)
        with pytest.raises(Refused, match="Version 2"):
            drafting.publish_draft(draft=draft, by=admin, revision=2)
    assert b"There is a newer version" in browser.get(page(draft, "publish")).content
    assert posted(browser, page(draft, "rebase")).status_code == 302
    with tenant_scope(cast.anso):
        draft = PolicyDraft.objects.get()
        assert drafting.publish_draft(draft=draft, by=admin, revision=3).number == 3


def test_a_draft_can_not_become_another_programme_s_or_funder_s(cast: Cast, admin: User):
    draft = begun(cast, admin)
    with tenant_scope(cast.anso):
        for old, new in (
            ('programme = "conference"', 'programme = "training"'),
            ('tenant = "anso"', 'tenant = "most"'),
        ):
            PolicyDraft.objects.update(source=draft.source.replace(old, new))
            with pytest.raises(Refused, match="it must be"):
                drafting.publish_draft(draft=draft, by=admin, revision=1)


def test_trying_a_sample_and_an_uploaded_dossier(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    url = page(draft, "try")
    answer = posted(browser, url, sample=f"{CONFERENCE}:0")
    assert answer.context["trial"].is_clear
    options = answer.context["form"].fields["sample"].choices[1][1]
    key = next(key for key, words in options if "A5.5 amount" in str(words))
    answer = posted(browser, url, sample=key)
    assert b"A5.5:amount:budget_lines" in answer.content
    upload = SimpleUploadedFile("d.json", json.dumps({"title_zh": "试", "end_date": "someday"}).encode())
    answer = posted(browser, url, upload=upload, stage="draft")
    assert [one.path for one in answer.context["trial"].problems] == ["end_date"]
    for bad in (b"{", b"[1]", b"[" * 100_000, b"\xff"):
        answer = posted(browser, url, upload=SimpleUploadedFile("d.json", bad))
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "data",
    [
        {"owner": "no", "name": "clauses", "do": "add"},
        {"owner": "", "name": "title_zh", "do": "add"},
        {"owner": "", "name": "clauses", "do": "explode", "key": "0"},
        {"owner": "", "name": "clauses", "do": "remove", "key": "99"},
        {"owner": "", "name": "clauses", "do": "remove", "key": "-1"},
        {"owner": "", "name": "articles", "do": "add", "key": "A4"},
        {"owner": "", "name": "articles", "do": "remove", "key": "Z1"},
        {"owner": "", "name": "articles", "do": "up", "key": "A4"},
        {},
    ],
)
def test_orders_that_make_no_sense_change_nothing(cast: Cast, admin: User, browser: Client, data: dict[str, str]):
    draft = begun(cast, admin)
    assert posted(browser, page(draft, "rows"), **(data | {"revision": "1"})).status_code == 302
    with tenant_scope(cast.anso):
        assert PolicyDraft.objects.get().revision == 1


def test_rows_are_added_moved_and_removed(cast: Cast, admin: User, browser: Client):
    draft = begun(cast, admin)
    before = tomllib.loads(draft.source)

    def act(**data: str) -> dict[str, Any]:
        with tenant_scope(cast.anso):
            revision = PolicyDraft.objects.get().revision
        posted(browser, page(draft, "rows"), **(data | {"revision": str(revision)}))
        with tenant_scope(cast.anso):
            return tomllib.loads(PolicyDraft.objects.get().source)

    after = act(owner="", name="checklist", do="down", key="0")
    assert after["checklist"][1] == before["checklist"][0] and len(after["checklist"]) == len(before["checklist"])
    after = act(owner="form/0", name="fields", do="remove", key="0")
    assert after["form"][0]["fields"] == before["form"][0]["fields"][1:]
    after = act(owner="", name="silences", do="add")
    assert after["silences"][-1] == {}
    after = act(owner="", name="acknowledgement", do="remove")
    assert "acknowledgement" not in after
    after = act(owner="", name="acknowledgement", do="add")
    assert after["acknowledgement"] == {}
    after = act(owner="", name="articles", do="add", key="X.1")
    assert after["articles"]["X.1"] == {}


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_asks_the_same_number_of_queries(
    cast: Cast, admin: User, browser: Client, many: int, django_assert_max_num_queries: Any
):
    with tenant_scope(cast.anso):
        base = import_programme(tenant=cast.anso, source=builtin_text(CONFERENCE), by=cast.secretary)
        for number in range(many):
            text = base.source.replace('programme = "conference"', f'programme = "conference{number}"')
            import_programme(tenant=cast.anso, source=text, by=cast.secretary)
            drafting.begin_draft(tenant=cast.anso, by=admin, kind="programme", slug=f"new-{number}", source=text)
    with django_assert_max_num_queries(14):
        assert browser.get("/anso/policies/").status_code == 200
