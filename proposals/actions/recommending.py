"""The funder says which institution endorses for which, after its own office: recommending department, consortium."""

from django.db import transaction

from accounts.models import Institution, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible
from proposals.models import Recommender
from proposals.rules import administers


@transaction.atomic
def record_recommender(
    *, tenant: Tenant, by: User, unit: str, institution: Institution, endorser: Institution
) -> Recommender:
    """What `institution` hands in from now on may go through `endorser` at the steps for `unit`; recorded twice, it is
    one. Applications on their way keep theirs. Raises NotVisible for anyone but the funder's administrator."""
    if not administers(by, tenant):
        raise NotVisible
    row, is_new = Recommender.objects.get_or_create(
        tenant=tenant,
        unit=unit,
        institution=institution,
        endorser=endorser,
        defaults={"recorded_at": clock.now(), "recorded_by": by},
    )
    if is_new:
        record(tenant=tenant, actor=by, action="recommender.record", subject=row, data=_data(row))
    return row


@transaction.atomic
def remove_recommender(*, recommender: Recommender, by: User) -> None:
    """For later hand-ins no more; harmless when it is gone already. Raises NotVisible for anyone but the
    administrator."""
    if not administers(by, recommender.tenant):
        raise NotVisible
    row = Recommender.objects.select_for_update().filter(pk=recommender.pk).first()
    if row is None:
        return
    record(tenant=row.tenant, actor=by, action="recommender.remove", subject=row, data=_data(row))
    row.delete()


def _data(row: Recommender) -> dict[str, object]:
    return {"unit": row.unit, "institution": row.institution_id, "endorser": row.endorser_id}
