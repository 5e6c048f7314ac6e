"""Fills the benchmark's database: the demo by the real actions, then copies of its rows by SQL.

python -m bench._filling prepare      tables, the demo, a session for each person
python -m bench._filling fill 100000  as many proposals as that, with all that hangs on them
python -m bench._filling waiting 5000   as many complete applications that wait for one office; prints their ids
python -m bench._filling received     prints what became of them
python -m bench._filling pages        prints the sessions and the pages to fetch with them, with each page's queries
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.parse import quote

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import Tenant, User  # noqa: E402
from anso_portal.life.demo import load  # noqa: E402
from audit.models import Event  # noqa: E402
from audit.queries import broken_links  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402
from notifications.models import Notice  # noqa: E402
from programs.models import Call  # noqa: E402
from projects.models import Project  # noqa: E402
from proposals.enums import ProposalState  # noqa: E402
from proposals.models import Proposal, ProposalVersion  # noqa: E402
from reviews.models import Assignment, FundingPlan  # noqa: E402

PEOPLE = ("pi", "office", "secretary", "director", "host", "reviewer1", "expert1")
WITH_SESSION = ("django.contrib.auth.backends.ModelBackend",)
# One person more for so many proposals: applicants and experts grow with the funder, staff do not.
PROPOSALS_PER_PERSON = 20


def prepare() -> None:
    """Tables, static files, the demo, the trivial view's rows."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    load(lambda done, total, what: None)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (id int PRIMARY KEY, title text, amount bigint)")
        cursor.execute("INSERT INTO bench_row SELECT g, 'Row number ' || g, g * 100 FROM generate_series(1, 1000) g")


