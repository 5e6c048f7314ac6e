"""Tenancy: a tenant is a funder, and a row of one funder is never seen or pointed at from another.

Three locks, each enough alone: managers that raise outside a scope (django-scopes), a guard at every save, and on
PostgreSQL row-level security (core/rls.py) fed by a transaction-local variable that `tenant_scope` sets."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, models, transaction
from django_scopes import ScopedManager, scope
from django_scopes.manager import DisabledQuerySet
from django_scopes.state import get_scope

RLS_VARIABLE = "portal.tenants"


class CrossTenant(Exception):
    """A row would belong to, or point into, a tenant other than the active one."""


class TenantQuerySet(models.QuerySet[Any]):
    """Bulk writes pass the same guard as single saves."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            row.check_tenant()
        return super().bulk_create(rows, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        rows = list(objs)
        for row in rows:
            row.check_tenant()
        return super().bulk_update(rows, fields, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        if {"tenant", "tenant_id"} & kwargs.keys():
            raise CrossTenant("a row never changes its tenant")
        for name, value in kwargs.items():
            self._check_target(name, value)
        return super().update(**kwargs)

    def _check_target(self, name: str, value: Any) -> None:
        """Raise CrossTenant when a foreign key would be set to a row outside the active tenants.

        Expressions are let through: they read columns of rows that were guarded when they were written."""
        active, field = active_tenant_ids(), self.model._meta.get_field(name.removesuffix("_id"))
        target = owned_target(field)
        if active is None or target is None or value is None or hasattr(value, "resolve_expression"):
            return
        if isinstance(value, models.Model):
            owner = getattr(value, "tenant_id", None)
        else:
            owner = target._base_manager.filter(pk=value).values_list("tenant_id", flat=True).first()
        if owner not in active:
            raise CrossTenant(f"{self.model._meta.label}.{name} would point into another tenant")


def _refuse(self: DisabledQuerySet, *args: Any, **kwargs: Any) -> Any:
    return self.error()


class OutsideScope(DisabledQuerySet):
    """What `objects` gives where no scope is open; refuses also what django-scopes forgets to."""

    exists = bulk_create = bulk_update = explain = in_bulk = contains = exclude = _refuse


def owned_target(field: Any) -> "type[TenantOwned] | None":
    """The tenant-owned model that the field points to, or None."""
    target = getattr(field, "related_model", None)
    if isinstance(field, models.ForeignKey) and isinstance(target, type) and issubclass(target, TenantOwned):
        return target
    return None


if TYPE_CHECKING:
    _Row = TypeVar("_Row", bound=models.Model)

    class TenantManager(models.Manager[_Row]):
        """What the type checker sees of the manager below."""

else:
    _scoped = ScopedManager(_manager_class=models.Manager.from_queryset(TenantQuerySet), tenant="tenant")

    class TenantManager(type(_scoped)):
        """Answers within the active tenants only, and raises ScopeError where there are none."""

        def get_queryset(self) -> models.QuerySet[Any]:
            rows = super().get_queryset()
            if isinstance(rows, DisabledQuerySet):
                return OutsideScope(self.model, using=self._db, missing_scopes=rows.missing_scopes)
            return rows


class TenantOwned(models.Model):
    """Base of every table that a funder owns. `objects` works only inside `tenant_scope`."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Any:
        row: Any = super().from_db(*args, **kwargs)
        row._born_in = row.__dict__.get("tenant_id")
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_tenant()
        super().save(*args, **kwargs)

    def check_tenant(self) -> None:
        """Raise CrossTenant unless this row and all it points to belong to the active tenant."""
        active = active_tenant_ids()
        if active is not None and self.tenant_id not in active:
            raise CrossTenant(f"{self._meta.label} of tenant {self.tenant_id} saved in the scope of {active}")
        if getattr(self, "_born_in", None) not in (None, self.tenant_id):
            raise CrossTenant("a row never changes its tenant")
        for field in self._meta.concrete_fields:
            target = owned_target(field)
            if target is None:
                continue
            value = getattr(self, field.attname)
            if value is None:
                continue
            if field.name in self._state.fields_cache:
                other = getattr(self, field.name).tenant_id
            else:
                rows = target._base_manager.filter(pk=value).values_list("tenant_id", flat=True)
                other = rows.first()
            if other != self.tenant_id:
                raise CrossTenant(f"{self._meta.label}.{field.name} points into another tenant")


def active_tenant_ids() -> list[int] | None:
    """The ids of the active scope; None where scopes are disabled."""
    current = get_scope()
    if not current.get("_enabled", True):
        return None
    tenants = current.get("tenant", [])
    if not isinstance(tenants, (list, tuple)):
        tenants = [tenants]
    return [tenant.pk for tenant in tenants]


def active_among(tenants: Iterable[int]) -> list[int]:
    """Those of the tenants' ids that the active scope is open for."""
    active = active_tenant_ids()
    return [tenant for tenant in tenants if active is None or tenant in active]


@contextmanager
def tenant_scope(tenants: Any) -> Iterator[None]:
    """Open the scope of one tenant, or of a list of them (My tasks).

    On PostgreSQL it runs in a transaction, since the row-level security variable must not outlive one."""
    chosen = list(tenants) if isinstance(tenants, (list, tuple, models.QuerySet)) else [tenants]
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            is_outermost = not connection.in_atomic_block
            stack.enter_context(transaction.atomic())
            stack.enter_context(_row_level_security([tenant.pk for tenant in chosen], is_outermost))
        stack.enter_context(scope(tenant=chosen[0] if len(chosen) == 1 else chosen))
        yield


@contextmanager
def _row_level_security(ids: list[int], is_outermost: bool) -> Iterator[None]:
    wanted = ",".join(map(str, ids))
    if is_outermost:
        # The variable is set for the transaction that begins and ends with this scope: it was empty, and goes with it.
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, wanted])
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_EXCHANGE, [RLS_VARIABLE, RLS_VARIABLE, wanted])
        before = cursor.fetchone()[0]
    yield
    # After an exception, or when the transaction is to be rolled back, the rollback restores the variable itself.
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, before or ""])


# Materialized: what it was is read before it is set.
_EXCHANGE = """
WITH before AS MATERIALIZED (SELECT current_setting(%s, true) AS value)
SELECT before.value, set_config(%s, %s, true) FROM before
"""
