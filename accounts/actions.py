"""Writes about people."""

from accounts.models import User


def remember_language(*, user: User, language: str) -> None:
    """Keep the person's choice, which their mail follows too."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
