"""A funder's settings: names, colour, and how long things hold; an administrator changes them, on record."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.models import Tenant, User
from audit.actions import record
from core.access import open_to
from core.errors import StaleRevision
from programs.policy.places import token_of
from programs.studio.actions import require_admin

NAMES = (
    "name_zh", "name_en", "short_name_zh", "short_name_en", "brand_colour", "joint_work_years", "invitation_days",
    "appeal_days",
)  # fmt: skip


class SettingsForm(forms.ModelForm[Tenant]):
    """What an administrator may change."""

    class Meta:
        model = Tenant
        fields = NAMES
        labels = {
            "name_zh": gettext_lazy("Name (Chinese)"),
            "name_en": gettext_lazy("Name (English)"),
            "short_name_zh": gettext_lazy("Short name (Chinese)"),
            "short_name_en": gettext_lazy("Short name (English)"),
            "brand_colour": gettext_lazy("Colour"),
            "joint_work_years": gettext_lazy("Joint work counts for (years)"),
            "invitation_days": gettext_lazy("Invitations hold for (days)"),
            "appeal_days": gettext_lazy("Time to appeal (days)"),
        }
        help_texts = {
            "brand_colour": gettext_lazy("The portal makes it darker or lighter where text could not be read."),
            "joint_work_years": gettext_lazy(
                "Joint publications and projects of so many years keep an expert out of a review (article 16; "
                "the sources name no number). From 1 to 20."
            ),
            "invitation_days": gettext_lazy(
                "How long an invitation to review or to write together may be answered. From 1 to 90; "
                "invitations that were sent keep their day."
            ),
            "appeal_days": gettext_lazy(
                "How long an applicant may appeal when the preliminary check declares an application invalid: until "
                "24:00 of the last day. Every day counts, not only working days (the sources name no number). From 1 "
                "to 90; what was decided keeps its day."
            ),
        }
        widgets = {"brand_colour": forms.TextInput(attrs={"type": "color", "class": "form-control-color"})}

    def clean_brand_colour(self) -> str:
        """Browsers and the style sheet agree on small letters."""
        return str(self.cleaned_data["brand_colour"]).lower()


def values_of(tenant: Tenant) -> dict[str, Any]:
    """The settings by name."""
    return {name: getattr(tenant, name) for name in NAMES}


@transaction.atomic
def change_settings(*, tenant: Tenant, by: User, values: Mapping[str, Any], seen: str) -> Tenant:
    """Set the settings if they still are as they were seen (`token_of` them); what changed is on record.

    Raises NotVisible for anyone but an administrator, StaleRevision with the settings that stand."""
    require_admin(tenant, by)
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    before = values_of(row)
    if token_of(before) != seen:
        raise StaleRevision(current_revision=0, current=before)
    changed = {name: values[name] for name in NAMES if values[name] != before[name]}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
        told = {name: [before[name], value] for name, value in changed.items()}
        record(tenant=row, actor=by, action="funder.change", subject=row, data=told)
    return row


@open_to(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def funder_settings(request: TenantRequest) -> HttpResponse:
    """Show the settings and change them."""
    tenant: Tenant = request.tenant
    token, status, present = token_of(values_of(tenant)), 200, None
    # The form validates a copy: the page's own name and colour stay those that are saved.
    form = SettingsForm(request.POST or None, instance=Tenant.objects.get(pk=tenant.pk))
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            change_settings(tenant=tenant, by=request.user, values=form.cleaned_data, seen=seen)  # type: ignore[arg-type]
        except StaleRevision as stale:
            status, token = 409, token_of(stale.current)
            present = [(form.fields[name].label, value) for name, value in stale.current.items()]
        else:
            messages.success(request, _("Saved."))
            return redirect("funder_settings", tenant.slug)
    elif form.errors:
        status = 422
    context = {"form": form, "seen": token, "present": present}
    return render(request, "funder_settings.html", context, status=status)
