"""A partner's contact writes its own part by a link and confirms it: what they see, what they can't, what it costs."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from core.errors import NotVisible, Refused, WrongState
from core.logs import HideTokens
from core.tenancy import tenant_scope
from notifications.dispatch import try_effect
from notifications.models import Effect, Mail, Notice
from programs.models import Call
from proposals import actions
from proposals.actions.partnering import token_of
from proposals.models import Attachment, PartnerConfirmation, PartnerLink, Proposal
from proposals.queries import draft_dossier
from proposals.queries.partners import confirmed_in_words, hash_of, link_of, standings
from proposals.views import part as part_views
from tests.cast import Cast
from tests.documents.test_checks import pdf
from tests.proposals.helpers import asked, complete_draft, let_write

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
PDF = pdf()
WHO = {"name": "Wanjiku Kamau", "position": "Director of research", "agrees": "on"}
ME = "Wanjiku Kamau, Director of research"


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    """A whole draft with three partners: ke, np, cn."""
    return complete_draft(cast, call)


@pytest.fixture
def contact() -> Client:
    """A browser without an account, in English."""
    return Client(headers={"accept-language": "en"})


def at(link: PartnerLink, rest: str = "") -> str:
    return f"/anso/proposals/partner/{token_of(link)}/{rest}"


def fields(client: Client, link: PartnerLink) -> dict[str, Any]:
    """What the page's form would post as it was given out."""
    text = client.get(at(link)).text
    form: dict[str, Any] = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', text.split('id="part-form"')[1].split("</form>")[0]):
        name, value = (re.search(rf'{one}="([^"]*)"', tag) for one in ("name", "value"))
        if name:
            form.setdefault(name[1], []).append(value[1] if value else "")
    form |= dict(re.findall(r'<input class="form-control"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', text))
    form |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', text, re.S))
    return {name: value for name, value in form.items() if "__key__" not in name}


def confirm(client: Client, link: PartnerLink, **more: Any) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', client.get(at(link, "confirm/")).text)
    return client.post(at(link, "confirm/"), WHO | {"seen": seen[1] if seen else ""} | more)


def words(proposal: Proposal) -> str:
    proposal.refresh_from_db()
    return confirmed_in_words(standings(proposal, draft_dossier(proposal)[0]))


def change(proposal: Proposal, **row: Any) -> None:
    """The PI changes the Kenyan partner's row."""
    proposal.refresh_from_db()
    parties = [one | (row if one["key"] == "ke" else {}) for one in proposal.draft["parties"]]
    actions.save_draft(
        proposal=proposal, by=proposal.pi, data=proposal.draft | {"parties": parties}, revision=proposal.revision
    )


# ---------------------------------------------------------------- the letter
def test_the_letter_carries_the_link_and_nothing_else_does(
    cast: Cast, draft: Proposal, as_: As, contact: Client, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"key": "ke", "name": "Wanjiku Kamau", "email": "W.Kamau@partner.example", "language": "en"}
    answer = as_("pi").post(f"/anso/proposals/{draft.pk}/partners/", form)
    assert (answer.status_code, answer["Location"]) == (303, f"/anso/proposals/{draft.pk}/partners/#partner-ke")
    for effect in Effect.objects.filter(kind="partner-link"):
        assert try_effect(cast.anso, effect.pk)
    (letter,) = (one for one in mail.outbox if one.to == ["w.kamau@partner.example"])
    found = re.search(r"http://localhost:8000(/anso/proposals/partner/[\w-]+/)", str(letter.body))
    assert found and "Dear Wanjiku Kamau" in letter.body
    assert contact.get(found[1]).status_code == 200
    token = found[1].split("/")[-2]
    models: list[Any] = [PartnerLink, Mail, Effect, Event, Notice]
    assert token not in str([list(model.objects.values()) for model in models])
    caplog.handler.addFilter(HideTokens())
    logging.getLogger("django.request").warning("Not Found: %s", found[1])
    assert token not in caplog.text and "/partner/***/" in caplog.text


