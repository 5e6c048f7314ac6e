"""No row of one funder is read, written or pointed at from another funder's scope (both engines)."""

import pytest
from django.apps import apps
from django.db import models, transaction
from django_scopes import ScopeError, scopes_disabled

from accounts.models import Tenant
from audit.models import Event
from core.rls import dependent_tables
from core.tenancy import CrossTenant, TenantOwned, active_tenant_ids, tenant_scope
from documents.models import Document, Revision, StoredFile
from notifications.models import Notice
from programs.enums import CallState
from programs.models import Call, Programme
from tests.conftest import every_tenant
from tests.factories import make_call

OWNED = sorted(
    (model for model in apps.get_models() if issubclass(model, TenantOwned)), key=lambda one: one._meta.label
)


@pytest.fixture
def two_calls(cast):
    """A call of each funder."""
    with tenant_scope(cast.anso):
        anso = make_call(cast.anso, cast.secretary)
    with tenant_scope(cast.most):
        most = make_call(cast.most, cast.mo, slug="2021-intergovernmental")
    return anso, most


# ---------------------------------------------------------------- outside any scope
READS = {
    "all": lambda rows: list(rows.all()),
    "iterate": lambda rows: list(rows.filter()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "exclude": lambda rows: rows.exclude(pk=1).exists(),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(pk=1),
    "values": lambda rows: list(rows.values("pk")),
    "in_bulk": lambda rows: rows.in_bulk(),
    "aggregate": lambda rows: rows.aggregate(models.Max("pk")),
    "explain": lambda rows: rows.explain(),
    "annotate": lambda rows: list(rows.annotate(one=models.Value(1))),
    "order_by": lambda rows: rows.order_by("pk").exists(),
    "select_related": lambda rows: list(rows.select_related("tenant")),
    "defer": lambda rows: rows.defer("tenant").exists(),
    "distinct": lambda rows: list(rows.distinct()),
    "iterator": lambda rows: list(rows.iterator()),
    "raw": lambda rows: list(rows.raw("SELECT 1 AS id")),
    "update": lambda rows: rows.update(pk=1),
    "delete": lambda rows: rows.get_queryset().delete(),
    "bulk_create": lambda rows: rows.bulk_create([]),
    "bulk_update": lambda rows: rows.bulk_update([], ["tenant"]),
    "get_or_create": lambda rows: rows.get_or_create(pk=1),
}


@pytest.mark.parametrize("read", READS)
def test_outside_a_scope_every_access_raises(cast, read):
    with pytest.raises(ScopeError):
        READS[read](Programme.objects)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_every_tenant_owned_model_is_scoped(cast, model):
    assert model._meta.default_manager is not None
    for manager in [model._meta.default_manager, *model._meta.managers]:
        with pytest.raises(ScopeError):
            manager.exists()


def test_a_new_row_needs_a_scope(cast):
    with pytest.raises(CrossTenant):
        Programme.objects.create(tenant=cast.anso, slug="x", title_zh="x")


def test_only_personal_grants_hang_on_a_tenant_owned_row_without_owning_a_tenant():
    """Any other table without a tenant could carry one funder's rows to another; these get a policy of their own."""
    assert set(dependent_tables()) == {"proposals_proposaluserobjectpermission"}


# ---------------------------------------------------------------- inside a scope
def test_a_scope_shows_its_own_rows_only(cast, two_calls):
    anso, most = two_calls
    with tenant_scope(cast.anso):
        assert list(Call.objects.all()) == [anso]
        assert not Call.objects.filter(pk=most.pk).exists()
        assert Call.objects.filter(pk=most.pk).update(title_en="taken") == 0
    with tenant_scope([cast.anso, cast.most]):
        assert set(Call.objects.all()) == {anso, most}


def test_a_scope_over_nobody_shows_nothing(cast, two_calls):
    with tenant_scope([]):
        assert not Call.objects.exists()


def test_scopes_nest_and_come_back(cast, two_calls):
    most = two_calls[1]
    with tenant_scope([cast.anso, cast.most]):
        with tenant_scope(cast.most):
            assert active_tenant_ids() == [cast.most.pk]
            assert list(Call.objects.all()) == [most]
            with tenant_scope([cast.most, cast.anso]):
                assert Call.objects.count() == 2
            assert list(Call.objects.all()) == [most]
        assert Call.objects.count() == 2
        with pytest.raises(RuntimeError), tenant_scope(cast.anso):
            raise RuntimeError
        assert Call.objects.count() == 2
    with pytest.raises(ScopeError):
        Call.objects.count()


def test_a_scope_comes_back_after_a_rollback_inside(cast, two_calls):
    with tenant_scope(cast.anso):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), tenant_scope(cast.most):
            Call.objects.count() / 0
        assert list(Call.objects.all()) == [two_calls[0]]


def test_related_managers_stay_inside_the_scope(cast, two_calls):
    most = two_calls[1]
    with tenant_scope([cast.anso, cast.most]):
        programme = most.programme
    with tenant_scope(cast.anso):
        assert list(programme.versions.all()) == []
        assert list(Tenant.objects.get(pk=cast.anso.pk).memberships.all())


