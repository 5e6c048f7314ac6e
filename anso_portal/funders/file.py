"""What a funder's file says, with each problem's line; docs/funders/linhai/funder.toml shows one."""

from pathlib import Path
from typing import Annotated, Self

from django.conf import settings
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from accounts.duties import incompatible
from accounts.enums import GRANTED_ROLES, AffiliationKind, InstitutionKind, Role
from accounts.models import RESERVED_SLUGS
from core.countries import COUNTRIES
from programs.clauses.base import Frozen
from programs.cleaning import CreditCode, Email, Key, Line
from programs.policy import PolicyError, PolicyProblem, builtin_names, builtin_text, load_builtin, load_policy
from programs.policy.files import read_toml
from programs.policy.schema import ZoneName

_COUNTRY_CODES = frozenset(code for code, _, _ in COUNTRIES)
_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


def _known_country(code: str) -> str:
    if code not in _COUNTRY_CODES:
        raise ValueError("not a country's ISO 3166-1 code of two capital letters")
    return code


def _granted(role: Role) -> Role:
    if role not in GRANTED_ROLES:
        raise ValueError(f"{role.value} is not granted: everybody is an applicant, an office belongs to an institution")
    return role


def _free_slug(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError("the portal needs this address for itself")
    return slug


def _language(code: str) -> str:
    if code not in _LANGUAGES:
        raise ValueError(f"the portal speaks {', '.join(sorted(_LANGUAGES))}")
    return code


Country = Annotated[str, AfterValidator(_known_country)]
GrantedRole = Annotated[Role, AfterValidator(_granted)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,49}$"), AfterValidator(_free_slug)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Address = Annotated[Email, StringConstraints(to_lower=True, min_length=3)]
Language = Annotated[str, AfterValidator(_language)]


class Names(Frozen):
    """A name in both languages."""

    zh: Annotated[Line, Field(min_length=1)]
    en: Annotated[Line, Field(min_length=1)]


class InstitutionEntry(Frozen):
    """An institution of the directory; `key` names it within the file."""

    key: Annotated[Key, Field(min_length=1)]
    name: Names
    country: Country
    kind: InstitutionKind
    uscc: CreditCode = ""
    email_domain: Line = ""
    is_anso_member: bool = False


class PersonEntry(Frozen):
    """Somebody with roles at the funder, or at an institution of the file, or both."""

    email: Address
    name_zh: Line = ""
    name_en: Line = ""
    language: Language = "zh-hans"
    roles: tuple[GrantedRole, ...] = ()
    institution: Line = ""
    place: AffiliationKind = AffiliationKind.STAFF

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if not (self.name_zh or self.name_en):
            raise ValueError("a person needs name_zh or name_en")
        if not (self.roles or self.institution):
            raise ValueError("a person needs roles or an institution")
        for number, role in enumerate(self.roles):
            if found := incompatible(role, self.roles[:number]):
                raise ValueError(f"{found[0].message_en} ({found[0].article})")
        return self


class FunderFile(Frozen):
    """A funder as its file describes it. `programmes` and `calls` are built-in names or paths beside the file."""

    slug: Slug
    name: Names
    short_name: Names
    zone: ZoneName = "Asia/Shanghai"
    colour: Colour = "#1d4e6b"
    secretariat: str = ""
    host: str = ""
    joint_work_years: int | None = Field(default=None, ge=1, le=20)
    """For how long joint work keeps an expert out (A16); None leaves what the funder has, three years at first."""
    institutions: tuple[InstitutionEntry, ...] = ()
    people: tuple[PersonEntry, ...]
    programmes: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        keys = [one.key for one in self.institutions]
        named = [self.secretariat, self.host, *(one.institution for one in self.people)]
        if unknown := sorted({*named} - {*keys, ""}):
            raise ValueError(f"no institution of the file has the key {', '.join(unknown)}")
        for what, values in (("institution key", keys), ("person", [one.email for one in self.people])):
            if twice := sorted({one for one in values if values.count(one) > 1}):
                raise ValueError(f"{what} {', '.join(twice)} occurs twice")
        if not any(Role.SECRETARY in one.roles for one in self.people):
            raise ValueError("somebody must be the secretary: nobody else can publish a call")
        return self


def load_funder(path: Path) -> tuple[FunderFile, dict[str, str]]:
    """The funder of a file, and the text of each policy it names. Raises PolicyError with every line and reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([PolicyProblem(str(path), 1, f"can't be read: {error}")]) from error
    funder = read_toml(FunderFile, text, str(path))
    return funder, {name: _policy_text(name, funder, path) for name in (*funder.programmes, *funder.calls)}


def _policy_text(name: str, funder: FunderFile, beside: Path) -> str:
    """The policy's TOML, which must be in order and this funder's."""
    if name in builtin_names():
        policy, text = load_builtin(name), builtin_text(name)
    else:
        path = beside.parent / name
        policy, text = load_policy(path), path.read_text(encoding="utf-8")
    if policy.tenant != funder.slug:
        problem = PolicyProblem(name, 1, f"this policy belongs to {policy.tenant}, not to {funder.slug}")
        raise PolicyError([problem])
    return text