def test_wrong_addresses_are_refused_beside_their_field(draft: Proposal, as_: As) -> None:
    form = {"key": "np", "name": "", "email": "nobody", "language": "fr"}
    answer = as_("pi", "zh-hans").post(f"/anso/proposals/{draft.pk}/partners/", form)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3 and "nobody" in answer.text
    assert not PartnerLink.objects.exists()


# ---------------------------------------------------------------- what they see
def test_they_see_their_own_part_and_nothing_of_anybody_else(
    draft: Proposal, contact: Client, cast: Cast, as_: As
) -> None:
    link = asked(draft, "ke")
    let_write(draft, cast.charlie)
    for address in (at(link), at(link, "confirm/")):
        text = contact.get(address).text
        assert cast.kenya.name_en in text or cast.nepal.name_en in text
        own = draft_dossier(draft)[0].party("ke")
        assert own is not None and own.name_en in text
        others = [one for one in draft_dossier(draft)[0].parties if one.key != "ke"]
        hidden = [one.name_en for one in others] + [one.contact.email for one in others if one.contact.email]
        hidden += ["陈望舒", "周南", "土壤水分自动站", cast.charlie.email, "1,200,000"]
        hidden += [cast.pi.email, one_file(draft, "np")]
        assert [word for word in hidden if word and word in text.replace(token_of(link), "")] == []
        assert "Wanjiru Otieno" in text
        assert contact.get(address)["Cache-Control"].count("no-store") == 1


def one_file(draft: Proposal, key: str) -> str:
    return next((file.filename for file in draft.attachments.all() if file.party_key == key), "")


def test_somebody_without_scripts_writes_adds_people_and_confirms(draft: Proposal, contact: Client, cast: Cast) -> None:
    link = asked(draft, "ke")
    form = fields(contact, link)
    form |= {"parties.ke.role": "Field work in three counties.", "parties.ke.matching_fen": "250,000", "go": "confirm"}
    answer = contact.post(at(link), form)
    assert (answer.status_code, answer["Location"]) == (303, at(link, "confirm/"))
    answer = contact.post(at(link), fields(contact, link) | {"add_row": "participants"})
    added = answer["Location"].split("?add=")[1].split("#")[0]
    page = contact.get(answer["Location"]).text
    assert f'name="{added}.name"' in page
    key = added.split(".")[1]
    form = fields(contact, link)
    form["participants"] = [*form["participants"], key]
    contact.post(
        at(link), form | {f"{added}.name": "Amina Yusuf", f"{added}.role": "Soil maps", f"{added}.is_main": ""}
    )
    draft.refresh_from_db()
    dossier, _ = draft_dossier(draft)
    own = dossier.party("ke")
    assert own is not None and (own.role, own.matching_fen) == ("Field work in three counties.", 25_000_000)
    people = [(one.name, one.party_key) for one in dossier.participants]
    assert people == [("陈望舒", "lead"), ("Wanjiru Otieno", "ke"), ("Amina Yusuf", "ke"), ("周南", "cn")]

    answer = confirm(contact, link)
    assert answer.status_code == 303
    made = PartnerConfirmation.objects.get()
    assert (made.name, made.position, made.sha256) == (*ME.split(", "), hash_of(dossier, "ke"))
    assert ME in contact.get(at(link)).text.replace("\n", " ")
    assert words(draft) == "1 of 3 partners have confirmed"
    assert Notice.objects.filter(user=cast.pi, kind="partner-confirmed").count() == 1
    event = Event.objects.get(action="proposal.partner_confirm")
    assert event.actor is None and event.data["sha256"] == made.sha256 and event.data["link"] == link.pk
    assert contact.post(at(link, "confirm/"), WHO | {"seen": made.sha256}).status_code == 303  # a second click
    assert PartnerConfirmation.objects.count() == 1


