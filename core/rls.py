"""PostgreSQL row-level security behind the scoped managers, and the triggers that keep append-only tables so.

Runs after every migrate, so that no new tenant-owned table can be forgotten. FORCE makes it bind the owner too; only
a superuser or a BYPASSRLS role escapes, which `refuse_privileged_role` does not let the process run as."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models import Model

from core.tenancy import RLS_VARIABLE, TenantOwned, owned_target

CONDITION = f"tenant_id = ANY (string_to_array(nullif(current_setting('{RLS_VARIABLE}', true), ''), ',')::bigint[])"


def tenant_tables(models: Iterable[type[Model]] | None = None) -> set[str]:
    """The tables of the tenant-owned models among `models` (of all apps if not given)."""
    return {
        model._meta.db_table
        for model in (apps.get_models() if models is None else models)
        if issubclass(model, TenantOwned)
    }


def dependent_tables(models: Iterable[type[Model]] | None = None) -> dict[str, tuple[str, str]]:
    """Tables without a tenant that hang on a tenant-owned row (personal grants): table → (column, owner's table)."""
    found: dict[str, tuple[str, str]] = {}
    for model in apps.get_models() if models is None else models:
        if issubclass(model, TenantOwned):
            continue
        for field in model._meta.concrete_fields:
            if (target := owned_target(field)) is not None:
                found[model._meta.db_table] = (str(field.column), target._meta.db_table)
    return found


def append_only_tables(models: Iterable[type[Model]] | None = None) -> set[str]:
    """The tables of those models that declare `append_only = True`."""
    return {
        model._meta.db_table
        for model in (apps.get_models() if models is None else models)
        if getattr(model, "append_only", False)
    }


def protect_tables(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Make policies and triggers for the sender app's tables that exist; called by post_migrate, idempotent."""
    models = list(sender.get_models())
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in existing & tenant_tables(models):
                _enable_rls(cursor, table, CONDITION)
            for table, (column, owner) in dependent_tables(models).items():
                if table in existing:
                    # The owner's own policy filters what this sees.
                    _enable_rls(cursor, table, f'EXISTS (SELECT FROM "{owner}" o WHERE o.id = "{table}"."{column}")')
            cursor.execute(
                "CREATE OR REPLACE FUNCTION portal_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END$$"
            )
        for table in existing & append_only_tables(models):
            _append_only(cursor, table, connection.vendor)


def _enable_rls(cursor: Any, table: str, condition: str) -> None:
    cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    cursor.execute(f'DROP POLICY IF EXISTS tenant_rows ON "{table}"')
    cursor.execute(f'CREATE POLICY tenant_rows ON "{table}" USING ({condition}) WITH CHECK ({condition})')


def _append_only(cursor: Any, table: str, vendor: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        name = f"{table}_no_{verb.lower()}"
        if vendor == "postgresql":
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
            cursor.execute(
                f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION portal_append_only()'
            )
        else:
            cursor.execute(
                f'CREATE TRIGGER IF NOT EXISTS "{name}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def refuse_privileged_role(using: str = "default") -> None:
    """Raise ImproperlyConfigured when the database role could step around row-level security, or a table lacks it.

    It looks at what the role could become (SET ROLE, RESET ROLE) as well as at what it is."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        raise ImproperlyConfigured("production runs on PostgreSQL only")
    with connection.cursor() as cursor:
        cursor.execute(_POWERS)
        (may_bypass, owns_tables) = cursor.fetchone()
        cursor.execute(_PROTECTED)
        protected = {name for (name,) in cursor.fetchall()}
    if may_bypass or owns_tables:
        raise ImproperlyConfigured(
            "the application's database role is a superuser, may bypass row-level security or owns tables; "
            "run it as a plain role (see docker/postgres-init.sql)"
        )
    if bare := (tenant_tables() | dependent_tables().keys()) - protected:
        raise ImproperlyConfigured(f"no forced row-level security on {', '.join(sorted(bare))}: run migrate first")


# Both roles count: RESET ROLE leads back to the one that logged in.
_POWERS = """
WITH reachable AS (
    SELECT oid, rolsuper OR rolbypassrls AS may_bypass FROM pg_roles
    WHERE pg_has_role(current_user, oid, 'MEMBER') OR pg_has_role(session_user, oid, 'MEMBER')
)
SELECT bool_or(may_bypass), EXISTS (
    SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND relowner IN (SELECT oid FROM reachable)
) FROM reachable
"""
_PROTECTED = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity AND relforcerowsecurity
"""
