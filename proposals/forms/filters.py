"""The filters of the list of proposals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from core.countries import country_name
from programs.queries import programmes_by_slug
from proposals.enums import ProposalState
from proposals.queries.listing import LARGEST_ID, calls_to_choose, field_labels, month_of

# Where statistics lead: they stand in the bar once they are in the address.
FROM_STATISTICS = ("programme", "institution", "country", "field", "year", "month")


class Filters(forms.Form):
    """`q`, `state` and `call`, from the address, and for staff what statistics count by; a nonsensical value filters
    nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *ProposalState.choices])
    call = forms.TypedChoiceField(label=_("Call"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, is_staff: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("Number, title or name")
        self.fields["call"].choices = [("", _("All")), *calls_to_choose(is_staff=is_staff)]  # type: ignore[attr-defined] # a ChoiceField's
        if is_staff:
            for name in FROM_STATISTICS:
                value = str(self.data.get(name, ""))
                if value and (known := _ONE_OF[name](value)):
                    label, text = known
                    self.fields[name] = forms.ChoiceField(
                        label=label, required=False, choices=[("", _("All")), (value, text)]
                    )

    @property
    def values(self) -> dict[str, Any]:
        """The filters that could be understood."""
        self.is_valid()
        return self.cleaned_data


def _programme(value: str) -> tuple[Any, str] | None:
    found = programmes_by_slug().get(value)
    return (_("Programme"), found.title) if found else None


def _institution(value: str) -> tuple[Any, str] | None:
    pk = int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0
    found = Institution.objects.filter(pk=pk).first() if 0 < pk < LARGEST_ID else None
    return (_("Lead institution"), found.display_name) if found else None


def _country(value: str) -> tuple[Any, str] | None:
    is_code = len(value) == 2 and value.isascii() and value.isupper()
    return (_("Partner in"), country_name(value)) if is_code else None


def _field(value: str) -> tuple[Any, str] | None:
    return (_("Field"), field_labels().get(value, value)) if len(value) <= 300 and "\x00" not in value else None


def _year(value: str) -> tuple[Any, str] | None:
    return (_("Received in"), value) if month_of(f"{value}-01") else None


def _month(value: str) -> tuple[Any, str] | None:
    return (_("Received in"), value) if month_of(value) else None


_ONE_OF = {
    "programme": _programme, "institution": _institution, "country": _country, "field": _field, "year": _year,
    "month": _month,
}  # fmt: skip
