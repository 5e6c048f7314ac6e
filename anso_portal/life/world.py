"""Makes the world in which lives are walked: two funders, their people, institutions, the pools of experts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User
from anso_portal.life import places, topics
from core.tenancy import tenant_scope
from proposals.actions import record_recommender
from reviews.actions import add_expert
from reviews.models import Expert

PASSWORD = "demo"  # noqa: S105 - published in the README, and refused outside the demo
MAIL = "demo.example"


@dataclass
class World:
    """Who and what there is; `people` by the part of the address before the @."""

    anso: Tenant
    most: Tenant
    institutions: dict[str, Institution]
    people: dict[str, User] = field(default_factory=dict)
    offices: dict[int, User] = field(default_factory=dict)
    domain_experts: list[Expert] = field(default_factory=list)
    finance_experts: list[Expert] = field(default_factory=list)


# address → (Chinese name, Latin name, institution, is of its office, role in ANSO)
STAFF = {
    "secretary": ("石敏", "Shi Min", "anso", False, Role.SECRETARY),
    "secretary2": ("丁岚", "Ding Lan", "anso", False, Role.SECRETARY),
    "finance": ("范珠", "Fan Zhu", "anso", False, Role.FINANCE),
    "director": ("戴瑞", "Dai Rui", "anso", False, Role.DIRECTOR),
    "host": ("胡思远", "Hu Siyuan", "host", True, Role.HOST),
    "admin": ("安达", "An Da", "anso", False, Role.ADMIN),
    "strategist": ("施略", "Shi Lüe", "host", False, Role.STRATEGIST),
    "pi": ("裴山", "Pei Shan", "cas1", False, ""),
    "office": ("欧阳芬", "Ouyang Fen", "cas1", True, ""),
}


@transaction.atomic
def make_world() -> World:
    """Make everything but calls and proposals. All accounts have the password "demo"."""
    institutions = {place.key: _institution(place) for place in places.ALL}
    world = World(anso=_anso(institutions), most=_most(institutions), institutions=institutions)
    for key, (zh, en, where, is_office, role) in STAFF.items():
        user = _person(world, key, zh, en, where, is_office=is_office)
        if role:
            Membership.objects.create(user=user, tenant=world.anso, role=role)
        if is_office:
            world.offices[institutions[where].pk] = user
    for place in [*places.INSTITUTES[1:], *places.UNIVERSITIES]:
        zh, en = topics.person(200 + len(world.offices))
        user = _person(world, f"office-{place.key}", zh, en, place.key, is_office=True)
        world.offices[institutions[place.key].pk] = user
    for number, (unit, place) in enumerate(places.ENDORSERS.items()):
        user = _person(world, unit, *topics.person(250 + number), place.key, is_office=True)
        world.offices[institutions[place.key].pk] = user
    for key, role in (("most-secretary", Role.SECRETARY), ("most-director", Role.DIRECTOR), ("most-admin", Role.ADMIN)):
        user = _person(world, key, *topics.person(240 + len(key)), "")
        Membership.objects.create(user=user, tenant=world.most, role=role)
    return world


def name_endorsers(world: World, tenant: Tenant, units: Iterable[str] = tuple(places.ENDORSERS)) -> None:
    """The funder's administrator records who endorses for every institution that leads, after its own office."""
    admin = world.people[f"{tenant.slug}-admin"]
    with tenant_scope(tenant):
        for unit in units:
            endorser = places.ENDORSERS[unit]
            for place in [*places.INSTITUTES, *places.UNIVERSITIES]:
                record_recommender(
                    tenant=tenant,
                    by=admin,
                    unit=unit,
                    institution=world.institutions[place.key],
                    endorser=world.institutions[endorser.key],
                )


def make_pool(world: World, funder: Tenant | None = None) -> None:
    """Put reviewer1…8 and expert1…4 into the funder's pool; ANSO's unless told otherwise."""
    tenant = funder or world.anso
    secretary = world.people["secretary" if tenant == world.anso else f"{tenant.slug}-secretary"]
    with tenant_scope(tenant):
        for number, (name, country) in enumerate(topics.REVIEWERS, start=1):
            place = world.institutions[places.EXPERTS_HOMES[number - 1].key]
            _person(world, f"reviewer{number}", "", name, place=place)
            world.domain_experts.append(
                add_expert(
                    tenant=tenant,
                    by=secretary,
                    email=f"reviewer{number}@{MAIL}",
                    country=country,
                    is_domain=True,
                    is_international=True,
                    institution=place,
                    fields=["food-security", "life-health", "low-carbon"][: 1 + number % 3] or ["food-security"],
                    keywords=", ".join(topics.THEMES[number].keywords),
                    capacity=60,
                    has_consented=True,
                )
            )
        for number in range(1, 5):
            place = world.institutions[places.AUDIT_FIRM.key]
            _person(world, f"expert{number}", *topics.person(100 + number), place=place)
            world.finance_experts.append(
                add_expert(
                    tenant=tenant,
                    by=secretary,
                    email=f"expert{number}@{MAIL}",
                    country="CN",
                    is_finance=True,
                    institution=place,
                    capacity=80,
                    has_consented=True,
                )
            )


