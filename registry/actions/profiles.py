"""A person corrects what the portal knows of them."""

from django.db import transaction

from accounts.models import Tenant, User
from audit.actions import record

OWN = ("name_zh", "name_en", "orcid", "language")


@transaction.atomic
def change_profile(*, tenant: Tenant, by: User, name_zh: str, name_en: str, orcid: str, language: str) -> list[str]:
    """Set the person's own names, ORCID and language; which of them changed. Only that goes on record, not the words:
    the chain can forget nothing."""
    row = User.objects.select_for_update().get(pk=by.pk)
    values = {"name_zh": name_zh, "name_en": name_en, "orcid": orcid, "language": language}
    changed = [name for name in OWN if getattr(row, name) != values[name]]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
        record(tenant=tenant, actor=by, action="person.change", subject=row, data={"fields": changed})
    return changed
