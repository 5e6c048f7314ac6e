"""Names of people, institutions and positions."""

from typing import Any

from django import forms

from registry.identifiers import clean_name


class NameField(forms.CharField):
    """A name fit for a record. Its length is looked at once more in NFC, where some letters become two or three and
    a column would be too short."""

    def clean(self, value: Any) -> str:
        """One line without characters that nobody sees. Raises ValidationError."""
        line = clean_name(super().clean(value))
        self.run_validators(line)
        return line
