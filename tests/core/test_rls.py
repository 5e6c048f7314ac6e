"""Row-level security and append-only triggers, tried with plain SQL as the application's own role would."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from core.rls import append_only_tables, dependent_tables, tenant_tables
from core.tenancy import RLS_VARIABLE, tenant_scope
from documents.models import StoredFile
from notifications.models import Notice
from proposals.grants import CO_WRITE
from proposals.models import ProposalUserObjectPermission
from tests.conftest import APP_ROLE
from tests.factories import make_call, make_proposal

TABLES = sorted(tenant_tables())
APPEND_ONLY = sorted(append_only_tables())


def login(user: str = APP_ROLE) -> Any:
    """A connection of its own to the test database, as web and worker have it (services.py gives the password)."""
    import psycopg2

    settings = connection.settings_dict
    return psycopg2.connect(
        dbname=settings["NAME"], user=user, password="test", host=settings["HOST"], port=settings["PORT"]
    )


@pytest.fixture
def rows(cast: Any) -> dict[int, set[str]]:
    """Each funder has a proposal, a notice and a file; the tables that hold something, by tenant."""
    held: dict[int, set[str]] = {}
    for tenant, by in ((cast.anso, cast.secretary), (cast.most, cast.mo)):
        with tenant_scope(tenant):
            make_proposal(cast, make_call(tenant, by, slug=f"call-{tenant.slug}"), state="submitted")
            Notice.objects.create(tenant=tenant, user=cast.pi, kind="k", key="k", title_zh="x", title_en="x")
            StoredFile.objects.create(tenant=tenant, sha256="0" * 64, size=1, media_type="text/plain")
            with connection.cursor() as cursor:
                held[tenant.pk] = {table for table in TABLES if count(cursor, table)}
    assert len(held[cast.anso.pk]) > 8
    return held


def count(cursor: Any, table: str) -> int:
    cursor.execute(f'SELECT count(*) FROM "{table}"')
    return int(cursor.fetchone()[0])


def act_for(cursor: Any, *tenants: Any) -> None:
    cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, ",".join(str(one.pk) for one in tenants)])


# ---------------------------------------------------------------- what the catalogue says
@pytest.mark.postgres
@pytest.mark.parametrize("table", [*TABLES, *sorted(dependent_tables())])
def test_every_tenant_table_has_a_forced_policy(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class "
            "WHERE relname = %s AND relnamespace = current_schema()::regnamespace",
            [table],
        )
        assert cursor.fetchone() == (True, True)
        cursor.execute(
            "SELECT policyname, permissive, roles::text[], cmd, qual = with_check, qual FROM pg_policies WHERE tablename = %s",
            [table],
        )
        ((name, permissive, roles, command, same, qual),) = cursor.fetchall()
    assert (name, permissive, roles, command, same) == ("tenant_rows", "PERMISSIVE", ["public"], "ALL", True)
    assert RLS_VARIABLE in qual if table in TABLES else "EXISTS" in qual


def test_every_tenant_owned_model_is_known_to_the_policy_maker():
    with_tenant = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if any(field.name == "tenant" for field in model._meta.concrete_fields)
    }
    # Who works where is global by design, and the code's index is empty of content.
    assert with_tenant - set(TABLES) == {"accounts_membership", "documents_verificationcode"}


# ---------------------------------------------------------------- what SQL can reach
@pytest.mark.postgres
def test_without_a_scope_nothing_is_there(cast, rows, app_role):
    with connection.cursor() as cursor:
        assert {table: count(cursor, table) for table in TABLES} == dict.fromkeys(TABLES, 0)


@pytest.mark.postgres
def test_a_scope_shows_only_its_own_rows(cast, rows, app_role):
    with connection.cursor() as cursor:
        act_for(cursor, cast.most)
        for table in TABLES:
            cursor.execute(f'SELECT DISTINCT tenant_id FROM "{table}"')
            assert {tenant for (tenant,) in cursor.fetchall()} <= {cast.most.pk}, table
        assert count(cursor, "proposals_proposal") == 1
        act_for(cursor, cast.most, cast.anso)
        assert count(cursor, "proposals_proposal") == 2


@pytest.mark.postgres
def test_joins_views_and_copies_show_no_more(cast, rows, app_role, tmp_path):
    with connection.cursor() as cursor:
        act_for(cursor, cast.most)
        cursor.execute(
            "SELECT count(*) FROM accounts_user u JOIN proposals_proposal p ON p.pi_id = u.id WHERE p.tenant_id = %s",
            [cast.anso.pk],
        )
        assert cursor.fetchone() == (0,)
        with (tmp_path / "copy").open("w+b") as target:
            cursor.cursor.copy_expert("COPY (SELECT tenant_id FROM proposals_proposal) TO STDOUT", target)
            target.seek(0)
            assert target.read().split() == [str(cast.most.pk).encode()]


@pytest.mark.postgres
@pytest.mark.parametrize("table", TABLES)
def test_rows_of_another_funder_are_neither_changed_nor_deleted(cast, rows, app_role, table):
    with connection.cursor() as cursor:
        act_for(cursor, cast.most)
        cursor.execute(f'UPDATE "{table}" SET tenant_id = tenant_id WHERE tenant_id = %s', [cast.anso.pk])
        assert cursor.rowcount == 0
        cursor.execute(f'DELETE FROM "{table}" WHERE tenant_id = %s', [cast.anso.pk])
        assert cursor.rowcount == 0
        act_for(cursor, cast.anso)
        assert bool(count(cursor, table)) == (table in rows[cast.anso.pk])


@pytest.mark.postgres
def test_rows_are_neither_made_in_nor_moved_to_another_funder(cast, rows, app_role):
    with connection.cursor() as cursor:
        act_for(cursor, cast.most)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute(
                "INSERT INTO notifications_notice (tenant_id, user_id, kind, key, title_zh, title_en, body_zh, body_en, url, "
                "created_at) VALUES (%s, %s, 'k', 'new', '', '', '', '', '', now())",
                [cast.anso.pk, cast.pi.pk],
            )
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("UPDATE notifications_notice SET tenant_id = %s", [cast.anso.pk])
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute(
                "INSERT INTO documents_storedfile (tenant_id, sha256, size, media_type, created_at) "
                "VALUES (%s, %s, 1, 'x', now()) ON CONFLICT (tenant_id, sha256) DO UPDATE SET size = 2",
                [cast.anso.pk, "0" * 64],
            )


@pytest.mark.postgres
def test_the_owner_is_bound_too(cast, rows):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting(%s, true)", [RLS_VARIABLE])
        user, scope = cursor.fetchone()
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [user])
        assert cursor.fetchone() == (False,)
        assert not scope
        assert count(cursor, "proposals_proposal") == 0


@pytest.mark.postgres
def test_personal_grants_follow_their_proposal(cast, app_role):
    with tenant_scope(cast.anso):
        proposal = make_proposal(cast, make_call(cast.anso, cast.secretary))
        permission = Permission.objects.get(codename=CO_WRITE)
        ProposalUserObjectPermission.objects.create(user=cast.charlie, permission=permission, content_object=proposal)
    with connection.cursor() as cursor:
        for tenant, expected in ((cast.anso, 1), (cast.most, 0)):
            act_for(cursor, tenant)
            assert count(cursor, "proposals_proposaluserobjectpermission") == expected


# ---------------------------------------------------------------- what the application's role may not do
FORBIDDEN = {
    "disable RLS": "ALTER TABLE proposals_proposal DISABLE ROW LEVEL SECURITY",
    "no force": "ALTER TABLE proposals_proposal NO FORCE ROW LEVEL SECURITY",
    "drop policy": "DROP POLICY tenant_rows ON proposals_proposal",
    "new policy": "CREATE POLICY all_rows ON proposals_proposal USING (true)",
    "disable triggers": "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "drop trigger": "DROP TRIGGER audit_event_no_update ON audit_event",
    "replace the trigger's function": "CREATE OR REPLACE FUNCTION portal_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "own function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "own table": "CREATE TABLE mine (id int)",
    "truncate": "TRUNCATE audit_event",
    "drop table": "DROP TABLE audit_event",
    "replica mode": "SET session_replication_role = replica",
    "become owner": "SET ROLE anso_owner",
    "become superuser": "SET ROLE postgres",
    "bypass": "ALTER ROLE anso_app BYPASSRLS",
    "read server files": "SELECT pg_read_file('/etc/hostname')",
    "run programs": "COPY proposals_proposal TO PROGRAM 'cat'",
    "new role": "CREATE ROLE mine SUPERUSER",
    "read across without RLS": "SET row_security = off; SELECT * FROM proposals_proposal",
}


@pytest.mark.postgres
def test_the_list_of_funders_opens_what_it_names_and_nonsense_opens_nothing(cast, rows, app_role):
    """By itself the role may set the list: the fence is against forgotten filters, not injected SQL (ADR 2)."""
    with connection.cursor() as cursor:
        act_for(cursor, cast.most)
        assert count(cursor, "proposals_proposal") == 1
        for nothing in ("", "0", "-1", str(2**62)):
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, nothing])
            assert count(cursor, "proposals_proposal") == 0
        for nonsense in ("*", "1 OR 1=1", "{1,2}", "NULL", "1;2", str(2**64)):
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, nonsense])
            with pytest.raises(DatabaseError), transaction.atomic():
                count(cursor, "proposals_proposal")
        cursor.execute("SELECT set_config(%s, '', true)", [RLS_VARIABLE])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_application_role_cannot_lift_its_own_bounds():
    import psycopg2

    plain = login()
    try:
        for name, statement in FORBIDDEN.items():
            with pytest.raises(psycopg2.DatabaseError) as refusal, plain.cursor() as cursor:
                cursor.execute(statement)
            plain.rollback()
            assert refusal.value.pgcode == "42501", name  # insufficient_privilege, not a slip in the statement
    finally:
        plain.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_variable_does_not_outlive_its_transaction(cast):
    """What a pooled connection would carry to the next request."""
    with tenant_scope(cast.anso):
        make_call(cast.anso, cast.secretary)

    def in_this_connection() -> tuple[int, str, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), coalesce(current_setting(%s, true), '')", [RLS_VARIABLE])
            return (*cursor.fetchone(), count(cursor, "programs_call"))

    pid, *_ = in_this_connection()
    with tenant_scope(cast.anso):
        assert in_this_connection() == (pid, str(cast.anso.pk), 1)
    assert in_this_connection() == (pid, "", 0)
    with pytest.raises(RuntimeError), tenant_scope(cast.anso):
        raise RuntimeError
    assert in_this_connection() == (pid, "", 0)
    with tenant_scope(cast.anso):
        transaction.set_rollback(True)
    assert in_this_connection() == (pid, "", 0)
    with tenant_scope(cast.most):
        with pytest.raises(DatabaseError), tenant_scope(cast.anso), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert in_this_connection() == (pid, str(cast.most.pk), 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_logins_do_not_share_the_variable(cast):
    one, other = login(), login()
    try:
        with one.cursor() as first, other.cursor() as second:
            act_for(first, cast.anso)
            second.execute("SELECT coalesce(current_setting(%s, true), '')", [RLS_VARIABLE])
            assert second.fetchone() == ("",)
    finally:
        one.close()
        other.close()


# ---------------------------------------------------------------- append-only, on both engines
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_every_append_only_table_has_both_triggers(db, table):
    assert guards(table) <= triggers_of(table)


def guards(table):
    return {f"{table}_no_update", f"{table}_no_delete"}


def triggers_of(table):
    """The names of a table's triggers that are in force."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
            )
            return {name for name, enabled in cursor.fetchall() if enabled == "O"}
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        return {name for (name,) in cursor.fetchall()}


def by_sql(statement):
    def write(file):
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return write


def save_another_size(file):
    file.size = 2
    file.save()


@pytest.mark.parametrize(
    "write",
    [
        by_sql("UPDATE documents_storedfile SET size = 2"),
        by_sql("DELETE FROM documents_storedfile"),
        save_another_size,
        lambda file: StoredFile.objects.filter(pk=file.pk).update(size=2),
        lambda file: StoredFile.objects.filter(pk=file.pk).delete(),
    ],
    ids=["update by SQL", "delete by SQL", "save", "update", "delete"],
)
def test_append_only_rows_stay(cast, anso, write):
    file = StoredFile.objects.create(tenant=anso, sha256="0" * 64, size=1, media_type="text/plain")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        write(file)
    file.refresh_from_db()
    assert file.size == 1


@pytest.mark.django_db(transaction=True)
def test_triggers_are_there_again_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    for table in APPEND_ONLY:
        assert guards(table) <= triggers_of(table)
