"""Fills the benchmark's database: one life by the real actions, then copies of its rows by SQL.

python -m bench._filling prepare      tables, one whole life, a session for each person; prints sessions and pages
python -m bench._filling fill 100000  as many proposals as that, with versions, projects and inbox lines
"""

import sys
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Tenant, User  # noqa: E402
from anso_portal.life.stages import live  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402

PEOPLE = ("pi", "office", "secretary", "director", "host", "reviewer1")
WITH_SESSION = ("django.contrib.auth.backends.ModelBackend",)


def prepare() -> None:
    """Tables, static files, a life, sessions; tells which pages to fetch as whom."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    walk = live("anso/calls/2021-joint-research", say=lambda stage, line: None)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (pk int PRIMARY KEY, title text, amount bigint)")
        cursor.execute("INSERT INTO bench_row SELECT g, 'Row number ' || g, g * 100 FROM generate_series(1, 1000) g")
    for name in PEOPLE:
        print(f"session={name} {_session(walk.world.people[name])}")
    slug, proposal, project = walk.call.tenant.slug, walk.proposal.pk, walk.project.pk
    pages = {
        "secretary/home": reverse("home"),
        "pi/home": reverse("home"),
        "secretary/calls": reverse("programs:call_list", args=[slug]),
        "secretary/call": reverse("programs:call", args=[slug, walk.call.pk]),
        "secretary/proposals": reverse("proposals:list", args=[slug]),
        "pi/proposals": reverse("proposals:list", args=[slug]),
        "office/proposals": reverse("proposals:list", args=[slug]),
        "secretary/proposal": reverse("proposals:detail", args=[slug, proposal]),
        "pi/proposal": reverse("proposals:detail", args=[slug, proposal]),
        "secretary/projects": reverse("projects:list", args=[slug]),
        "secretary/project": reverse("projects:detail", args=[slug, project]),
        "host/tray": reverse("projects:tray", args=[slug]),
        "reviewer1/reviews": reverse("reviews:mine", args=[slug]),
        "secretary/experts": reverse("reviews:experts", args=[slug]),
        "director/plans": reverse("reviews:plan_list", args=[slug]),
        "secretary/acceptance": reverse("acceptance:list", args=[slug]),
        "pi/inbox": reverse("notifications:inbox", args=[slug]),
    }
    for name, path in pages.items():
        print(f"page={name} {path}")


def fill(size: int) -> None:
    """Bring the proposals to `size`, half of them with a project."""
    tenant = Tenant.objects.get(slug="anso")
    with tenant_scope(tenant), transaction.atomic():
        have = _count("proposals_proposal")
        more = size - have
        if more > 0:
            _copy(
                "proposals_proposal",
                more,
                application_number="'B-' || (SELECT count(*) FROM proposals_proposal) || '-' || g",
                title_zh="title_zh || ' ' || g",
                title_en="title_en || ' ' || g",
                state="(ARRAY['submitted','checked','reviewing','planned','approved','declined'])[1 + g % 6]",
                # The people who are looked at keep a person's number of proposals; the rest belong to others.
                pi_id="(SELECT id FROM accounts_user WHERE email LIKE 'office-%' ORDER BY id OFFSET g % 15 LIMIT 1)",
                lead_institution_id="(SELECT id FROM accounts_institution WHERE kind = 'cas_institute' "
                "AND id <> lead_institution_id ORDER BY id OFFSET g % 10 LIMIT 1)",
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(table: str, count: int, **changes: str) -> None:
    """Insert `count` copies of the table's first row, with SQL expressions for some columns (`g` counts from 1)."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        columns.remove("id")
        values = [f"{changes[name]}" if name in changes else f't."{name}"' for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} '
            f'FROM (SELECT * FROM "{table}" ORDER BY id LIMIT 1) t, generate_series(1, {count}) g'
        )


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def _session(user: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = WITH_SESSION[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        fill(int(sys.argv[2]))
