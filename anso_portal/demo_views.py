"""The demo's own page: a clock that can be put forward, so that a visitor reaches deadlines and term ends."""

from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core import clock
from core.access import SIGNED_IN, open_to


class ClockForm(forms.Form):
    """The day to which the demo's clock is put; never back behind the real one."""

    day = forms.DateField(
        label=gettext_lazy("Today shall be"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not clock.real_today() <= day <= clock.real_today() + timedelta(days=3660):
            raise forms.ValidationError(_("Choose a day from the real today to ten years ahead."))
        return day


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Show the demo's clock; POST puts it forward or back to the real time. Outside the demo: a 404."""
    if not settings.DEMO_MODE:
        raise Http404
    form = ClockForm(request.POST or None, initial={"day": clock.today()})
    if request.method == "POST" and "reset" in request.POST:
        clock.set_demo_offset(timedelta())
        messages.success(request, _("The clock shows the real time again."))
        return redirect("demo_clock")
    if form.is_valid():
        clock.set_demo_offset(form.cleaned_data["day"] - clock.real_today())
        messages.success(request, _("The clock has been moved for everybody in this demo."))
        return redirect("demo_clock")
    status = 422 if form.is_bound else 200
    return render(request, "demo/clock.html", {"form": form, "now": clock.now()}, status=status)