@pytest.mark.parametrize("what", ["role", "participant", "file", "removed"])
def test_any_later_change_voids_the_confirmation_for_all_to_see(
    what: str, draft: Proposal, contact: Client, as_: As
) -> None:
    link = asked(draft, "ke")
    assert confirm(contact, link).status_code == 303
    if what == "role":
        change(draft, role="Something else.")
    elif what == "participant":
        form = fields(contact, link)
        contact.post(at(link), form | {"participants.p2.months_per_year": "11"})
    elif what == "file":
        letter = next(row for row in draft.attachments.all() if row.party_key == "ke")
        actions.remove_attachment(attachment=letter, by=draft.pi)
    else:
        parties = [one for one in draft.draft["parties"] if one["key"] != "ke"]
        data = draft.draft | {"parties": parties}
        actions.save_draft(proposal=draft, by=draft.pi, data=data, revision=draft.revision)
        assert words(draft) == "" and contact.get(at(link)).status_code == 404
        return
    assert words(draft) == "0 of 3 partners have confirmed"
    rail = as_("pi").get(f"/anso/proposals/{draft.pk}/edit/parties/").text
    assert "Changed after it was confirmed" in rail and rail.count("0 of 3 partners have confirmed") == 2
    assert "no longer counts" in contact.get(at(link)).text


def test_what_was_not_theirs_to_change_stays(draft: Proposal, contact: Client) -> None:
    """Another partner's row, others' people under any key, the link to the directory, a field of the whole draft."""
    link, before = asked(draft, "ke"), draft_dossier(draft)[0]
    form = fields(contact, link)
    form["parties"] = [*form["parties"], "np"]
    form["participants"] = [*form["participants"], "p3"]
    form |= {"parties.np.role": "Nothing.", "parties.ke.institution_id": "1", "title_en": "Ours"}
    form |= {"participants.p3.name": "Intruder", "participants.p3.party_key": "np", "participants.p2.party_key": "lead"}
    assert contact.post(at(link), form).status_code == 303
    draft.refresh_from_db()
    after, now = draft.draft, draft_dossier(draft)[0]
    assert now.parties == before.parties and now.title_en == before.title_en
    people = {one["key"]: one for one in after["participants"]}
    assert (people["p3"]["name"], people["p2"]["party_key"]) == ("周南", "ke")
    assert [one["party_key"] for one in people.values() if one["name"] == "Intruder"] == ["ke"]
    with pytest.raises(NotVisible):
        actions.save_part(link=link, data=after | {"title_en": "Ours"}, revision=draft.revision)


# ---------------------------------------------------------------- two at once
def test_both_write_at_the_same_time_and_no_text_is_lost(draft: Proposal, contact: Client, as_: As) -> None:
    link = asked(draft, "ke")
    form = fields(contact, link)
    draft.refresh_from_db()
    actions.save_draft(
        proposal=draft, by=draft.pi, data=draft.draft | {"title_en": "Elsewhere"}, revision=draft.revision
    )
    assert contact.post(at(link), form | {"parties.ke.role": "The partner's words."}).status_code == 303
    draft.refresh_from_db()
    assert draft.draft["title_en"] == "Elsewhere"
    form = fields(contact, link)
    change(draft, role="The applicant's words.")
    answer = contact.post(at(link), form | {"parties.ke.role": "The partner's other words."})
    assert answer.status_code == 409
    assert "The applicant&#x27;s words." in answer.text and "The partner&#x27;s other words." in answer.text
    both = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
    choose = {name: value for name, value in both.items() if name in ("revision", "base")} | {"resolve": "fields"}
    choose |= {"parties": "ke", "parties.ke.role": "The partner's other words.", "choice:parties.ke.role": "mine"}
    assert contact.post(at(link), choose).status_code == 303
    draft.refresh_from_db()
    role = next(one["role"] for one in draft.draft["parties"] if one["key"] == "ke")
    assert role == "The partner's other words."


