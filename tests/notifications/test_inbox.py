"""The inbox: one's own notices with this funder, and nothing else."""

import pytest
from django.urls import reverse

from core.tenancy import tenant_scope
from notifications.actions import notify
from notifications.models import Notice
from notifications.queries import PAGE


def tell(tenant, *people, n=1):
    with tenant_scope(tenant):
        for i in range(n):
            zh, en = f"{tenant.slug} 消息 {i:02d}", f"{tenant.slug} message {i:02d}"
            notify(tenant=tenant, to=people, kind="k", key=f"k{i}", title_zh=zh, title_en=en, body_en="More.")


@pytest.fixture
def inbox(client, cast):
    def open_as(user, tenant="anso", **query):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client.get(reverse("notifications:inbox", args=[tenant]), query)

    return open_as


def test_only_one_s_own_of_this_funder(cast, inbox):
    tell(cast.anso, cast.pi)
    tell(cast.most, cast.pi, cast.mo, n=2)
    page = inbox(cast.pi).content.decode()
    assert "anso message 00" in page
    assert "most message" not in page
    assert "most message 01" in inbox(cast.pi, "most").content.decode()
    assert "message 0" not in inbox(cast.charlie).content.decode()


def test_an_empty_inbox_says_so(cast, inbox):
    assert "No messages yet" in inbox(cast.charlie).content.decode()


def test_reading_is_one_s_own_act(cast, inbox, client):
    tell(cast.anso, cast.pi, cast.charlie, n=2)
    with tenant_scope(cast.anso):
        ids = {
            user: list(Notice.objects.filter(user=user).values_list("pk", flat=True))
            for user in (cast.pi, cast.charlie)
        }
    inbox(cast.pi)
    every = [*ids[cast.pi], *ids[cast.charlie], "x", "", "9" * 40, "-1", "１"]
    answer = client.post(reverse("notifications:inbox", args=["anso"]), {"notice": every})
    assert answer.status_code in (302, 303)
    with tenant_scope(cast.anso):
        assert set(Notice.objects.exclude(read_at=None).values_list("pk", flat=True)) == set(ids[cast.pi])
    assert "New" not in inbox(cast.pi).content.decode().split("<tbody")[1].split("</tbody")[0]


def test_older_ones_are_a_page_away(cast, inbox):
    tell(cast.anso, cast.pi, n=PAGE + 3)
    first = inbox(cast.pi)
    assert first.content.decode().count('data-label="Received"') == PAGE
    rest = inbox(cast.pi, after=first.context["older"]).content.decode()
    assert "anso message 02" in rest and "anso message 03" not in rest
    assert 'class="pager"' not in rest


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "0", "１２", "1e3", ""])
def test_nonsense_in_the_address_is_no_error(cast, inbox, after):
    tell(cast.anso, cast.pi)
    assert inbox(cast.pi, after=after).status_code == 200


def test_thirty_cost_what_one_does(cast, inbox, client, django_assert_max_num_queries):
    tell(cast.anso, cast.pi, n=30)
    inbox(cast.pi)
    with django_assert_max_num_queries(12):
        client.get(reverse("notifications:inbox", args=["anso"]))