# ---------------------------------------------------------------- writing
def notice(cast, tenant, key="k", **more):
    return Notice(tenant=tenant, user=cast.pi, kind="k", key=key, title_zh="x", title_en="x", **more)


def test_a_row_of_another_funder_is_not_saved(cast, two_calls):
    with tenant_scope(cast.anso):
        with pytest.raises(CrossTenant):
            notice(cast, cast.most).save()
        with pytest.raises(CrossTenant):
            Notice.objects.create(tenant=cast.most, user=cast.pi, kind="k", key="k", title_zh="x", title_en="x")
        with pytest.raises(CrossTenant):
            Notice.objects.bulk_create([notice(cast, cast.anso, "a"), notice(cast, cast.most, "b")])
        assert not Notice.objects.exists()
    with tenant_scope(cast.most):
        assert not Notice.objects.exists()


def test_a_row_held_from_elsewhere_is_not_saved(cast, two_calls):
    _, most = two_calls
    most.title_en = "taken"
    with tenant_scope(cast.anso), pytest.raises(CrossTenant):
        most.save()
    with tenant_scope(cast.anso), pytest.raises(CrossTenant):
        Call.objects.bulk_update([most], ["title_en"])
    with tenant_scope(cast.most):
        assert Call.objects.get().title_en != "taken"


@pytest.mark.parametrize("by_id", [False, True])
def test_a_row_does_not_point_into_another_funder(cast, two_calls, by_id):
    anso, most = two_calls
    target = {"programme_id": most.programme_id} if by_id else {"programme": most.programme}
    with tenant_scope([cast.anso, cast.most]):
        for name, value in target.items():
            setattr(anso, name, value)
        with pytest.raises(CrossTenant):
            anso.save()
        with pytest.raises(CrossTenant):
            Call.objects.bulk_update([anso], ["programme"])
    with tenant_scope(cast.anso), pytest.raises(CrossTenant):
        Call.objects.filter(pk=anso.pk).update(**target)
    with tenant_scope(cast.anso):
        anso.refresh_from_db()
        assert anso.programme.tenant_id == cast.anso.pk


def test_a_new_row_does_not_point_into_another_funder(cast):
    with tenant_scope(cast.most):
        file = StoredFile.objects.create(tenant=cast.most, sha256="0" * 64, size=1, media_type="x/y")
    with tenant_scope(cast.anso):
        document = Document.objects.create(
            tenant=cast.anso, kind="k", code="X", title_zh="x", title_en="x", subject_type="x", subject_id=1
        )
        row = Revision(tenant=cast.anso, document=document, number=0, file_id=file.pk)
        with pytest.raises(CrossTenant):
            row.save()
        with pytest.raises(CrossTenant):
            Revision.objects.bulk_create([row])
        with pytest.raises(CrossTenant):
            document.revisions.create(tenant=cast.anso, number=0, file_id=file.pk)


def test_a_row_never_changes_its_tenant(cast, two_calls):
    anso, _ = two_calls
    with tenant_scope([cast.anso, cast.most]):
        for change in ({"tenant": cast.most}, {"tenant_id": cast.most.pk}):
            with pytest.raises(CrossTenant):
                Programme.objects.update(**change)
        row = Notice.objects.create(tenant=cast.anso, user=cast.pi, kind="k", key="k", title_zh="x", title_en="x")
        row = Notice.objects.get(pk=row.pk)
        row.tenant = cast.most
        with pytest.raises(CrossTenant):
            row.save()
        with pytest.raises(CrossTenant):
            Notice.objects.bulk_update([row], ["tenant"])
        with pytest.raises(CrossTenant):
            Call.objects.update_or_create(pk=anso.pk, defaults={"tenant": cast.most})


def test_an_update_by_expression_passes(cast, two_calls):
    with tenant_scope(cast.anso):
        assert Call.objects.update(title_en=models.F("title_zh"), programme=models.F("programme")) == 1


def test_with_scopes_off_only_the_pointing_is_guarded(cast, two_calls):
    anso, most = two_calls
    with every_tenant(), scopes_disabled():
        assert active_tenant_ids() is None
        anso.programme = most.programme
        with pytest.raises(CrossTenant):
            anso.save()


# ---------------------------------------------------------------- in the browser
def test_a_page_of_an_unknown_funder_is_missing(client, cast):
    client.force_login(cast.secretary)
    assert client.get("/nobody/inbox/").status_code == 404
    assert client.get("/anso/inbox/").status_code == 200


def test_no_scope_is_left_open_after_a_request(client, cast):
    client.force_login(cast.secretary)
    client.get("/anso/inbox/")
    with pytest.raises(ScopeError):
        Notice.objects.exists()


def test_event_rows_belong_to_their_funder(cast, two_calls):
    from audit.actions import record

    with tenant_scope(cast.anso):
        record(tenant=cast.anso, actor=cast.secretary, action="t", subject=two_calls[0], to_state=CallState.OPEN)
        with pytest.raises(CrossTenant):
            record(tenant=cast.most, actor=cast.secretary, action="t", subject=two_calls[0])
    with tenant_scope(cast.most):
        assert not Event.objects.exists()