def test_what_changed_between_reading_and_confirming_is_not_confirmed(draft: Proposal, contact: Client) -> None:
    link = asked(draft, "ke")
    seen = re.search(r'name="seen" value="(\w+)"', contact.get(at(link, "confirm/")).text)
    assert seen
    change(draft, role="Not what they read.")
    answer = contact.post(at(link, "confirm/"), WHO | {"seen": seen[1]})
    assert answer.status_code == 409 and "Something was changed" in answer.text and "Kamau" in answer.text
    change(draft, matching_fen="about a million")
    answer = confirm(contact, link)
    assert answer.status_code == 409 and not PartnerConfirmation.objects.exists()
    answer = contact.post(at(link, "confirm/"), {"name": "x" * 301, "position": "", "seen": "no"})
    assert answer.status_code == 422 and answer.text.count('aria-invalid="true"') == 3


# ---------------------------------------------------------------- how it ends
@pytest.mark.parametrize("how", ["revoked", "replaced", "expired", "handed in", "withdrawn"])
def test_a_dead_link_opens_nothing_and_shows_what_was_typed(
    how: str, draft: Proposal, contact: Client, cast: Cast, clock: Any
) -> None:
    link = asked(draft, "ke")
    form = fields(contact, link) | {"parties.ke.role": "Typed in vain."}
    assert confirm(contact, link).status_code == 303
    if how == "revoked":
        actions.revoke_partner_link(link=link, by=cast.pi)
    elif how == "replaced":
        asked(draft, "ke")
    elif how == "expired":
        clock.forward(days=cast.anso.invitation_days)
    elif how == "handed in":
        actions.request_endorsement(proposal=draft, by=cast.pi)
        actions.return_to_pi(proposal=draft, by=cast.office, comment="Again.", field_comments={})
    else:
        actions.withdraw(proposal=draft, by=cast.pi)
    answer = contact.post(at(link), form)
    assert answer.status_code == 404 and "Typed in vain." in answer.text
    for rest in ("", "confirm/"):
        assert contact.get(at(link, rest)).status_code == 404
    with pytest.raises(NotVisible):
        actions.confirm_part(link=link, seen_sha256="", name="W", position="D")
    assert words(draft) == ("" if how == "revoked" else "1 of 3 partners have confirmed")


