"""An institution registers with a proof, is looked at, and is never there twice."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from accounts.models import Affiliation, Institution, Membership, User
from accounts.queries import is_office_of
from audit.models import Event
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from registry.actions.institutions import approve_institution, ask_for_institution, refuse_institution
from registry.identifiers import key_of
from registry.marks import keep_marks
from registry.models import InstitutionMark, InstitutionRequest
from tests.cast import Cast
from tests.documents.test_checks import pdf

pytestmark = pytest.mark.django_db
USCC, OTHER_USCC = "91110000600037341L", "91110105MA00000006"
SAID = {
    "name_zh": "高原科技大学",
    "name_en": "Plateau University",
    "country": "CN",
    "kind": "university",
    "uscc": "9111 0000-6000 3734 1l",
    "ror": "https://ror.org/02mhbdp94",
    "email_domain": "@plateau.example",
}
AS = {"kind": "university", "is_chinese_legal_person": True, "is_anso_member": False}


def as_(user: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


def proof(data: bytes | None = None, name: str = "证书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf() if data is None else data)


def asked(cast: Cast, by: User | None = None, **more: str) -> InstitutionRequest:
    said = SAID | {"uscc": USCC, "ror": "", "email_domain": ""} | more
    with tenant_scope(cast.anso):
        return ask_for_institution(tenant=cast.anso, by=by or cast.stranger, data=pdf(), filename="proof.pdf", **said)


def test_an_institution_registers_and_whoever_asked_becomes_its_office(cast: Cast) -> None:
    applicant, secretary = as_(cast.stranger), as_(cast.secretary)
    answer = applicant.post("/anso/institutions/new/", SAID | {"proof": proof()})
    assert (answer.status_code, answer["Location"]) == (302, "/anso/profile/")
    assert "Plateau University" in applicant.get("/anso/profile/").content.decode()
    with tenant_scope(cast.anso):
        row = InstitutionRequest.objects.get()
    assert (row.uscc, row.ror, row.email_domain, row.proof_name) == (USCC, "02mhbdp94", "plateau.example", "证书.pdf")
    assert "look at its proof" in secretary.get("/").content.decode()
    page = f"/anso/institutions/{row.pk}/"
    assert "not an address of the institution" in secretary.get(page).content.decode()
    file = secretary.get(f"{page}proof/")
    assert file.content == pdf() and file["Content-Disposition"].startswith("attachment")
    assert secretary.post(page, {"verdict": "refuse", "kind": "university", "reason": " "}).status_code == 422
    done = secretary.post(page, {"verdict": "approve", "is_chinese_legal_person": "on", "kind": "cas_institute"})
    assert done.status_code == 302
    place = Institution.objects.get(uscc=USCC)
    assert (place.kind, place.is_chinese_legal_person, place.email_domain) == ("cas_institute", True, "plateau.example")
    assert is_office_of(cast.stranger, place.pk)
    assert InstitutionMark.objects.get(kind="ror").institution == place
    with tenant_scope(cast.anso):
        actions = list(Event.objects.order_by("seq").values_list("action", flat=True))
        assert actions == ["institution.ask", "institution.register"]
        assert "is registered" in Notice.objects.get(user=cast.stranger).title_en
        with pytest.raises(WrongState):
            refuse_institution(request=row, by=cast.secretary, reason="Second thoughts.")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"uscc": "911100006000373410"}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"country": "NP"}, "uscc"),
        ({"ror": "02mhbdp95"}, "ror"),
        ({"name_zh": ""}, "name_zh"),
        ({"country": "NP", "uscc": "", "name_en": ""}, "name_en"),
        ({"country": "XX"}, "country"),
        ({"kind": "circus"}, "kind"),
        ({"email_domain": "no domain"}, "email_domain"),
        ({"name_zh": "中国科学院 山地生态研究所"}, "name_zh"),
        ({"name_en": "INSTITUTE of mountain-ecology CAS"}, "name_en"),
        ({"proof": proof(b"MZ not a certificate", "a.pdf")}, "proof"),
        ({"proof": proof(b"")}, "proof"),
        ({"proof": proof(name="a.exe")}, "proof"),
        ({"proof": ""}, "proof"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    changed: dict[str, Any], field: str, cast: Cast
) -> None:
    data: dict[str, Any] = SAID | {"proof": proof()} | changed
    answer = as_(cast.stranger).post("/anso/institutions/new/", data)
    assert answer.status_code == 422 and field in answer.context["form"].errors, answer.context["form"].errors
    assert data["name_en"] in answer.content.decode()
    with tenant_scope(cast.anso):
        assert not InstitutionRequest.objects.exists()


def test_one_that_is_there_or_waits_is_pointed_out(cast: Cast) -> None:
    Institution.objects.create(name_en="Known", country="CN", kind="university", uscc=OTHER_USCC)
    for more, field in (({"uscc": OTHER_USCC}, "uscc"), ({"name_en": "known!"}, "name_en")):
        with pytest.raises(Refused) as caught:
            asked(cast, **more)
        assert [(one.code, one.field) for one in caught.value.findings] == [("taken", field)]
        assert "Known" in caught.value.findings[0].message_en
    asked(cast)
    for more, field in (({"name_zh": "另", "name_en": "Other"}, "uscc"), ({"uscc": OTHER_USCC[:-2] + "13"}, "name_zh")):
        with pytest.raises(Refused) as caught:
            asked(cast, by=cast.charlie, **more)
        assert [(one.code, one.field) for one in caught.value.findings] == [("waits", field)]
    abroad = asked(cast, country="NP", uscc="")
    assert abroad.state == "waiting", "the same name in another country is another institution"


def test_of_two_requests_one_becomes_an_institution(cast: Cast) -> None:
    """They came by two funders, so that neither saw the other."""
    Membership.objects.create(user=cast.mo, tenant=cast.most, role=Role.ADMIN)
    first = asked(cast)
    with tenant_scope(cast.most):
        second = ask_for_institution(
            tenant=cast.most, by=cast.charlie, data=pdf(), filename="p.pdf",
            **(SAID | {"uscc": USCC, "ror": "", "name_zh": "高原大学", "name_en": "Highland"}),
        )  # fmt: skip
        approve_institution(request=second, by=cast.mo, **AS)
    with tenant_scope(cast.anso), pytest.raises(Refused) as caught:
        approve_institution(request=first, by=cast.secretary, **AS)
    assert "Highland" in caught.value.findings[0].message_en
    assert Institution.objects.filter(uscc=USCC).count() == 1
    assert not Affiliation.objects.filter(user=cast.stranger, kind="office").exists()
    page = as_(cast.secretary).post(f"/anso/institutions/{first.pk}/", {"verdict": "approve", **AS})
    assert page.status_code == 422 and "registered already" in page.content.decode()


def test_nobody_approves_their_own_and_only_the_funder_s_staff_do(cast: Cast) -> None:
    row = asked(cast, by=cast.secretary)
    with tenant_scope(cast.anso):
        for by in (cast.secretary, cast.director, cast.office, cast.mo):
            with pytest.raises(NotVisible):
                approve_institution(request=row, by=by, **AS)
    assert "a colleague decides" in as_(cast.secretary).get(f"/anso/institutions/{row.pk}/").content.decode()
    assert "look at its proof" not in as_(cast.secretary).get("/").content.decode()


def test_a_legal_person_in_china_is_in_china(cast: Cast) -> None:
    row = asked(cast, country="NP", uscc="")
    with tenant_scope(cast.anso), pytest.raises(Refused) as caught:
        approve_institution(request=row, by=cast.secretary, **AS)
    assert [one.article for one in caught.value.findings] == ["A4"]


def test_names_come_near_for_whoever_decides(cast: Cast, django_assert_max_num_queries: Any) -> None:
    row = asked(cast, name_zh="中国科学院山地生态研究中心", name_en="Center of Mountain Ecology, CAS")
    browser = as_(cast.secretary)
    with django_assert_max_num_queries(12):
        page = browser.get(f"/anso/institutions/{row.pk}/")
    assert cast.lead in [one.institution for one in page.context["alike"]]


def test_the_list_costs_the_same_for_one_and_for_thirty(cast: Cast, django_assert_max_num_queries: Any) -> None:
    row = asked(cast)
    with tenant_scope(cast.anso):
        for number in range(29):
            copy = {"name_en": f"University {number}", "country": "NP", "kind": "university", "proof": row.proof}
            InstitutionRequest.objects.create(tenant=cast.anso, asked_by=cast.stranger, proof_name="p.pdf", **copy)
    browser = as_(cast.secretary)
    with django_assert_max_num_queries(9):
        assert len(browser.get("/anso/institutions/").context["rows"]) == 25
    assert as_(cast.secretary).get("/anso/institutions/?state=all&after=nonsense").status_code == 200


def test_marks_follow_the_directory_and_of_two_alike_the_first_has_them(cast: Cast) -> None:
    one = Institution.objects.create(name_en="Twin", country="KE", kind="university")
    other = Institution.objects.create(name_en="TWIN.", country="KE", kind="university")
    assert InstitutionMark.objects.get(value="KE:twin").institution == one
    assert keep_marks(other, [("name", "KE:twin")]) == [("name", "KE:twin")]
    assert key_of("ＡＮＳＯ 大学（北京）") == key_of("anso大学(北京)")


def test_who_asked_takes_it_back_and_asks_anew(cast: Cast) -> None:
    row = asked(cast)
    data = {"do": "withdraw-institution", "pk": str(row.pk)}
    assert as_(cast.charlie).post("/anso/profile/", data).status_code == 404
    assert as_(cast.stranger).post("/anso/profile/", data).status_code == 302
    with tenant_scope(cast.anso), pytest.raises(WrongState):
        approve_institution(request=row, by=cast.secretary, **AS)
    page = as_(cast.stranger).post("/anso/profile/", data, follow=True).content.decode()
    assert "taken back meanwhile" in page
    assert asked(cast).pk != row.pk


def test_a_name_that_is_longer_than_it_looks_is_kept_and_known_again(cast: Cast) -> None:
    long = "\ufdfa" * 200  # each is eighteen letters
    with tenant_scope(cast.anso):
        place = approve_institution(request=asked(cast, name_en=long), by=cast.secretary, **AS)
    assert all(len(mark.value) <= 210 for mark in InstitutionMark.objects.filter(institution=place))
    with pytest.raises(Refused):
        asked(cast, by=cast.charlie, uscc=OTHER_USCC, name_zh="", name_en=long)
