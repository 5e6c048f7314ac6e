"""Forms of the policy studio beside those made from the schema: a new draft, the text, a trial."""

import json
import tomllib
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, ValidationError

from accounts.models import Tenant
from programs.actions import MOST_BYTES
from programs.forms import LAST_YEAR
from programs.models import PolicyVersion
from programs.policy import Stage, builtin_names, builtin_text, load_builtin
from programs.policy.rewriting import rewritten
from programs.policy.schema import FileSlug
from programs.policy.toml import DEEPEST, depth_of
from programs.samples import find_sample, sample_names, samples_of
from programs.skeletons import skeleton
from programs.studio.words import STAGES

BLANK = "blank"
MOST_DOSSIER = 2_000_000
_SLUG: TypeAdapter[str] = TypeAdapter(FileSlug)
Choices = list[tuple[str, Any]]


class NewDraftForm(forms.Form):
    """What both kinds of draft are begun with."""

    slug = forms.CharField(
        label=_("Name in addresses"),
        max_length=60,
        help_text=_("Small letters, digits and -, such as coastal-fellowship."),
    )
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200)
    title_en = forms.CharField(label=_("Title (English)"), max_length=200)

    def clean_slug(self) -> str:
        """As a policy file's names are written."""
        slug: str = self.cleaned_data["slug"]
        try:
            return _SLUG.validate_python(slug)
        except ValidationError as error:
            raise forms.ValidationError(_("Small letters, digits and - only, please.")) from error


class NewProgrammeForm(NewDraftForm):
    """A programme from a blank, from one of the funder's own, or from one that comes with the portal."""

    start = forms.ChoiceField(label=_("Start from"))
    field_order = ("start", "title_zh", "title_en", "slug")

    def __init__(self, tenant: Tenant, versions: Iterable[PolicyVersion], *args: Any) -> None:
        super().__init__(*args)
        self._tenant = tenant
        self._own = {f"own:{one.pk}": one for one in versions}
        own: Choices = [(key, one.programme.title) for key, one in self._own.items()]
        portal: Choices = [(name, load_builtin(name).title) for name in builtin_names() if "/calls/" not in name]
        start = self.fields["start"]
        start.choices = [  # type: ignore[attr-defined] # a ChoiceField's
            (BLANK, _("The least that a policy needs")),
            *([(_("Programmes of this funder"), own)] if own else []),
            (_("Policies that come with the portal"), portal),
        ]

    def source(self) -> str:
        """The TOML to begin with, under the new name."""
        start, data = self.cleaned_data["start"], self.cleaned_data
        if start == BLANK:
            text = skeleton("programme")
        else:
            text = self._own[start].source if start in self._own else builtin_text(start)
        names = {"tenant": self._tenant.slug, "programme": data["slug"]}
        titles = {"title_zh": data["title_zh"], "title_en": data["title_en"]}
        return rewritten(text, tomllib.loads(text) | names | titles).text


