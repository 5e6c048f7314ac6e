"""Whatever a title holds, a mail has one recipient and the headers that the portal wrote."""

from email import message_from_bytes, policy

import pytest
from django.core import mail

from accounts.models import Tenant
from core.tenancy import tenant_scope
from credentials.actions import invite
from notifications.actions import notify
from tests.cast import Cast
from tests.credentials.test_forgotten import deliver

EVIL = [
    "x\r\nBcc: evil@evil.example",
    "x\nTo: evil@evil.example",
    "x\r\n\r\n<script>",
    "x\x0bBcc: e@e.example",
    "x\u2028Bcc: e@e.example",
    "x\x85Bcc: e@e.example",
]


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_titles_with_lines_of_headers(cast: Cast, evil: str) -> None:
    with tenant_scope(cast.anso):
        notify(tenant=cast.anso, to=[cast.pi], kind="k", key="k", title_zh=evil, title_en=evil)
    deliver(cast)
    (message,) = mail.outbox
    parsed = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert parsed["To"] == cast.pi.email
    assert (parsed["Bcc"], parsed["Cc"]) == (None, None)
    assert "\n" not in message.subject and "\r" not in message.subject
    assert message.recipients() == [cast.pi.email]


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_names_of_funders_in_invitations(cast: Cast, evil: str) -> None:
    Tenant.objects.filter(pk=cast.anso.pk).update(short_name_zh=evil[:40], short_name_en=evil[:40])
    cast.stranger.set_unusable_password()
    cast.stranger.save()
    with tenant_scope(cast.anso):
        invite(user=cast.stranger, tenant=cast.anso)
    deliver(cast)
    (message,) = mail.outbox
    assert message_from_bytes(message.message().as_bytes(), policy=policy.default)["Bcc"] is None
    assert message.recipients() == [cast.stranger.email]
