"""Who a person is right now: their roles with each funder and their places, read in one query.

A page asks a dozen questions of it, so a GET request keeps it on its user (`keep_standing`). Whatever writes must ask
anew under its locks, and does: nothing is kept for other methods, nor for people loaded from anywhere else."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.enums import STAFF_ROLES, AffiliationKind
from accounts.models import User
from core import clock

_KEPT = "_kept_standing"
_ROLE, _NOW = 0, 1  # else 2: once
_ROWS = """
SELECT tenant_id, role, 0 FROM accounts_membership WHERE user_id = %s
UNION ALL
SELECT institution_id, kind, CASE WHEN (until_date IS NULL OR until_date >= %s)
    AND (since_date IS NULL OR since_date <= %s) THEN 1 ELSE 2 END
FROM accounts_affiliation WHERE user_id = %s
"""


@dataclass(frozen=True)
class Standing:
    """A person's granted roles by tenant id, and ids of institutions."""

    roles: dict[int, frozenset[str]]
    offices: frozenset[int]
    """Where they examine and endorse today (A10)."""
    places: frozenset[int]
    """Where they are today, in any capacity."""
    all_places: frozenset[int]
    """Where they are or ever were: what a conflict of interest is computed from (A16)."""

    def where(self, *roles: str) -> list[int]:
        """Ids of the tenants in which they hold one of the granted `roles`."""
        wanted = frozenset(str(role) for role in roles)
        return sorted(tenant for tenant, held in self.roles.items() if held & wanted)

    @property
    def employers(self) -> list[int]:
        """Ids of the tenants whose staff they are."""
        return self.where(*STAFF_ROLES)


def keep_standing(user: Any) -> None:
    """From now on, read this user's standing at most once; for a request that only reads."""
    setattr(user, _KEPT, None)


def standing_of(user: User) -> Standing:
    """The person's standing as it is now; one query, or none where it is kept."""
    kept: Standing | bool | None = getattr(user, _KEPT, False)
    if isinstance(kept, Standing):
        return kept
    found = _read(user)
    if kept is None:
        setattr(user, _KEPT, found)
    return found


def _read(user: User) -> Standing:
    today = clock.today().isoformat()
    roles: dict[int, set[str]] = {}
    offices, places, past = set(), set(), set()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [user.pk, today, today, user.pk])
        for pk, word, what in cursor.fetchall():
            if what == _ROLE:
                roles.setdefault(pk, set()).add(word)
            elif what == _NOW:
                places.add(pk)
                if word == AffiliationKind.OFFICE:
                    offices.add(pk)
            else:
                past.add(pk)
    return Standing(
        roles={tenant: frozenset(held) for tenant, held in roles.items()},
        offices=frozenset(offices),
        places=frozenset(places),
        all_places=frozenset(places | past),
    )
