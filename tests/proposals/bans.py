"""Sanctions on record, and an ISTCP call whose rules ask for them."""

from datetime import date
from typing import Any

from accounts.models import Tenant, User
from programs.enums import CallState
from programs.models import Call, PolicyVersion, Programme
from programs.policy import combine
from proposals.actions.sanctioning import record_sanction
from proposals.enums import Capacity, SanctionKind
from proposals.models import Sanction
from tests.cast import Cast
from tests.factories import CLOSES_AT, OPENS_AT, POLICIES


def banned(tenant: Tenant, by: User, subject: Any, **more: Any) -> Sanction:
    """On record for two years from 2021 on, unless told otherwise; as an institution or a person, whichever it is."""
    fields: dict[str, Any] = {
        "capacity": Capacity.PI if isinstance(subject, User) else Capacity.UNDERTAKING,
        "kind": SanctionKind.NO_APPLYING,
        "reason": "Plagiarism in an application.",
        "decision": "国科罚〔2021〕1号",
        "starts_on": date(2021, 1, 1),
        "ends_on": date(2022, 12, 31),
    }
    return record_sanction(tenant=tenant, by=by, subject=subject, **(fields | more))


def istcp_call(cast: Cast) -> Call:
    """The ISTCP call of 2021, open."""
    names = ("most/istcp-intergovernmental.toml", "most/calls/2021-istcp-intergovernmental.toml")
    source, call_source = ((POLICIES / name).read_text("utf-8") for name in names)
    programme = Programme.objects.create(
        tenant=cast.most, slug="istcp-intergovernmental", title_zh="政府间项目", title_en="ISTCP"
    )
    version = PolicyVersion.objects.create(
        tenant=cast.most, programme=programme, number=1, source=source, sha256="0" * 64, created_by=cast.mo
    )
    return Call.objects.create(
        tenant=cast.most,
        programme=programme,
        policy_version=version,
        slug="istcp",
        title_zh="政府间项目",
        title_en="ISTCP",
        source=call_source,
        policy_sha256=combine(source, call_source).sha256,
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        state=CallState.OPEN,
        created_by=cast.mo,
        published_at=OPENS_AT,
        published_by=cast.mo,
    )