def make_pi(world: World, number: int, *, where: str = "") -> User:
    """The `number`-th principal investigator, at one of the institutes; not at that of pi@ and office@ unless `where`
    says so."""
    place = where or places.INSTITUTES[1 + number % (len(places.INSTITUTES) - 1)].key
    return _person(world, f"pi{number}", *topics.person(number), place)


def make_newcomer(world: World, number: int) -> User:
    """Somebody who has registered and is at no institution yet."""
    return _person(world, f"newcomer{number}", *topics.person(180 + number))


def find_world() -> World:
    """The world that is in the database already."""
    institutions = dict(zip((place.key for place in places.ALL), Institution.objects.order_by("pk"), strict=False))
    world = World(Tenant.objects.get(slug="anso"), Tenant.objects.get(slug="most"), institutions)
    world.people = {user.email.split("@")[0]: user for user in User.objects.filter(email__endswith=f"@{MAIL}")}
    return world


@cache
def _hashed_password() -> str:
    """One hash for all: a hash takes as long as it should, and there are a hundred people."""
    return make_password(PASSWORD)


def _institution(place: places.Place) -> Institution:
    return Institution.objects.create(
        name_zh=place.zh,
        name_en=place.en,
        country=place.country,
        kind=place.kind,
        is_chinese_legal_person=place.country == "CN",
        email_domain=place.domain,
        is_anso_member=place.is_member,
    )


def _person(
    world: World,
    key: str,
    zh: str,
    en: str,
    where: str = "",
    *,
    place: Institution | None = None,
    is_office: bool = False,
) -> User:
    user = User.objects.create(
        email=f"{key}@{MAIL}",
        password=_hashed_password(),
        name_zh=zh,
        name_en=en,
        language="zh-hans" if zh else "en",
    )
    world.people[key] = user
    institution = place or (world.institutions[where] if where else None)
    if institution is not None:
        kind = AffiliationKind.OFFICE if is_office else AffiliationKind.STAFF
        Affiliation.objects.create(user=user, institution=institution, kind=kind)
    return user


def _anso(institutions: dict[str, Institution]) -> Tenant:
    return Tenant.objects.create(
        slug="anso",
        name_zh="“一带一路”国际科学组织联盟",
        name_en="Alliance of International Science Organizations",
        short_name_zh="ANSO",
        short_name_en="ANSO",
        brand_colour="#1d4e6b",
        host_institution=institutions["host"],
        secretariat=institutions["anso"],
    )


FUNDERS = {
    "nsfc": ("国家自然科学基金委员会", "National Natural Science Foundation of China", "基金委", "NSFC", "#2f4b7c"),
    "cast": ("中国科学技术协会", "China Association for Science and Technology", "中国科协", "CAST", "#1f6b4a"),
}


@transaction.atomic
def funder_of(world: World, slug: str) -> Tenant:
    """The funder with this slug; one that the demo doesn't have is made, with its staff."""
    known = {"anso": world.anso, "most": world.most}
    if slug in known:
        return known[slug]
    zh, en, short_zh, short_en, colour = FUNDERS[slug]
    tenant = Tenant.objects.create(
        slug=slug,
        name_zh=f"{zh}（演示）",
        name_en=f"{en} (demonstration)",
        short_name_zh=short_zh,
        short_name_en=short_en,
        brand_colour=colour,
    )
    staff = (("secretary", Role.SECRETARY), ("director", Role.DIRECTOR), ("admin", Role.ADMIN))
    for number, (key, role) in enumerate(staff):
        user = _person(world, f"{slug}-{key}", *topics.person(260 + number), "")
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return tenant


def _most(institutions: dict[str, Institution]) -> Tenant:
    return Tenant.objects.create(
        slug="most",
        name_zh="科学技术部（演示）",
        name_en="Ministry of Science and Technology (demonstration)",
        short_name_zh="科技部",
        short_name_en="MOST",
        brand_colour="#7a1f2b",
    )
