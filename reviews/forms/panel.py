"""The record of a panel's meeting (A22)."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from core import clock
from reviews.actions import Meeting, Minutes
from reviews.enums import PanelConclusion, PanelForm
from reviews.models import Panel
from reviews.queries.panels import PanelChoice, Sitting

MEGABYTE = 1024 * 1024


class MeetingForm(forms.Form):
    """What happened, who sat there, what was concluded; a correction also says why."""

    held_date = forms.DateField(label=_("Held on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    form = forms.ChoiceField(label=_("Meeting"), choices=PanelForm, widget=forms.RadioSelect)
    place = forms.CharField(
        label=_("Place or platform"), max_length=200, help_text=_("For an online meeting, the platform used.")
    )
    experts = forms.TypedMultipleChoiceField(
        label=_("International domain experts"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose somebody.")},
    )
    secretariat = forms.TypedMultipleChoiceField(
        label=_("For the secretariat"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose somebody.")},
    )
    conclusion = forms.ChoiceField(
        label=_("Conclusion"),
        choices=PanelConclusion,
        widget=forms.RadioSelect,
        help_text=_("Only what the panel passed can be funded."),
    )
    opinion = forms.CharField(label=_("Opinion"), max_length=20_000, widget=forms.Textarea({"rows": 6}))
    minutes = forms.FileField(label=_("Minutes (PDF)"), max_length=200, widget=forms.FileInput({"accept": ".pdf"}))
    reason = forms.CharField(label=_("Why it is corrected"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    supersedes = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**62)

    def __init__(
        self,
        *args: Any,
        tenant: Tenant,
        experts: list[PanelChoice],
        secretariat: list[User],
        standing: Sitting | None,
        **more: Any,
    ) -> None:
        more["initial"] = _as_it_stands(standing, secretariat)
        super().__init__(*args, **more)
        self.standing = standing
        self.known = {one.expert.pk: one.expert for one in experts if not one.evidence}
        self.people = {one.pk: one for one in secretariat}
        chosen: Any = self.fields["experts"]
        chosen.choices = [(pk, _named(one)) for pk, one in self.known.items()]
        present: Any = self.fields["secretariat"]
        present.choices = [(pk, one.display_name) for pk, one in self.people.items()]
        self.fields["held_date"].widget.attrs["max"] = clock.today(tenant.zone).isoformat()
        if standing is None:
            del self.fields["reason"]
        else:
            self.fields["minutes"].required = False
            self.fields["minutes"].help_text = _("Leave it empty to keep the present file.")

    def clean_minutes(self) -> Any:
        """Too large a file is refused before it is read."""
        file = self.cleaned_data["minutes"]
        if file is not None and (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // MEGABYTE
            raise ValidationError(_("The file has more than %(n)d MB.") % {"n": limit})
        return file

    def meeting(self) -> Meeting:
        """What `record_panel` takes. For a valid form."""
        data = self.cleaned_data
        file = data["minutes"]
        return Meeting(
            held_date=data["held_date"],
            form=data["form"],
            place=data["place"],
            experts=[self.known[pk] for pk in data["experts"]],
            secretariat=[self.people[pk] for pk in data["secretariat"]],
            conclusion=data["conclusion"],
            opinion=data["opinion"],
            minutes=Minutes(file.name or "", file.read()) if file else None,
        )

    def superseded(self) -> Panel | None:
        """The record that the person saw and corrects: the one that stands, or another one, which is then refused."""
        seen = self.cleaned_data["supersedes"]
        if self.standing is not None and self.standing.panel.pk == seen:
            return self.standing.panel
        return Panel(pk=seen) if seen else None


def _named(expert: Any) -> str:
    place = expert.institution.display_name if expert.institution else ""
    mark = "" if expert.is_international else str(_("in China"))
    return " · ".join(part for part in (expert.user.display_name, place, mark) if part)


def _as_it_stands(standing: Sitting | None, secretariat: list[User]) -> dict[str, Any]:
    if standing is None:
        return {"secretariat": [secretariat[0].pk]} if len(secretariat) == 1 else {}
    panel = standing.panel
    return {
        "held_date": panel.held_date,
        "form": panel.form,
        "place": panel.place,
        "experts": [seat.member.expert_id for seat in standing.experts],
        "secretariat": [seat.member.user_id for seat in standing.secretariat],
        "conclusion": panel.conclusion,
        "opinion": panel.opinion,
        "supersedes": panel.pk,
    }