def fill(size: int) -> None:
    """Bring the proposals to `size`: copies of the demo's in its own mixture of states, spread over more people."""
    tenant = Tenant.objects.get(slug="anso")
    with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
        have = _number(cursor, "SELECT count(*) FROM proposals_proposal")
        if size > have:
            _people(cursor, tenant.pk, size // PROPOSALS_PER_PERSON)
            _copies(cursor, size - have)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _people(cursor: Any, tenant: int, count: int) -> None:
    """Applicants at the institutes, every tenth of them an expert too."""
    have = _number(cursor, "SELECT count(*) FROM accounts_user WHERE email LIKE 'bench-%%'")
    cursor.execute(
        "INSERT INTO accounts_user (password, is_superuser, email, name_zh, name_en, orcid, language, is_active, "
        "created_at) SELECT '', false, 'bench-' || g || '@demo.example', '申请人' || g, 'Person ' || g, '', 'zh-hans', "
        "true, now() FROM generate_series(%s, %s) g",
        [have + 1, count],
    )
    cursor.execute(
        "INSERT INTO accounts_affiliation (user_id, institution_id, kind, position) "
        "SELECT u.id, i.id, 'staff', '' FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user "
        "WHERE email LIKE 'bench-%%') u JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS all "
        "FROM accounts_institution WHERE kind = 'cas_institute') i ON i.n = 1 + u.n %% i.all "
        "WHERE u.n > %s",
        [have],
    )
    sample = "SELECT * FROM reviews_expert WHERE is_domain AND tenant_id = %s ORDER BY id LIMIT 1"
    names, values = _columns(cursor, "reviews_expert", user_id="u.id", institution_id="NULL")
    cursor.execute(
        f"INSERT INTO reviews_expert ({names}) SELECT {values} FROM ({sample}) t, "
        "(SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user WHERE email LIKE 'bench-%%') u "
        "WHERE u.n > %s AND u.n %% 10 = 0",
        [tenant, have],
    )


def _copies(cursor: Any, count: int) -> None:
    base = _number(cursor, "SELECT max(id) FROM proposals_proposal")
    versions = _number(cursor, "SELECT max(id) FROM proposals_proposalversion")
    projects = _number(cursor, "SELECT max(id) FROM projects_project")
    cursor.execute(
        # The counts stand apart, so that the joins are by hash.
        "CREATE TEMP TABLE copy ON COMMIT DROP AS WITH "
        "s AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM proposals_proposal), "
        "u AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user WHERE email LIKE 'bench-%%'), "
        "x AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM reviews_expert WHERE is_domain) "
        "SELECT g, s.id AS source, u.id AS pi_id, i.institution_id, x.id AS expert_id FROM generate_series(1, %s) g "
        "JOIN s ON s.n = 1 + g %% (SELECT count(*) FROM s) JOIN u ON u.n = 1 + g %% (SELECT count(*) FROM u) "
        "JOIN accounts_affiliation i ON i.user_id = u.id JOIN x ON x.n = 1 + g %% (SELECT count(*) FROM x)",
        [count],
    )
    cursor.execute("CREATE INDEX ON copy (source)")
    cursor.execute("ANALYZE copy")
    number = f"CASE WHEN t.{{0}} IS NULL THEN NULL ELSE 'B-' || {base} + g END"
    owner = {"pi_id": "copy.pi_id", "lead_institution_id": "copy.institution_id"}
    titles = {"title_zh": "t.title_zh || ' ' || g", "title_en": "t.title_en || ' ' || g"}
    _copy(cursor, "proposals_proposal", "t.id", id=f"{base} + g", draft="'{}'",
          application_number=number.format("application_number"),
          requested_fen="t.requested_fen + g", updated_at="t.updated_at - g * interval '1 minute'",
          **owner, **titles)  # fmt: skip
    this = {"proposal_id": f"{base} + g"}
    _terms(cursor, "proposals_proposalterm", "t.row_id", f"{base} + g")
    _copy(cursor, "proposals_handedin", "t.proposal_id", dossier_json="'{}'", **this)
    _copy(cursor, "proposals_teammember", "t.proposal_id", user_id="CASE WHEN t.user_id = "
          "(SELECT p.pi_id FROM proposals_proposal p WHERE p.id = copy.source) THEN copy.pi_id ELSE t.user_id END",
          **this)  # fmt: skip
    _copy(cursor, "proposals_proposalparty", "t.proposal_id", **this)
    _copy(cursor, "proposals_proposalcountry", "t.proposal_id", **this)
    _copy(cursor, "proposals_proposalversion", "t.proposal_id", "t.number = 1", id=f"{versions} + g",
          dossier_json="'{}'", **this)  # fmt: skip
    this["version_id"] = f"{versions} + g"
    # One expert of each proposal is another one, so that nobody's list is the whole call's.
    _copy(cursor, "reviews_assignment", "t.proposal_id", "t.id IN (SELECT min(id) FROM reviews_assignment GROUP BY "
          "proposal_id)", expert_id="copy.expert_id", **this)  # fmt: skip
    _copy(cursor, "projects_project", "t.proposal_id", id=f"{projects} + g", book_draft="'{}'", book_document_id="NULL",
          grant_number=number.format("grant_number"), **owner, **titles, **this)  # fmt: skip
    held = f"(SELECT p.proposal_id FROM projects_project p WHERE p.id = t.row_id AND p.id <= {projects})"
    _terms(cursor, "projects_projectterm", held, f"{projects} + g")
    done = f"(SELECT p.proposal_id FROM projects_project p WHERE p.id = t.project_id AND p.id <= {projects})"
    _copy(cursor, "acceptance_acceptance", done, project_id=f"{projects} + g", notice_id="NULL")
    cursor.execute(
        "INSERT INTO notifications_notice (tenant_id, user_id, kind, key, title_zh, title_en, body_zh, body_en, url, "
        "created_at) SELECT t.tenant_id, t.user_id, t.kind, t.key || '-' || g, t.title_zh, t.title_en, '', '', '', "
        "t.created_at FROM generate_series(1, %s) g, LATERAL (SELECT * FROM notifications_notice n WHERE n.user_id = "
        "(SELECT id FROM accounts_user WHERE email = 'pi@demo.example') ORDER BY id LIMIT 1) t",
        [count // 10],
    )
    for table in ("proposals_proposal", "proposals_proposalversion", "projects_project"):
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _terms(cursor: Any, table: str, source: str, row: str) -> None:
    """The words of the copies: their sources', and the number in their titles."""
    _copy(cursor, table, source, row_id=row)
    cursor.execute(
        f"INSERT INTO {table} (tenant_id, row_id, term) SELECT DISTINCT s.tenant_id, s.row_id, g::text "
        f"FROM copy JOIN {table} s ON s.row_id = {row}"
    )


def _copy(cursor: Any, table: str, source: str, only: str = "true", **changes: str) -> None:
    """Insert for each row of `copy` the rows of `table` (as `t`) whose `source` is its, with SQL for some columns."""
    names, values = _columns(cursor, table, **changes)
    # A project of the demo at most, not a copy made a statement ago.
    cursor.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM copy '
        f'JOIN (SELECT *, {source} AS of FROM "{table}" t) t ON t.of = copy.source WHERE {only}'
    )


def _columns(cursor: Any, table: str, **changes: str) -> tuple[str, str]:
    names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    if "id" not in changes:
        names.remove("id")
    return ", ".join(f'"{n}"' for n in names), ", ".join(changes.get(n, f't."{n}"') for n in names)


def _number(cursor: Any, query: str) -> int:
    cursor.execute(query.replace("%%", "%"))
    return int(cursor.fetchone()[0] or 0)


def waiting(count: int) -> None:
    """Applications before the office of office@: copies of one handed in by the real action, to a call that stays open.

    Prints `session=office KEY`, then `waiting=PK SHA256` for each."""
    tenant = Tenant.objects.get(slug="anso")
    office = User.objects.get(email="office@demo.example")
    with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
        first = Proposal.objects.filter(
            state="endorsing", lead_institution__in=office.affiliations.values("institution")
        ).latest("pk")
        base = _number(cursor, "SELECT max(id) FROM proposals_proposal")
        cursor.execute(
            "CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT g, %s::bigint AS source FROM generate_series(1, %s) g",
            [first.pk, count],
        )
        _copy(cursor, "proposals_proposal", "t.id", id=f"{base} + g")
        _copy(cursor, "proposals_handedin", "t.proposal_id", proposal_id=f"{base} + g")
        cursor.execute("SELECT setval(pg_get_serial_sequence('proposals_proposal', 'id'), %s)", [base + count])
        seen = first.handed_in.latest("round").sha256
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"session=office {_session(office)}")
    for number in range(1, count + 1):
        print(f"waiting={base + number} {seen}")


