"""The filters of the list of proposals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from proposals.enums import ProposalState
from proposals.queries.listing import calls_to_choose


class Filters(forms.Form):
    """`q`, `state` and `call`, from the address; a nonsensical value filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *ProposalState.choices])
    call = forms.TypedChoiceField(label=_("Call"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, is_staff: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("Number, title or name")
        self.fields["call"].choices = [("", _("All")), *calls_to_choose(is_staff=is_staff)]  # type: ignore[attr-defined] # a ChoiceField's

    @property
    def values(self) -> dict[str, Any]:
        """The filters that could be understood."""
        self.is_valid()
        return self.cleaned_data
