"""The portal's navigation: which pages a person's roles lead to, and where each of their hats works."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role


@dataclass(frozen=True)
class Entry:
    """A page of a tenant; `roles` empty: for everybody, signed in or not."""

    view: str
    label: str | Promise
    roles: frozenset[str] = frozenset()


def _for(*roles: Role) -> frozenset[str]:
    return frozenset(role.value for role in roles)


STAFF = _for(Role.SECRETARY, Role.FINANCE, Role.DIRECTOR, Role.ADMIN)
ENTRIES = (
    Entry("programs:call_list", _("Calls")),
    Entry("programs:guide_list", _("Guides")),
    Entry("proposals:list", _("Proposals"), STAFF | _for(Role.APPLICANT, Role.OFFICE)),
    Entry("proposals:to_endorse", _("To endorse"), _for(Role.OFFICE)),
    Entry("reviews:mine", _("My reviews"), _for(Role.REVIEWER, Role.FINANCE_EXPERT)),
    Entry("reviews:plan_list", _("Funding plans"), STAFF),
    Entry("projects:list", _("Projects"), STAFF | _for(Role.APPLICANT, Role.OFFICE, Role.HOST)),
    Entry("projects:tray", _("To sign"), _for(Role.SECRETARY, Role.HOST)),
    Entry("projects:midterms", _("Mid-term"), _for(Role.SECRETARY, Role.DIRECTOR, Role.FINANCE)),
    Entry("acceptance:list", _("Closing"), STAFF),
    Entry("reviews:experts", _("Experts"), _for(Role.SECRETARY, Role.FINANCE)),
    Entry("proposals:recommenders", _("Endorsing institutions"), _for(Role.ADMIN)),
    Entry("registry:colleagues", _("Our people"), _for(Role.OFFICE)),
    Entry("programs:studio", _("Policies"), _for(Role.ADMIN)),
    Entry("registry:institutions", _("Institutions"), _for(Role.SECRETARY, Role.ADMIN)),
    Entry("registry:people", _("People and roles"), _for(Role.ADMIN)),
    Entry("funder_settings", _("Settings"), _for(Role.ADMIN)),
)

WORKPLACE = {
    Role.SECRETARY: "proposals:list",
    Role.FINANCE: "proposals:list",
    Role.DIRECTOR: "reviews:plan_list",
    Role.HOST: "projects:tray",
    Role.REVIEWER: "reviews:mine",
    Role.FINANCE_EXPERT: "reviews:mine",
    Role.STRATEGIST: "programs:guide_list",
    Role.ADMIN: "programs:studio",
}


@dataclass(frozen=True)
class Link:
    """An entry resolved for a page."""

    url: str
    label: Any
    is_current: bool = False


@lru_cache(1024)
def _address(view: str, slug: str) -> str | None:
    try:
        return reverse(view, args=[slug])
    except NoReverseMatch:
        return None


def links(slug: str, roles: Iterable[str], path: str) -> list[Link]:
    """The entries open to `roles` in the tenant `slug`; the one that `path` lies deepest under is current."""
    held = frozenset(roles)
    found = [
        (address, entry.label)
        for entry in ENTRIES
        if (not entry.roles or entry.roles & held) and (address := _address(entry.view, slug))
    ]
    current = max((address for address, _label in found if path.startswith(address)), key=len, default="")
    return [Link(address, label, address == current) for address, label in found]


def workplace(role: str, slug: str) -> str:
    """Where a person wearing that hat begins; the tenant's calls when its own page is missing."""
    view = WORKPLACE.get(Role(role), "programs:call_list")
    return _address(view, slug) or _address("programs:call_list", slug) or f"/{slug}/"
