"""What somebody says about their institution, and what a funder decides about it."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.enums import InstitutionKind
from core.countries import COUNTRIES
from registry.actions.institutions import MOST_REASON
from registry.forms.names import NameField
from registry.identifiers import ror_of, uscc_of

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
MEGABYTE = 1024 * 1024


class InstitutionForm(forms.Form):
    """Names, country, kind, codes, and a file that proves them."""

    name_zh = NameField(label=gettext_lazy("Name in Chinese"), max_length=200, required=False)
    name_en = NameField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[("", "–"), *InstitutionKind.choices])
    uscc = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Needed in China. Its last character is tested."),
    )
    ror = forms.CharField(
        label="ROR",
        max_length=60,
        required=False,
        help_text=gettext_lazy("If it has one: the identifier or its https address. Its last two digits are tested."),
    )
    email_domain = forms.CharField(
        label=gettext_lazy("E-mail domain"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What stands behind the @ of its people's addresses."),
    )
    proof = forms.FileField(
        label=gettext_lazy("Proof"),
        max_length=200,
        help_text=gettext_lazy(
            "A certificate of registration, or a letter on its paper that names you: PDF, PNG or JPEG."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        is_chinese = (get_language() or "").startswith("zh")
        countries = [("", "–"), *((code, zh if is_chinese else en) for code, zh, en in COUNTRIES)]
        self.fields["country"].choices = countries  # type: ignore[attr-defined]

    def clean_uscc(self) -> str:
        return uscc_of(self.cleaned_data["uscc"])

    def clean_ror(self) -> str:
        return ror_of(self.cleaned_data["ror"])

    def clean_email_domain(self) -> str:
        domain = str(self.cleaned_data["email_domain"]).strip().lower().rpartition("@")[2]
        if domain and not _DOMAIN.fullmatch(domain):
            raise ValidationError(_("This is no domain: write it like example.org."))
        return domain

    def clean_proof(self) -> Any:
        """Judged by its content later; what is too large anyway is not read at all."""
        proof = self.cleaned_data["proof"]
        if (proof.size or 0) > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // MEGABYTE
            raise ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": limit})
        return proof

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_at_home = data.get("country") == "CN"
        if is_at_home and "uscc" in data and not data["uscc"]:
            self.add_error("uscc", _("In China the unified social credit code is needed."))
        if data.get("country") and not is_at_home and data.get("uscc"):
            self.add_error("uscc", _("Only institutions in China have one."))
        own = "name_zh" if is_at_home else "name_en"
        if data.get("country") and own in data and not data[own]:
            words = _("Write its name in Chinese.") if is_at_home else _("Write its name in English.")
            self.add_error(own, words)
        return data


class Verdict(TextChoices):
    APPROVE = "approve", gettext_lazy("Approve: put it into the directory")
    REFUSE = "refuse", gettext_lazy("Refuse")


class VerdictForm(forms.Form):
    """The funder's answer, and what it finds the institution to be."""

    verdict = forms.ChoiceField(label=gettext_lazy("Decision"), choices=Verdict.choices, widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=InstitutionKind.choices,
        help_text=gettext_lazy("As the proof shows it: some calls are open to some kinds only."),
    )
    is_chinese_legal_person = forms.BooleanField(
        label=gettext_lazy("The proof shows a legal person in China: only such spend grant money"),
        required=False,
    )
    is_anso_member = forms.BooleanField(label=gettext_lazy("ANSO member"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MOST_REASON,
        required=False,
        help_text=gettext_lazy("Needed for a refusal; the person reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
