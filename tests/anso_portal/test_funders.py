"""An eighteenth funder needs a file and a command, no code: from its TOML to a published call."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import Institution, Tenant, User
from accounts.queries import roles_of
from anso_portal.funders import load_funder
from audit.models import Event
from core.tenancy import tenant_scope
from notifications.models import Effect
from programs.actions import publish_call
from programs.models import Call, Programme
from programs.policy import PolicyError
from programs.queries import effective_policy

pytestmark = pytest.mark.django_db
EXAMPLE = settings.BASE_DIR / "docs" / "funders" / "linhai" / "funder.toml"


def run(action: str, path: Path) -> str:
    said = StringIO()
    call_command("funder", action, path, stdout=said)
    return said.getvalue()


def test_the_example_opens_and_its_call_is_published() -> None:
    said = run("open", EXAMPLE)
    assert "opened linhai · 临海科学基金会 · Linhai Science Foundation" in said
    tenant = Tenant.objects.get(slug="linhai")
    secretary = User.objects.get(email="secretary@linhai.example")
    assert {"secretary", "admin"} <= roles_of(secretary, tenant) and not secretary.has_usable_password()
    assert roles_of(User.objects.get(email="research-office@linhai.example"), tenant) == {"applicant", "office"}
    with tenant_scope(tenant):
        call = Call.objects.get()
        assert effective_policy(call).title_en == "Coastal Fellowship 2027"
        assert publish_call(call=call, by=secretary).state == "open"
        assert Effect.objects.filter(kind="invitation").count() == 4
        assert {"funder.open", "membership.grant", "programme.import", "call.open"} <= set(
            Event.objects.values_list("action", flat=True)
        )


def test_opening_again_adds_nothing_and_a_longer_file_adds_the_rest(tmp_path: Path) -> None:
    run("open", EXAMPLE)
    everything = (Tenant, User, Institution)
    before = [model.objects.count() for model in everything]
    assert "found linhai" in run("open", EXAMPLE)
    assert [model.objects.count() for model in everything] == before
    text = EXAMPLE.read_text(encoding="utf-8").replace("#1f5f3a", "#123456")
    text = text[: text.index("programmes =")] + text[text.index("[[institutions]]") :]
    longer = tmp_path / "funder.toml"
    longer.write_text(
        text + '\n[[people]]\nemail = "Admin@linhai.example"\nname_en = "Lin Guan"\nroles = ["admin"]\n',
        encoding="utf-8",
    )
    said = run("open", longer)
    assert "admin@linhai.example is admin" in said
    assert Tenant.objects.get(slug="linhai").brand_colour == "#123456"
    with tenant_scope(Tenant.objects.get(slug="linhai")):
        assert Programme.objects.count() == 1, "what the file no longer names stays"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('slug = "linhai"', 'slug = "login"', 3, "the portal needs this address for itself"),
        ('slug = "linhai"', 'slug = "nsfc"', 1, "this policy belongs to linhai, not to nsfc"),
        ('colour = "#1f5f3a"', 'colour = "green"', 7, "colour"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Linhai"', 6, "not an IANA time zone"),
        ('country = "CN"', 'country = "XX"', 15, "not a country's ISO 3166-1 code"),
        ('roles = ["finance"]', 'roles = ["office"]', 35, "office is not granted"),
        ('roles = ["finance"]', 'roles = ["king"]', 35, "Input should be"),
        ('secretariat = "office"', 'secretariat = "nobody"', 1, "no institution of the file has the key nobody"),
        ('roles = ["secretary", "admin"]', 'roles = ["admin"]', 1, "somebody must be the secretary"),
        ("finance@linhai.example", "secretary@linhai.example", 1, "person secretary@linhai.example occurs twice"),
        ("finance@linhai.example", "finance", 32, "valid e-mail address"),
        ("coastal-fellowship.toml", "none.toml", 1, "can't be read"),
    ],
)
def test_a_bad_file_is_told_by_line_and_changes_nothing(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    folder = tmp_path / "linhai"
    for path in EXAMPLE.parent.rglob("*.toml"):
        copy = folder / path.relative_to(EXAMPLE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    bad = folder / "funder.toml"
    bad.write_text(bad.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        run("open", bad)
    assert f":{line}: " in str(caught.value) and reason in str(caught.value)
    assert not Tenant.objects.exists()


def test_it_needs_no_file_to_say_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="can't be read"):
        load_funder(tmp_path / "none.toml")


def test_a_policy_the_portal_brings_is_named_without_a_path(tmp_path: Path, cast: Any) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('slug = "linhai"', 'slug = "most"')
    text = text.replace('"coastal-fellowship.toml"', '"most/key-rd-intergovernmental"')
    text = text.replace('"calls/2027-coastal-fellowship.toml"', '"most/calls/2021-intergovernmental"')
    path = tmp_path / "most.toml"
    path.write_text(text, encoding="utf-8")
    assert "programme most/key-rd-intergovernmental, version 1" in run("open", path)
