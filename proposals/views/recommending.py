"""The administrator's page: which institution endorses for which, after its own office."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import open_to
from core.errors import NotVisible
from proposals.actions import record_recommender, remove_recommender
from proposals.forms.recommending import RecommenderForm
from proposals.queries.recommenders import recommender_of, recommenders, units_named
from proposals.views.common import person


@open_to(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def recommender_list(request: TenantRequest) -> HttpResponse:
    """Every record, by institution; the form adds one."""
    tenant, units = request.tenant, units_named()
    form = RecommenderForm(units, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        row = record_recommender(
            tenant=tenant,
            by=person(request),
            unit=data["unit"],
            institution=data["institution"],
            endorser=data["endorser"],
        )
        words = {"endorser": row.endorser.display_name, "institution": row.institution.display_name}
        messages.success(request, _("%(endorser)s endorses for %(institution)s from now on.") % words)
        return redirect("proposals:recommenders", tenant.slug)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {"form": form, "rows": recommenders(text), "units": units, "text": text}
    return render(request, "proposals/recommenders.html", context, status=422 if form.errors else 200)


@open_to(Role.ADMIN)
@require_POST
def recommender_remove(request: TenantRequest, pk: int) -> HttpResponse:
    """Takes one off the record; what is on its way keeps it."""
    row = recommender_of(pk)
    if row is None:
        raise NotVisible
    remove_recommender(recommender=row, by=person(request))
    messages.success(request, _("Taken off the record. Applications on their way keep it."))
    return redirect("proposals:recommenders", request.tenant.slug)
