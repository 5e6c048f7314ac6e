"""Bytes come back as they went in, or not at all."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from documents import storage

BACKEND = "documents.storage.AtomicFileSystemStorage"


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    settings.STORAGES = settings.STORAGES | {"documents": {"BACKEND": BACKEND, "OPTIONS": {"location": str(folder)}}}
    return folder


def test_the_portal_uses_the_atomic_store(settings: Any) -> None:
    if not os.environ.get("DOCUMENT_STORAGE"):
        assert settings.STORAGES["documents"]["BACKEND"] == BACKEND


def test_bytes_lie_sharded_under_their_hash(root: Path) -> None:
    sha256 = storage.put("正文".encode())
    assert sha256 == hashlib.sha256("正文".encode()).hexdigest()
    assert (root / sha256[:2] / sha256[2:4] / sha256).read_bytes() == "正文".encode()
    assert storage.get(sha256) == "正文".encode()
    assert storage.is_intact(sha256)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(data=st.binary(max_size=5000))
def test_round_trip(root: Path, data: bytes) -> None:
    assert storage.get(storage.put(data)) == data


def test_the_same_bytes_again_change_nothing(root: Path) -> None:
    sha256 = storage.put(b"once")
    before = (root / storage.object_name(sha256)).stat()
    assert storage.put(b"once") == sha256
    assert (root / storage.object_name(sha256)).stat().st_ino == before.st_ino


def test_many_at_once_leave_one_whole_file(root: Path) -> None:
    data = os.urandom(300_000)
    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(lambda _: storage.put(data), range(24)))
    assert len(hashes) == 1
    files = [path for path in root.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [data]


def test_a_flipped_byte_is_found_when_read_and_when_checked(root: Path) -> None:
    sha256 = storage.put(b"contract: 1,000,000")
    path = root / storage.object_name(sha256)
    path.chmod(0o640)
    path.write_bytes(b"contract: 9,000,000")
    assert not storage.is_intact(sha256)
    with pytest.raises(storage.Damaged) as caught:
        storage.get(sha256)
    assert caught.value.sha256 == sha256


def test_decayed_bytes_are_mended_by_the_same_content(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    sha256 = storage.put(b"text")
    path = root / storage.object_name(sha256)
    path.chmod(0o640)
    path.write_bytes(b"tex")
    assert storage.put(b"text") == sha256
    assert storage.get(sha256) == b"text"
    assert sha256 in caplog.text


def test_missing_bytes_are_named(root: Path) -> None:
    missing = hashlib.sha256(b"never stored").hexdigest()
    assert not storage.is_intact(missing)
    with pytest.raises(storage.Damaged):
        storage.get(missing)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_only_hashes_are_names(root: Path, name: str) -> None:
    with pytest.raises(ValueError):
        storage.object_name(name)


def test_a_write_that_breaks_off_leaves_nothing(root: Path) -> None:
    class Broken(ContentFile):
        def chunks(self, chunk_size: int | None = None) -> Any:
            yield b"half"
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        storages["documents"].save("ab/cd/" + "a" * 64, Broken(b"whole"))
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_another_backend_by_setting(settings: Any) -> None:
    backend = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = settings.STORAGES | {"documents": {"BACKEND": backend}}
    sha256 = storage.put(b"elsewhere")
    assert isinstance(storages["documents"], InMemoryStorage)
    assert storage.get(sha256) == b"elsewhere" and storage.put(b"elsewhere") == sha256