def test_guessing_is_slowed(draft: Proposal, contact: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    link = asked(draft, "ke")
    with pytest.raises(NotVisible):
        link_of("guess")
    monkeypatch.setattr(part_views, "MOST_MISSES", 3)
    answers = [contact.get(f"/anso/proposals/partner/guess-{n}/").status_code for n in range(4)]
    assert answers == [404, 404, 404, 429]
    assert contact.get(at(link)).status_code == 429
    monkeypatch.setattr(part_views, "MOST_WRITES", 1)
    other = Client(REMOTE_ADDR="203.0.113.9")
    assert [other.post(at(link), {}).status_code for _ in range(2)] == [303, 429]


def test_who_may_send_and_take_back(draft: Proposal, cast: Cast) -> None:
    kwargs = {"party_key": "np", "name": "A", "email": "a@partner.example", "language": "en"}
    with pytest.raises(NotVisible):
        actions.ask_partner(proposal=draft, by=cast.charlie, **kwargs)
    let_write(draft, cast.charlie)
    link = actions.ask_partner(proposal=draft, by=cast.charlie, **kwargs)
    with pytest.raises(NotVisible):
        actions.ask_partner(proposal=draft, by=cast.pi, **kwargs | {"party_key": "nowhere"})
    for own in (cast.pi.email.upper(), cast.charlie.email):
        with pytest.raises(Refused, match="applicant's side"):
            actions.ask_partner(proposal=draft, by=cast.pi, **kwargs | {"email": own})
    with pytest.raises(NotVisible):
        actions.revoke_partner_link(link=link, by=cast.stranger)
    actions.request_endorsement(proposal=draft, by=cast.pi)
    with pytest.raises(WrongState):
        actions.revoke_partner_link(link=link, by=cast.pi)


# ---------------------------------------------------------------- files
def test_a_foreign_partner_uploads_its_letter_and_nobody_elses(draft: Proposal, contact: Client) -> None:
    for row in Attachment.objects.filter(proposal=draft, party_key="ke"):
        actions.remove_attachment(attachment=row, by=draft.pi)
    link = asked(draft, "ke")
    assert "missing" in contact.get(at(link)).text
    upload = SimpleUploadedFile("will.pdf", PDF, "application/pdf")
    kind = re.search(
        r'name="kind" value="(\w+)"|<option value="(\w+)">', contact.get(at(link)).text.split('id="files"')[1]
    )
    assert kind
    answer = contact.post(at(link, "attach/"), {"kind": kind[1] or kind[2], "file": upload})
    assert answer.status_code == 303
    held = Attachment.objects.get(proposal=draft, party_key="ke", removed_at=None)
    assert (held.uploaded_through, held.uploaded_by) == (link, draft.pi)
    assert contact.get(at(link, f"files/{held.pk}/")).content == PDF
    wrong = SimpleUploadedFile("will.pdf", b"MZ not a pdf", "application/pdf")
    assert contact.post(at(link, "attach/"), {"kind": kind[1] or kind[2], "file": wrong}).status_code == 422
    assert contact.post(at(link, "attach/"), {}).status_code == 422
    with pytest.raises(NotVisible):
        actions.attach_to_part(link=link, kind="stamped_pdf", filename="a.pdf", data=PDF)
    strangers = Attachment.objects.filter(proposal=draft, removed_at=None).exclude(pk=held.pk).first()
    assert strangers is not None
    assert contact.get(at(link, f"files/{strangers.pk}/")).status_code == 404
    assert contact.post(at(link, f"files/{held.pk}/")).status_code == 303
    assert not Attachment.objects.filter(proposal=draft, party_key="ke", removed_at=None).exists()
    with pytest.raises(NotVisible):  # a partner at home owes no such letter (B2.3)
        actions.attach_to_part(link=asked(draft, "cn"), kind=kind[1] or kind[2], filename="a.pdf", data=PDF)


def test_a_partner_without_a_name_is_not_asked(draft: Proposal, cast: Cast) -> None:
    parties = [*draft.draft["parties"], {"key": "new", "country": "KE"}]
    actions.save_draft(proposal=draft, by=cast.pi, data=draft.draft | {"parties": parties}, revision=draft.revision)
    with pytest.raises(Refused):
        asked(draft, "new")


def test_the_letter_s_language_is_the_page_s_until_they_choose(draft: Proposal) -> None:
    link, browser = asked(draft, "ke", language="zh-hans"), Client(headers={"accept-language": "en"})
    with tenant_scope(draft.tenant):
        assert '<html lang="zh-Hans"' in browser.get(at(link)).text
        browser.post("/i18n/set-language/", {"language": "en"})
        browser.cookies["django_language"] = "en"
        assert '<html lang="en"' in browser.get(at(link)).text


# ---------------------------------------------------------------- cost
def test_pages_cost_the_same_with_many_partners_and_people(draft: Proposal, contact: Client, as_: As) -> None:
    link, pi = asked(draft, "ke"), as_("pi")
    contact.get(at(link))  # the first time is remembered
    counts = []
    for many in (1, 30):
        draft.refresh_from_db()
        parties = [one for one in draft.draft["parties"] if one["key"] in ("ke", "np", "cn")]
        parties += [{"key": f"x{n}", "name_en": f"Institute {n}", "country": "KE"} for n in range(many)]
        people = [{"key": f"m{n}", "name": f"Person {n}", "party_key": "ke"} for n in range(many)]
        data = draft.draft | {"parties": parties, "participants": people}
        draft = actions.save_draft(proposal=draft, by=draft.pi, data=data, revision=draft.revision)
        for n in range(many):
            asked(draft, f"x{n}")
        with CaptureQueriesContext(connection) as asking:
            assert pi.get(f"/anso/proposals/{draft.pk}/partners/").status_code == 200
        with CaptureQueriesContext(connection) as writing:
            assert contact.get(at(link)).status_code == 200
        counts.append((len(asking), len(writing)))
    assert counts[0] == counts[1] and max(counts[0]) <= 20, counts
