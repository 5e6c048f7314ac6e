"""An administrator's forms: whom to list, a role to give or to end."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import GRANTED_ROLES, Role
from registry.actions.roles import MOST_REASON
from registry.forms.names import NameField
from registry.queries.roles import OF_THE_POOL

ROLE = pgettext_lazy("with a funder", "Role")
GIVEN_HERE = [role for role in GRANTED_ROLES if role not in OF_THE_POOL]


def reason_field() -> forms.CharField:
    """Why, for the record."""
    return forms.CharField(
        label=_("Reason"),
        max_length=MOST_REASON,
        help_text=_("It goes on record, and the person reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PeopleFilter(forms.Form):
    """Which people are listed."""

    q = forms.CharField(label=_("Name or e-mail"), required=False, max_length=100)
    role = forms.ChoiceField(
        label=ROLE, required=False, choices=[("", _("All")), *((one.value, one.label) for one in GRANTED_ROLES)]
    )


class RoleForm(forms.Form):
    """A role that a person has or gets, and why."""

    role = forms.ChoiceField(label=ROLE)
    reason = reason_field()

    def __init__(self, roles: Iterable[str], data: Mapping[str, Any] | None = None, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["role"].choices = [("", "–"), *((one, Role(one).label) for one in roles)]  # type: ignore[attr-defined]


class NewPersonForm(RoleForm):
    """A role for somebody who has none yet, by the address."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name_zh = NameField(label=_("Name in Chinese"), max_length=80, required=False)
    name_en = NameField(label=_("Name in Latin letters"), max_length=120, required=False)
    field_order = ("email", "name_zh", "name_en", "role", "reason")

    def clean_email(self) -> Any:
        """Addresses are stored lower-case."""
        return self.cleaned_data["email"].strip().lower()
