"""What statistics are of."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programs.queries import programmes_by_slug
from proposals.queries.listing import calls_to_choose

ALL = "all"


class StatisticsFilters(forms.Form):
    """`year`, `programme` and `call`, from the address; nonsense filters nothing. Without a year or a call it is the
    newest year."""

    year = forms.ChoiceField(label=_("Received in"), required=False)
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    call = forms.TypedChoiceField(label=_("Call"), required=False, coerce=int, empty_value=None)

    def __init__(self, given: Any, years: Sequence[int]) -> None:
        data = {name: given.get(name, "") for name in self.base_fields}
        if not data["year"] and not data["call"] and years:
            data["year"] = str(years[0])
        super().__init__(data)
        fields: Any = self.fields
        fields["year"].choices = [(ALL, _("All")), *((str(year), str(year)) for year in years)]
        programmes = sorted((slug, one.title) for slug, one in programmes_by_slug().items())
        fields["programme"].choices = [("", _("All")), *programmes]
        fields["call"].choices = [("", _("All")), *calls_to_choose(is_staff=True)]

    @property
    def values(self) -> dict[str, Any]:
        """The filters that could be understood, as the list of proposals takes them."""
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if found.get("year") == ALL:
            del found["year"]
        return found