def received() -> None:
    """Print, as `name=number`, what the database holds of the applications that `waiting` made: they have the title
    of the one they are copies of."""
    tenant = Tenant.objects.get(slug="anso")
    with tenant_scope(tenant):
        newest = Proposal.objects.latest("pk")
        rows = Proposal.objects.filter(title_en=newest.title_en, call=newest.call, pi=newest.pi)
        numbers = [int(row.rsplit("-", 1)[1]) for row in rows.values_list("application_number", flat=True) if row]
        versions = ProposalVersion.objects.filter(proposal__in=rows).count()
        events = Event.objects.filter(action="proposal.endorse", subject_id__in=rows.values("pk")).count()
        receipts = Notice.objects.filter(kind="receipt", user=newest.pi)
        keys = {f"proposal-{pk}-received-1" for pk in rows.values_list("pk", flat=True)}
        print(f"received={rows.filter(state=ProposalState.SUBMITTED, received_at__isnull=False).count()}")
        print(f"numbers={len(set(numbers))}")
        print(f"gaps={max(numbers) - min(numbers) + 1 - len(set(numbers)) if numbers else 0}")
        print(f"versions={versions}")
        print(f"events={events}")
        print(f"receipts={len(keys & set(receipts.values_list('key', flat=True)))}")
        print(f"broken={len(list(broken_links()))}")


