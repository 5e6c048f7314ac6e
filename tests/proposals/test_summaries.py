"""An institution's summary list (推荐汇总表): what stands endorsed, a page for the seal, a hash that anybody can check."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from accounts.models import Affiliation
from audit.models import Event
from core.errors import NotVisible, Refused
from documents.models import Document
from documents.qr import display_code
from documents.queries import bytes_of, current_revision, documents_of
from proposals import actions
from proposals.models import EndorsementSummary
from proposals.queries.summaries import Chapter, chapters
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.chains import at_department, chained_call, handed_in, office_at, recommends

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_scope(anso: Any, clock: Any) -> None:
    """ANSO's scope, while the call is open."""


def told(user: Any) -> dict[str, int]:
    return {one.step.key: one.applications for one in chapters(user)}


def chapter(user: Any, step: str) -> Chapter:
    return next(one for one in chapters(user) if one.step.key == step)


def issue(user: Any, step: str, language: str = "zh-hans") -> EndorsementSummary:
    return actions.issue_summary(chapter=chapter(user, step), by=user, language=language)


def test_each_institution_lists_what_it_endorsed_and_nobody_elses(cast: Cast) -> None:
    call = chained_call(cast)
    recommends(cast, cast.department)
    proposals = [handed_in(cast, call) for _ in range(3)]
    assert told(cast.office) == {}
    for one in proposals[:2]:
        actions.endorse(proposal=one, by=cast.office)
    actions.endorse(proposal=proposals[0], by=cast.recommender)
    assert told(cast.office) == {"office": 2}
    assert told(cast.recommender) == {"recommender": 1}
    for who in (cast.pi, cast.sibling_office, cast.host, cast.secretary, cast.mo):
        assert told(who) == {}
        with pytest.raises(NotVisible):
            actions.issue_summary(chapter=chapter(cast.office, "office"), by=who, language="en")


def test_what_went_back_is_not_on_it(cast: Cast) -> None:
    proposal = at_department(cast)
    assert told(cast.office) == {"office": 1}
    actions.return_to_pi(proposal=proposal, by=cast.recommender, comment="c", field_comments={})
    assert told(cast.office) == {}
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    assert told(cast.office) == {}
    actions.endorse(proposal=proposal, by=cast.office)
    actions.endorse(proposal=proposal, by=cast.recommender)
    assert (told(cast.office), told(cast.recommender)) == ({"office": 1}, {"recommender": 1})


def test_whoever_is_tied_does_not_list_it(cast: Cast) -> None:
    proposal = at_department(cast)
    actions.endorse(proposal=proposal, by=cast.recommender)
    tied = office_at("tied", cast.department)
    assert told(tied) == {"recommender": 1}
    Affiliation.objects.create(user=tied, institution=cast.nepal, kind="staff")
    assert told(tied) == {}


def test_the_paper_names_what_was_endorsed_by_its_hash(cast: Cast) -> None:
    proposal = at_department(cast)
    actions.endorse(proposal=proposal, by=cast.recommender)
    proposal.refresh_from_db()
    made = issue(cast.recommender, "recommender")
    (document,) = documents_of(made)
    assert hashlib.sha256(made.content.encode()).hexdigest() == made.sha256 == document.content_sha256
    text = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(bytes_of(current_revision(document).file))).pages
    )
    plain = "".join(text.split())
    for wanted in (
        proposal.application_number,
        proposal.handed_in.get().sha256,
        cast.department.name_zh,
        "加盖公章",
        display_code(document.code),
        made.sha256,
    ):
        assert "".join(str(wanted).split()) in plain, wanted
    assert Event.objects.filter(action="endorsement_summary.issue").count() == 1


def test_the_same_list_is_not_issued_twice(cast: Cast) -> None:
    call = make_call(cast.anso, cast.secretary)
    first, second = handed_in(cast, call), handed_in(cast, call)
    actions.endorse(proposal=first, by=cast.office)
    made = issue(cast.office, "office")
    assert issue(cast.office, "office") == made
    actions.endorse(proposal=second, by=cast.office)
    again = issue(cast.office, "office")
    assert (again.number, again.applications) == (2, 2)
    assert Document.objects.filter(kind="endorsement-summary").count() == 2


def test_nothing_endorsed_is_no_list(cast: Cast) -> None:
    proposal = at_department(cast)
    before = chapter(cast.office, "office")
    actions.return_to_pi(proposal=proposal, by=cast.recommender, comment="c", field_comments={})
    with pytest.raises(Refused):
        actions.issue_summary(chapter=before, by=cast.office, language="en")


def test_on_its_pages(cast: Cast, as_: Callable[..., Client], django_assert_max_num_queries: Any) -> None:
    call = make_call(cast.anso, cast.secretary)
    for _ in range(2):
        actions.endorse(proposal=handed_in(cast, call), by=cast.office)
    office, address = as_("office"), "/anso/proposals/endorsing/lists/"
    with django_assert_max_num_queries(40) as counted:
        assert "Issue the list" in office.get(address).content.decode()
    few = len(counted)
    for key in ("", "1 1 office", "x", f"{call.pk} {cast.lead.pk} nothing"):
        assert office.post(address, {"chapter": key}).status_code == 404
    key = f"{call.pk} {cast.lead.pk} office"
    assert office.post(address, {"chapter": key}).status_code == 302
    (made,) = EndorsementSummary.objects.all()
    answer = office.get(f"{address}{made.pk}.pdf")
    assert answer.content.startswith(b"%PDF-") and "attachment" in answer["Content-Disposition"]
    assert as_("sibling_office").get(f"{address}{made.pk}.pdf").status_code == 404
    assert as_("sibling_office").post(address, {"chapter": key}).status_code == 404
    for _ in range(28):
        actions.endorse(proposal=handed_in(cast, call), by=cast.office)
    with django_assert_max_num_queries(few + 1):  # the scans of the list issued meanwhile
        assert ">30<" in office.get(address).content.decode()
