"""The link that confirms an address: a signed number, made when the mail goes out and kept nowhere."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from registry.models import Registration

_signer = Signer(salt="registry.registration", sep=".")


def address_of(registration: Registration, slug: str) -> str:
    """The page where its owner sets a password, on the portal's own host."""
    token = _signer.sign(str(registration.pk))
    return settings.PUBLIC_URL + reverse("registry:confirm", args=[slug, token])


def number_in(token: str) -> int | None:
    """Which registration the token is for; None when nobody here signed it."""
    try:
        return int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
