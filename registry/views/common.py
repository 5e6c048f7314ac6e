"""What the pages share: who asks, and refusals beside the fields they are about."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from accounts.http import TenantRequest
from accounts.models import Tenant, User, local
from core.errors import Refused

NOT_UNDERSTOOD = 422


def person(request: TenantRequest) -> User:
    """Who asks; for views that are open to nobody anonymous."""
    return cast(User, request.user)


def funder(request: TenantRequest) -> Tenant:
    """Whose address it is."""
    return request.tenant


def put_beside(form: forms.BaseForm, refusal: Refused) -> None:
    """Each finding at its field, with its article; at the form's head where it has no such field."""
    for finding in refusal.findings:
        article = local(f"（{finding.article}）", f" ({finding.article})") if finding.article else ""
        form.add_error(finding.field if finding.field in form.fields else None, finding.message + article)


def searched(text: str) -> str:
    """What was typed into a search, as databases take it."""
    return text.replace("\x00", "").strip()[:100]


def status_of(*bound: forms.BaseForm) -> int:
    """422 when something typed was not understood."""
    return NOT_UNDERSTOOD if any(form.is_bound and form.errors for form in bound) else 200


def options(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Choices of rows by their ids."""
    return [(str(row.pk), row.display_name) for row in rows]
