"""The people and institutions of the tests: two funders, four institutions at home, three abroad.

Charlie (of a sibling institute) and Mo (of the other funder) should have no access to Pei's things; Rui the reviewer
works where Pei works and is therefore conflicted."""

from dataclasses import dataclass, field

from accounts.enums import AffiliationKind, InstitutionKind, Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User

PASSWORD = "demo"


@dataclass
class Cast:
    """Who is who; built by `build_cast()`, given to tests by the `cast` fixture."""

    anso: Tenant
    most: Tenant
    host_institution: Institution
    lead: Institution
    sibling: Institution
    university: Institution
    nepal: Institution
    kenya: Institution
    lanka: Institution
    secretariat: Institution
    department: Institution
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def domain_reviewers(self) -> list[User]:
        return [self.people[f"reviewer{n}"] for n in (1, 2, 3, 4)]

    @property
    def finance_experts(self) -> list[User]:
        return [self.people["expert1"], self.people["expert2"]]


def _institution(zh: str, en: str, country: str, kind: str, **more: object) -> Institution:
    return Institution.objects.create(
        name_zh=zh, name_en=en, country=country, kind=kind, is_chinese_legal_person=country == "CN", **more
    )


def _institutions() -> dict[str, Institution]:
    cas = InstitutionKind.CAS_INSTITUTE
    return {
        "host_institution": _institution(
            "中国科学院青藏高原研究所", "Institute of Tibetan Plateau Research, CAS", "CN", cas
        ),
        "lead": _institution(
            "中国科学院山地生态研究所", "Institute of Mountain Ecology, CAS", "CN", cas, email_domain="shandi.example"
        ),
        "sibling": _institution("中国科学院海岸农业研究所", "Institute of Coastal Agriculture, CAS", "CN", cas),
        "university": _institution(
            "西部农林大学", "Western University of Agriculture", "CN", InstitutionKind.UNIVERSITY
        ),
        "nepal": _institution("", "Himalayan Academy of Science", "NP", InstitutionKind.ACADEMY, is_anso_member=True),
        "kenya": _institution("", "Rift Valley University", "KE", InstitutionKind.UNIVERSITY),
        "lanka": _institution("", "Kandy Institute of Food Research", "LK", InstitutionKind.RESEARCH_INSTITUTE),
        "secretariat": _institution("ANSO 秘书处", "ANSO Secretariat", "CN", InstitutionKind.ORGANISATION),
        "department": _institution(
            "云岭省科学技术厅", "Yunling Department of Science", "CN", InstitutionKind.GOVERNMENT
        ),
    }


# name → (Chinese name, Latin name, where, office?, role in ANSO)
PEOPLE: dict[str, tuple[str, str, str, bool, str]] = {
    "pi": ("裴山", "Shan Pei", "lead", False, ""),
    "office": ("欧阳芬", "Fen Ouyang", "lead", True, ""),
    "secretary": ("石敏", "Min Shi", "secretariat", False, Role.SECRETARY),
    "finance": ("范珠", "Zhu Fan", "secretariat", False, Role.FINANCE),
    "director": ("戴瑞", "Rui Dai", "secretariat", False, Role.DIRECTOR),
    "host": ("胡斯", "Si Hu", "host_institution", True, Role.HOST),
    "reviewer1": ("", "Alice Moreau", "", False, Role.REVIEWER),
    "reviewer2": ("", "Benedikt Huber", "", False, Role.REVIEWER),
    "reviewer3": ("", "Carmen Ortiz", "", False, Role.REVIEWER),
    "reviewer4": ("", "Daniel Okafor", "", False, Role.REVIEWER),
    "conflicted": ("芮同", "Tong Rui", "lead", False, Role.REVIEWER),
    "expert1": ("甄账", "Zhang Zhen", "", False, Role.FINANCE_EXPERT),
    "expert2": ("于算", "Suan Yu", "", False, Role.FINANCE_EXPERT),
    "charlie": ("查理", "Charlie Cha", "sibling", False, ""),
    "sibling_office": ("隋岸", "An Sui", "sibling", True, ""),
    "recommender": ("佟荐", "Jian Tong", "department", True, ""),
    "stranger": ("莫生", "Sheng Mo", "university", False, ""),
}


def build_cast() -> Cast:
    """Make everyone. All have the password "demo"."""
    places = _institutions()
    anso = Tenant.objects.create(
        slug="anso",
        name_zh="“一带一路”国际科学组织联盟",
        name_en="Alliance of International Science Organizations",
        short_name_zh="ANSO",
        short_name_en="ANSO",
        host_institution=places["host_institution"],
        secretariat=places["secretariat"],
    )
    most = Tenant.objects.create(
        slug="most",
        name_zh="科学技术部",
        name_en="Ministry of Science and Technology",
        short_name_zh="科技部",
        short_name_en="MOST",
        brand_colour="#7a1f2b",
    )
    cast = Cast(anso=anso, most=most, **places)
    for name, (zh, en, place, is_office, role) in PEOPLE.items():
        user = _person(name, zh, en)
        cast.people[name] = user
        if place:
            kind = AffiliationKind.OFFICE if is_office else AffiliationKind.STAFF
            Affiliation.objects.create(user=user, institution=places[place], kind=kind)
        if role:
            Membership.objects.create(user=user, tenant=anso, role=role)
    for name, role in (("mo", Role.SECRETARY), ("mo_director", Role.DIRECTOR)):
        cast.people[name] = _person(name, "莫司", f"{name.title()} of MOST")
        Membership.objects.create(user=cast.people[name], tenant=most, role=role)
    return cast


def _person(name: str, zh: str, en: str) -> User:
    user = User(email=f"{name}@demo.example", name_zh=zh, name_en=en, language="zh-hans" if zh else "en")
    user.set_password(PASSWORD)
    user.save()
    return user