def pages() -> None:
    """Print `session=NAME KEY` and `page=NAME PATH`, the latter with the number of its queries."""
    for name in PEOPLE:
        print(f"session={name} {_session(User.objects.get(email=f'{name}@demo.example'))}")
    for name, path in list(_pages()):  # the list first: no scope is open around the requests
        client = Client()
        client.cookies["sessionid"] = _session(User.objects.get(email=f"{name.split('/')[0]}@demo.example"))
        counter = Counter()
        client.get(path)  # what a process remembers afterwards
        with connection.execute_wrapper(counter):
            client.get(path)
        print(f"page={name} {path} {counter.count}")


class Counter:
    """Counts the statements."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _pages() -> Iterator[tuple[str, str]]:
    tenant = Tenant.objects.get(slug="anso")
    slug = tenant.slug

    def page(who: str, view: str, *arguments: Any, query: str = "", also: str = "") -> tuple[str, str]:
        return f"{who}/{also or view}", reverse(view, args=[slug, *arguments]) + query

    with tenant_scope(tenant):
        for who in PEOPLE:
            yield f"{who}/home", reverse("home")
        for who in ("secretary", "pi", "office", "reviewer1"):
            yield page(who, "proposals:list")
        middle = Proposal.objects.order_by("-id").values_list("id", flat=True)[Proposal.objects.count() // 2]
        yield page("secretary", "proposals:list", query=f"?after={middle}_{middle}", also="proposals:list deep")
        yield page("secretary", "proposals:list", query="?state=submitted&sort=amount", also="proposals:list state")
        yield page("secretary", "proposals:list", query="?q=nothinglikeit", also="proposals:list search")
        yield page("secretary", "proposals:list", query=f"?q={quote('合作')}", also="proposals:list search zh")
        own, closed = _first("draft", "pi"), _first("approved")
        yield page("pi", "proposals:detail", own)
        yield page("pi", "proposals:edit_section", own, "budget")
        yield page("secretary", "proposals:detail", closed)
        yield page("secretary", "proposals:check", _first("submitted"))
        yield page("secretary", "reviews:assign", _first("reviewing"))
        yield page("secretary", "reviews:results", closed)
        yield page("secretary", "reviews:experts")
        yield page("reviewer1", "reviews:mine")
        read = Assignment.objects.filter(expert__user__email="reviewer1@demo.example", state="submitted").first()
        yield page("reviewer1", "reviews:review", read and read.pk)
        yield page("director", "reviews:plan_list")
        yield page("director", "reviews:plan", FundingPlan.objects.order_by("id").values_list("id", flat=True)[0])
        for who in ("secretary", "pi", "host"):
            yield page(who, "projects:list")
        done = Project.objects.filter(acceptance__isnull=False).order_by("id").values_list("id", flat=True)[0]
        yield page("secretary", "projects:detail", done)
        yield page("secretary", "projects:book", done)
        for who in ("secretary", "host"):
            yield page(who, "projects:tray")
        yield page("secretary", "acceptance:list")
        yield page("secretary", "acceptance:detail", done)
        yield page("secretary", "programs:call_list")
        yield page("secretary", "programs:call", Call.objects.order_by("id").values_list("id", flat=True)[0])
        yield page("pi", "notifications:inbox")


def _first(state: str, pi: str = "") -> int:
    rows = Proposal.objects.filter(state=state).order_by("id")
    if pi:
        rows = rows.filter(pi__email=f"{pi}@demo.example")
    return int(rows.values_list("id", flat=True)[0])


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
    elif sys.argv[1] == "waiting":
        waiting(int(sys.argv[2]))
    elif sys.argv[1] == "received":
        received()
    elif sys.argv[1] == "pages":
        pages()
    else:
        fill(int(sys.argv[2]))
