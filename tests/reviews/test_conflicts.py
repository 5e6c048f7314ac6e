"""Who must stay out (A16): each rule with a case that it catches and one that it must not."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.models import User
from core.errors import NotVisible, Refused
from programs.dossier import Contact, Dossier, Participant
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.conflicts import evidence_for
from reviews.email_domains import institutional_domain, share_domain
from reviews.enums import AssignmentState, ConflictKind, ConflictSource
from reviews.models import Assignment, Conflict, Expert
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers

Change = Callable[[Cast, User, Dossier], Dossier | None]


def _employ(place: str, **more: Any) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> None:
        helpers.employ(person, getattr(cast, place), **more)

    return change


def _relatives(child: str, parent: str, works_at: str) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> None:
        place = getattr(cast, child)
        place.parent = getattr(cast, parent)
        place.save()
        helpers.employ(person, getattr(cast, works_at))

    return change


def _person(**fields: str) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> None:
        for name, value in fields.items():
            setattr(person, name, value)
        person.save()

    return change


def _siblings(cast: Cast, person: User, dossier: Dossier) -> None:
    for place in (cast.lead, cast.sibling):
        place.parent = cast.secretariat
        place.save()
    helpers.employ(person, cast.sibling)


def _participant(cast: Cast, person: User, dossier: Dossier) -> Dossier:
    row = Participant(key="px", name="Somebody", user_id=person.pk)
    return dossier.model_copy(update={"participants": (*dossier.participants, row)})


def _contact(email: str) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> Dossier:
        contact = Contact(name="Contact Person", email=email)
        first = dossier.parties[0].model_copy(update={"contact": contact})
        return dossier.model_copy(update={"parties": (first, *dossier.parties[1:])})

    return change


def _unlisted_party(cast: Cast, person: User, dossier: Dossier) -> Dossier:
    first = dossier.parties[0].model_copy(
        update={"institution_id": None, "name_en": "Kandy  Institute of food research"}
    )
    helpers.employ(person, cast.lanka)
    return dossier.model_copy(update={"parties": (first, *dossier.parties[1:])})


def _orcid(own: str, theirs: str) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> Dossier:
        _person(orcid=own)(cast, person, dossier)
        return dossier.model_copy(update={"pi": dossier.pi.model_copy(update={"orcid": theirs})})

    return change


def _both(*changes: Change) -> Change:
    def change(cast: Cast, person: User, dossier: Dossier) -> Dossier:
        for one in changes:
            dossier = one(cast, person, dossier) or dossier
        return dossier

    return change


CONFLICTS: dict[str, tuple[str, Change]] = {
    "works at the lead institution": (ConflictKind.INSTITUTION, _employ("lead")),
    "works at a partner": (ConflictKind.INSTITUTION, _employ("nepal")),
    "left the lead a year ago": (ConflictKind.INSTITUTION, _employ("lead", until_date=date(2020, 7, 1))),
    "works at the lead's parent": (ConflictKind.INSTITUTION, _relatives("lead", "secretariat", "secretariat")),
    "works at a child of a partner": (ConflictKind.INSTITUTION, _relatives("lanka", "nepal", "lanka")),
    "works at a partner known by name only": (ConflictKind.INSTITUTION, _unlisted_party),
    "is a participant by account": (ConflictKind.PERSON, _participant),
    "has the PI's Chinese name": (ConflictKind.PERSON, _person(name_zh="裴山")),
    "has the PI's Latin name, written otherwise": (ConflictKind.PERSON, _person(name_en="shan  PEI")),
    "has the PI's ORCID": (ConflictKind.PERSON, _orcid("0000-0002-1825-0097", "0000-0002-1825-0097")),
    "is a contact by e-mail": (
        ConflictKind.PERSON,
        _both(_person(email="rev@gmail.com"), _contact("Rev@gmail.com")),
    ),
    "shares the lead's e-mail domain": (ConflictKind.EMAIL_DOMAIN, _person(email="x@mail.shandi.example")),
    "shares a contact's e-mail domain": (
        ConflictKind.EMAIL_DOMAIN,
        _both(_person(email="a@uni.ac.np"), _contact("b@uni.ac.np")),
    ),
}
FREE: dict[str, Change] = {
    "knows nobody": lambda cast, person, dossier: None,
    "works at another institute": _employ("sibling"),
    "works at an institute with the same parent": _siblings,
    "left the lead long ago": _employ("lead", until_date=date(2015, 7, 1)),
    "has a similar name": _person(name_zh="裴山川", name_en="Shan Peiro"),
    "has another ORCID": _orcid("0000-0001-5109-3700", "0000-0002-1825-0097"),
    "has no ORCID, as the PI": _orcid("", ""),
    "shares free mail": _both(_person(email="a@gmail.com"), _contact("b@gmail.com")),
    "shares the portal's own domain": _both(_person(email="a@demo.example"), _contact("b@demo.example")),
    "shares a registry's domain": _both(_person(email="a@one.ac.cn"), _contact("b@two.ac.cn")),
}


def _found(cast: Cast, call: Any, change: Change) -> set[str]:
    person = cast.reviewer4
    dossier = factories.good_draft(cast)
    dossier = change(cast, person, dossier) or dossier
    proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED, dossier=dossier)
    expert = factories.make_expert(cast.anso, person)
    (evidence,) = evidence_for(proposal, dossier, [expert]).values()
    assert all(one.text_zh and one.text_en for one in evidence)
    found = actions.find_conflicts(proposal=proposal, expert=expert)
    assert {row.kind for row in found} == {str(one.kind) for one in evidence}
    assert len(actions.find_conflicts(proposal=proposal, expert=expert)) == len(found)
    return {row.kind for row in found}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict_is_found(name: str, cast: Cast, call: Any) -> None:
    kind, change = CONFLICTS[name]
    assert _found(cast, call, change) == {kind}


@pytest.mark.parametrize("name", FREE)
def test_no_conflict_is_invented(name: str, cast: Cast, call: Any) -> None:
    assert _found(cast, call, FREE[name]) == set()


def test_the_pi_is_conflicted_every_way(cast: Cast, call: Any) -> None:
    proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED)
    expert = factories.make_expert(cast.anso, cast.pi)
    kinds = {row.kind for row in actions.find_conflicts(proposal=proposal, expert=expert)}
    assert {ConflictKind.PERSON, ConflictKind.INSTITUTION} <= kinds


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("x.edu.cn", "x.edu.cn", True),
        ("mail.x.edu.cn", "x.edu.cn", True),
        ("x.edu.cn", "ax.edu.cn", False),
        ("edu.cn", "x.edu.cn", False),
        ("ac.uk", "ox.ac.uk", False),
        ("cas.cn", "mail.cas.cn", True),
        ("", "", False),
        ("", "x.org", False),
    ],
)
def test_domains(one: str, other: str, shared: bool) -> None:
    assert share_domain(one, other) is shared
    assert share_domain(other, one) is shared


@pytest.mark.parametrize("address", ["a@gmail.com", "A@QQ.COM", "a@demo.example", "nobody", "", "a@localhost"])
def test_domain_that_says_nothing(address: str) -> None:
    assert institutional_domain(address) == ""


def test_conflicted_expert_is_refused_with_evidence(cast: Cast, checked: Proposal, pool: dict[str, Expert]) -> None:
    with pytest.raises(Refused) as refusal:
        helpers.assign(cast, checked, pool["conflicted"])
    (finding,) = refusal.value.findings
    assert finding.article == "A16"
    assert "Institute of Mountain Ecology" in finding.message_en and "山地生态研究所" in finding.message_zh
    assert not Assignment.objects.exists()
    # The evidence outlives the refusal.
    assert Conflict.objects.get().source == ConflictSource.COMPUTED


def test_conflict_found_between_invitation_and_acceptance(cast: Cast, invited: Assignment) -> None:
    helpers.employ(cast.reviewer1, cast.nepal)
    row = actions.accept(assignment=invited, by=cast.reviewer1, no_conflict=True)
    assert row.state == AssignmentState.CONFLICTED


def test_late_conflict_takes_the_submitted_review_out(cast: Cast, reviewed: Proposal) -> None:
    from reviews.queries.results import review_counts

    assert review_counts([reviewed.pk])[reviewed.pk] == {"domain": 3, "finance": 2}
    actions.record_conflict(proposal=reviewed, user=cast.reviewer1, by=cast.secretary, reason="Co-author of the PI.")
    assert review_counts([reviewed.pk])[reviewed.pk] == {"domain": 2, "finance": 2}


def test_who_may_record_a_conflict(cast: Cast, reviewed: Proposal) -> None:
    def say(by: User, user: User, reason: str = "Family.") -> Conflict:
        return actions.record_conflict(proposal=reviewed, user=user, by=by, reason=reason)

    for by, user in (
        (cast.finance, cast.reviewer1),
        (cast.pi, cast.pi),
        (cast.reviewer4, cast.reviewer4),
        (cast.mo, cast.mo),
    ):
        with pytest.raises(NotVisible):
            say(by, user)
    with pytest.raises(Refused):
        say(cast.secretary, cast.reviewer1, " ")
    assert say(cast.director, cast.director).user == cast.director
    assert say(cast.secretary, cast.secretary).user == cast.secretary
    with pytest.raises(NotVisible):
        say(cast.secretary, cast.reviewer1)
