"""A demonstration answers its own machine only, unless somebody asked for more."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.local import LocalOnlyMiddleware, kept_secret


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("", 200),
        ("192.0.2.1", 403), ("172.17.0.1", 403), ("2001:db8::1", 403), ("::ffff:192.0.2.1", 403), ("nonsense", 403),
    ],
)  # fmt: skip
def test_who_may_ask(address: str, status: int) -> None:
    middleware = LocalOnlyMiddleware(lambda request: HttpResponse("here"))
    request = RequestFactory().get("/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_HOST="localhost")
    assert middleware(request).status_code == status


def test_an_emptied_secret_is_no_secret(tmp_path) -> None:
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(ValueError, match="holds no secret"):
        kept_secret(tmp_path / "secret-key")
