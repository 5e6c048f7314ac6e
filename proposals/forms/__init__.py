"""The application form: its fields, how posted values and the draft's JSON turn into each other, how they show.

Values are judged by the dossier (`Dossier.from_draft`) and the policy, never here: pages, API and import agree."""

from proposals.forms.fields import EDITABLE, Field, Kind, Rows
from proposals.forms.pages import Page, pages_of
from proposals.forms.reading import BadDraft, merged, parts_from_json, parts_from_post

__all__ = [
    "EDITABLE",
    "BadDraft",
    "Field",
    "Kind",
    "Page",
    "Rows",
    "merged",
    "pages_of",
    "parts_from_json",
    "parts_from_post",
]