class NewCallDraftForm(NewDraftForm):
    """A call for one of the funder's programmes, with its dates."""

    programme = forms.ChoiceField(label=_("Programme"))
    opens = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    closes = forms.DateField(
        label=_("Last day"),
        help_text=_("Applications are taken until 24:00 of that day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ("programme", "title_zh", "title_en", "slug", "opens", "closes")

    def __init__(self, tenant: Tenant, versions: Iterable[PolicyVersion], *args: Any) -> None:
        super().__init__(*args)
        self._tenant = tenant
        self._versions = {str(one.pk): one for one in versions}
        choices: Choices = [(key, one.programme.title) for key, one in self._versions.items()]
        self.fields["programme"].choices = choices  # type: ignore[attr-defined] # a ChoiceField's

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first, and both are ones that the calendar goes on from."""
        data = super().clean() or {}
        first, last = data.get("opens"), data.get("closes")
        for name, day in (("opens", first), ("closes", last)):
            if day and day.year > LAST_YEAR:
                self.add_error(name, _("Enter a valid date."))
        if first and last and last < first:
            self.add_error("closes", _("The call closes before it opens."))
        return data

    @property
    def base(self) -> PolicyVersion:
        """The version that the call narrows."""
        return self._versions[self.cleaned_data["programme"]]

    def source(self) -> str:
        """The TOML to begin with."""
        data, text = self.cleaned_data, skeleton("call")
        call = tomllib.loads(text)
        articles = tomllib.loads(self.base.source)["articles"]
        article = "FUNDER" if "FUNDER" in articles else next(iter(articles))
        series = f"{self._tenant.slug}-{data['slug']}".upper()
        terms = {
            "article": article,
            "opens": f"{data['opens']} 00:00",
            "closes": f"{data['closes']} 24:00",
            "zone": self._tenant.zone_name,
            "application_number": f"{series}-{{sequence:04d}}",
            "grant_number": f"{series}-G-{{sequence:02d}}",
        }
        names = {name: data[name] for name in ("slug", "title_zh", "title_en")}
        extends = f"{self._tenant.slug}/{self.base.programme.slug}"
        clauses = [{**row, "article": article} for row in call["clauses"]]
        return rewritten(text, call | names | {"extends": extends, "call": terms, "clauses": clauses}).text


class TextForm(forms.Form):
    """The whole text of a draft."""

    source = forms.CharField(
        label=_("TOML text"),
        max_length=MOST_BYTES,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "source", "wrap": "off"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def clean_source(self) -> str:
        """With line ends as files have them."""
        text: str = self.cleaned_data["source"]
        return text.replace("\r\n", "\n").replace("\r", "\n")


class TrialForm(forms.Form):
    """A sample, or a dossier's JSON; and when it is judged."""

    sample = forms.ChoiceField(label=_("Sample dossier"), required=False)
    upload = forms.FileField(
        label=_("Or upload a dossier"),
        required=False,
        help_text=_("JSON, as `policy try` takes it."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json"}),
    )
    stage = forms.ChoiceField(
        label=_("When it is judged"),
        required=False,
        choices=[("", _("As the sample says, or while writing")), *((one.value, STAGES[one]) for one in Stage)],
    )

    def __init__(self, name: str, *args: Any) -> None:
        super().__init__(*args)
        self.fields["sample"].choices = _sample_choices(name)  # type: ignore[attr-defined] # a ChoiceField's

    def clean_upload(self) -> dict[str, Any] | None:
        """The draft of the file."""
        upload = self.cleaned_data.get("upload")
        if not upload:
            return None
        if upload.size > MOST_DOSSIER:
            raise forms.ValidationError(_("The file is too large for a dossier."))
        try:
            data = json.loads(upload.read())
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("The file is no JSON.")) from error
        if not isinstance(data, dict) or depth_of(data) > DEEPEST:
            raise forms.ValidationError(_("A dossier is a JSON object."))
        return data

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two; `draft`, `facts` and `at` are what to try."""
        data = super().clean() or {}
        if self.errors:
            return data
        sample = find_sample(data.get("sample") or "")
        if (sample is None) == (data.get("upload") is None):
            raise forms.ValidationError(_("Choose a sample or upload a dossier, not both."))
        data["draft"] = sample.draft() if sample else data["upload"]
        data["facts"] = sample.facts if sample else {}
        data["at"] = Stage(data.get("stage") or (sample.stage if sample else Stage.DRAFT))
        return data


def _sample_choices(name: str) -> list[tuple[str | Promise, Any]]:
    """Those of the policy itself, all; of the others, the accepted ones."""
    own = [
        (one.key, _("refused by %(rule)s") % {"rule": one.clause} if one.clause else _("accepted"))
        for one in samples_of(name)
    ]
    others = [(f"{other}:0", load_builtin(other).title) for other in sample_names() if other != name]
    return [
        ("", _("Choose…")),
        *([(load_builtin(name).title, own)] if own else []),
        (_("Accepted by other policies"), others),
    ]
