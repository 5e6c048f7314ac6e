"""docker-compose.yml and its neighbours: who runs as whom, and where the secrets come from."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
OURS = ("web", "worker", "beat", "migrate")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_to_lose(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_application_connects_as_the_plain_role(name: str) -> None:
    assert SERVICES[name]["environment"]["DATABASE_URL"].startswith("postgres://anso_app:${APP_PASSWORD:?")


def test_only_the_migration_connects_as_the_owner() -> None:
    owners = [n for n, s in SERVICES.items() if "anso_owner" in str(s.get("environment", {}).get("DATABASE_URL"))]
    assert owners == ["migrate"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_what_stays_up_is_watched(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_starts_before_the_tables_are_there(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_web_listens_and_only_for_a_proxy_on_the_same_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(ports) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in ports["web"])


def test_every_secret_comes_from_the_environment_and_must_be_there() -> None:
    for line in TEXT.splitlines():
        name, _, value = line.strip().partition(": ")
        if re.search(r"PASSWORD|SECRET|PASSPHRASE", name) and value:
            assert re.match(rf"\$\{{{name}(:\?|:-\}})", value), line


def test_the_example_names_every_variable_and_holds_no_secret() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = dict(re.findall(r"^#?(\w+)=(.*)$", example, re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", TEXT)) - {"TAG"} <= named.keys()
    assert not [name for name, value in named.items() if re.search(r"PASSWORD|SECRET|PASSPHRASE", name) and value]


def test_the_image_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.rindex("USER portal") > dockerfile.rindex("FROM")
    assert "--no-control-socket" in dockerfile
    assert "--require-hashes" in dockerfile
