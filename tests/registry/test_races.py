"""Two at once where who belongs where is decided, on PostgreSQL; each race with its lock and without."""

from contextlib import nullcontext

import pytest

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User
from accounts.queries import office_users
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from registry.actions.institutions import approve_institution, ask_for_institution
from registry.actions.places import end_place
from registry.actions.roles import end_role
from registry.models import InstitutionRequest
from tests.cast import Cast
from tests.documents.test_checks import pdf
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_two_administrators_who_end_each_other_leave_one(is_locked: bool, cast: Cast) -> None:
    """Without the lock each sees the other, and the funder has none left."""
    two = [User.objects.create(email=f"admin{n}@demo.example", name_en=f"Admin {n}") for n in (1, 2)]
    for user in two:
        Membership.objects.create(user=user, tenant=cast.anso, role=Role.ADMIN)
    first, second = two

    def end(by: User, user: User) -> None:
        end_role(tenant=cast.anso, by=by, user=user, role="admin", reason="Not both of us.")

    with nullcontext() if is_locked else unlocked(Tenant):
        answers = at_once(cast.anso, lambda: end(first, second), lambda: end(second, first))
    left = Membership.objects.filter(tenant=cast.anso, role=Role.ADMIN).count()
    assert left == (1 if is_locked else 0), answers
    if is_locked:
        assert sum(isinstance(answer, (Refused, NotVisible)) for answer in answers) == 1


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_two_of_an_office_who_leave_at_once_leave_one(is_locked: bool, cast: Cast) -> None:
    """Without the institution's lock each sees the other, and nobody is left to examine its applications."""
    Affiliation.objects.create(user=cast.charlie, institution=cast.lead, kind=AffiliationKind.OFFICE)

    def leave(user: User) -> None:
        row = Affiliation.objects.get(user=user, institution=cast.lead, kind=AffiliationKind.OFFICE)
        end_place(tenant=cast.anso, by=user, affiliation=row)

    with nullcontext() if is_locked else unlocked(Institution):
        answers = at_once(cast.anso, lambda: leave(cast.office), lambda: leave(cast.charlie))
    assert office_users(cast.lead.pk).count() == (1 if is_locked else 0), answers
    assert sum(isinstance(answer, Refused) for answer in answers) == (1 if is_locked else 0)


@pytest.mark.parametrize("has_marks", [True, False], ids=["with its marks", "without"])
def test_one_institution_approved_by_two_funders_at_once_is_there_once(
    has_marks: bool, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the unique marks both would put it into the directory."""
    Membership.objects.create(user=cast.mo, tenant=cast.most, role=Role.ADMIN)
    said = {"name_zh": "高原科技大学", "country": "CN", "kind": "university", "uscc": "91110000600037341L"}
    rows = []
    for tenant, by in ((cast.anso, cast.stranger), (cast.most, cast.charlie)):
        with tenant_scope(tenant):
            rows.append(ask_for_institution(tenant=tenant, by=by, data=pdf(), filename="p.pdf", **said))

    def approve(row: InstitutionRequest, by: User) -> Institution:
        with tenant_scope(row.tenant):
            return approve_institution(
                request=row, by=by, kind="university", is_chinese_legal_person=True, is_anso_member=False
            )

    if not has_marks:
        monkeypatch.setattr("registry.marks.marks_of", lambda **_said: [])
        monkeypatch.setattr("registry.actions.institutions.marks_in", lambda _row: [])
    answers = at_once(cast.anso, lambda: approve(rows[0], cast.secretary), lambda: approve(rows[1], cast.mo))
    assert Institution.objects.filter(uscc="91110000600037341L").count() == (1 if has_marks else 2), answers
    assert sum(isinstance(answer, Refused) for answer in answers) == (1 if has_marks else 0)
