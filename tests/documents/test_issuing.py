"""Issued documents: found by their code from anywhere, never overwritten, shown to be genuine or not."""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from core import clock
from core.tenancy import tenant_scope
from documents import queries, storage
from documents.actions import NotAnExtension, add_revision, publish_document, store_bytes
from documents.book import Label, Signatory, notice_context
from documents.keys import Owner, signing_keys
from documents.models import Document, Revision, StoredFile, VerificationCode
from documents.qr import display_code, new_code
from documents.rendering import render_pdf
from documents.responses import as_attachment, content_disposition
from documents.signing import prepare_fields, sign
from documents.throttle import MOST
from tests.cast import Cast
from tests.documents.samples import sample_issue

TWO = (
    Signatory(
        "secretariat",
        Label("秘书处", "Secretariat"),
        Label("ANSO 秘书处", "ANSO Secretariat"),
        Label("石敏", "Min Shi"),
    ),
    Signatory(
        "host", Label("依托单位", "Host institution"), Label("示例研究所", "Example Institute"), Label("胡斯", "Si Hu")
    ),
)


@lru_cache(maxsize=1)
def unsigned_pdf() -> bytes:
    context = notice_context(
        issue=sample_issue(),
        title=Label("协议", "Agreement"),
        addressee=Label("各方", "All"),
        paragraphs=[Label("内容", "Text")],
        signatories=TWO,
    )
    return prepare_fields(render_pdf("documents/pdf/notice.html", context, language="en"), TWO)


def publish(cast: Cast, data: bytes = b"%PDF-1.7 text", **changes: Any) -> Document:
    values: dict[str, Any] = {
        "tenant": cast.anso,
        "kind": "task_book",
        "data": data,
        "subject": cast.lead,
        "title_zh": "项目计划任务书",
        "title_en": "Project Plan Task Book",
        "content_sha256": "ab" * 32,
        "by": cast.secretary,
    }
    return publish_document(**values | changes)


def signed_document(cast: Cast) -> Document:
    document = publish(cast, unsigned_pdf())
    data = unsigned_pdf()
    for one in TWO:
        key = signing_keys().key(f"user-{one.field}", Owner(one.name, one.party))
        data = sign(
            data, field=one.field, key=key, name=one.name, institution=one.party, reason="Signing", at=clock.now()
        )
        add_revision(document=document, data=data, by=cast.secretary)
    return document


def stored_path(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "store" / storage.object_name(sha256)


# ---------------------------------------------------------------- actions
def test_the_same_bytes_are_one_row_a_tenant(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        first = store_bytes(tenant=cast.anso, data=b"x", media_type="text/plain", by=cast.pi)
        again = store_bytes(tenant=cast.anso, data=b"x", media_type="text/plain", by=cast.office)
        assert first == again and queries.bytes_of(first) == b"x" and first.size == 1
    with tenant_scope(cast.most):
        other = store_bytes(tenant=cast.most, data=b"x", media_type="text/plain", by=cast.pi)
        assert other.pk != first.pk and other.sha256 == first.sha256


def test_a_document_is_published_with_code_and_revision_zero(cast: Cast) -> None:
    code = new_code()
    with tenant_scope(cast.anso):
        document = publish(cast, code=code)
        assert document.code == code and VerificationCode.objects.get(code=code).tenant == cast.anso
        assert list(queries.documents_of(cast.lead)) == [document]
        revision = queries.current_revision(document)
        assert revision.number == 0 and queries.bytes_of(revision.file) == b"%PDF-1.7 text"


def test_a_revision_only_adds(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        document = publish(cast, b"first")
        for wrong in (b"first", b"other, longer", b"fir"):
            with pytest.raises(NotAnExtension):
                add_revision(document=document, data=wrong, by=cast.pi)
        assert add_revision(document=document, data=b"first and more", by=cast.pi).number == 1
        assert [revision.number for revision in queries.revisions_of(document)] == [0, 1]


@pytest.mark.parametrize("model", [Document, Revision, StoredFile])
def test_the_database_itself_refuses_changes(cast: Cast, model: Any) -> None:
    with tenant_scope(cast.anso):
        publish(cast)
        for change in (
            lambda: model.objects.update(created_at=clock.now()),
            lambda: model.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


# ---------------------------------------------------------------- the public page
@pytest.fixture
def issued(cast: Cast) -> Document:
    with tenant_scope(cast.anso):
        return signed_document(cast)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_code_shows_document_funder_and_signatures(issued: Document, client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    page = client.get(f"/verify/{issued.code}")
    content = page.content.decode()
    assert page.status_code == 200
    assert display_code(issued.code) in content
    assert ("项目计划任务书" if language == "zh-hans" else "Project Plan Task Book") in content
    assert "石敏 Min Shi" in content and "胡斯 Si Hu" in content
    assert issued.content_sha256 in content


@pytest.mark.parametrize("write", [str.lower, display_code, lambda code: f" {code} "])
def test_the_code_is_understood_as_people_type_it(issued: Document, client: Client, write: Any) -> None:
    assert client.get("/verify/", {"code": write(issued.code)}).headers["Location"] == f"/verify/{issued.code}"
    assert client.get(f"/V/{write(issued.code).strip()}").headers["Location"] == f"/verify/{issued.code}"
    assert client.get(f"/verify/{write(issued.code).strip()}").status_code == 200


def test_an_unknown_code_is_told_so(db: None, client: Client) -> None:
    assert client.get(f"/verify/{new_code()}").status_code == 404
    assert client.get("/verify/../../etc").status_code == 404
    assert client.get("/verify/", {"code": "?"}).status_code == 422
    assert client.get("/verify/").status_code == 200


def test_guessing_is_slowed(issued: Document, client: Client) -> None:
    for _ in range(MOST["miss"]):
        assert client.get(f"/verify/{new_code()}").status_code == 404
    assert client.get(f"/verify/{new_code()}").status_code == 429
    assert client.get(f"/verify/{issued.code}").status_code == 429


def compare(client: Client, document: Document, data: bytes) -> str:
    page = client.post(f"/verify/{document.code}", {"file": SimpleUploadedFile("本地副本.pdf", data)})
    assert page.status_code == 200
    return str(page.context["match"])


def test_a_file_is_compared_byte_for_byte(issued: Document, client: Client, cast: Cast) -> None:
    with tenant_scope(cast.anso):
        chain = [queries.bytes_of(revision.file) for revision in queries.revisions_of(issued)]
    assert compare(client, issued, chain[-1]) == "current"
    assert compare(client, issued, chain[0]) == compare(client, issued, chain[1]) == "earlier"
    assert compare(client, issued, chain[-1] + b"more") == "altered_after"
    for position, verdict in ((4000, "other"), (len(chain[-1]) - 100, "altered_after")):
        flipped = bytearray(chain[-1])
        flipped[position] ^= 1
        assert compare(client, issued, bytes(flipped)) == verdict
    assert compare(client, issued, b"other") == "other"


def test_a_comparison_keeps_nothing_and_has_limits(
    issued: Document, client: Client, settings: Any, tmp_path: Path
) -> None:
    before = sorted((tmp_path / "store").rglob("*"))
    address = f"/verify/{issued.code}"
    assert compare(client, issued, b"other") == "other"
    assert client.post(address).status_code == 422
    settings.MAX_UPLOAD_BYTES = 10
    assert client.post(address, {"file": SimpleUploadedFile("a.pdf", b"x" * 11)}).status_code == 413
    for _ in range(MOST["upload"]):
        client.post(address)
    assert client.post(address).status_code == 429
    assert sorted((tmp_path / "store").rglob("*")) == before


def test_the_verdict_is_computed_once(issued: Document, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get(f"/verify/{issued.code}")
    monkeypatch.setattr(queries, "verify_revisions", lambda *args: pytest.fail("computed again"))
    assert client.get(f"/verify/{issued.code}").status_code == 200


# ---------------------------------------------------------------- downloads
@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("任务书.pdf", "attachment; filename=\"document.pdf\"; filename*=UTF-8''%E4%BB%BB%E5%8A%A1%E4%B9%A6.pdf"),
        (
            "任务书 2021.pdf",
            "attachment; filename=\"2021.pdf\"; filename*=UTF-8''%E4%BB%BB%E5%8A%A1%E4%B9%A6%202021.pdf",
        ),
        ('a"b.pdf', "attachment; filename=\"a'b.pdf\"; filename*=UTF-8''a%22b.pdf"),
        ("a\r\nX: y.pdf", 'attachment; filename="aX: y.pdf"'),
        ("", 'attachment; filename="file"'),
    ],
)
def test_names_by_rfc_6266(name: str, header: str) -> None:
    assert content_disposition(name) == header


def test_downloads_are_never_shown_inline(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        file = store_bytes(tenant=cast.anso, data=b"<script>", media_type="text/html", by=cast.pi)
        response = as_attachment(file, "文件.html")
    assert response.content == b"<script>"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff" and "sandbox" in response["Content-Security-Policy"]


# ---------------------------------------------------------------- commands
def run(command: str) -> tuple[int, str]:
    out, errors = io.StringIO(), io.StringIO()
    try:
        call_command(command, stdout=out, stderr=errors)
    except SystemExit as end:
        return int(end.code or 0), errors.getvalue()
    return 0, out.getvalue()


def test_intact_documents_verify(issued: Document) -> None:
    status, shown = run("verify_documents")
    assert status == 0 and "anso: intact" in shown and "most: intact" in shown


def test_one_altered_byte_in_the_store_is_found(issued: Document, cast: Cast, tmp_path: Path) -> None:
    with tenant_scope(cast.anso):
        sha256 = queries.current_revision(issued).file.sha256
    path = stored_path(tmp_path, sha256)
    data = bytearray(path.read_bytes())
    data[3000] ^= 1
    path.chmod(0o640)
    path.write_bytes(data)
    status, shown = run("verify_documents")
    assert status == 1 and sha256 in shown


def test_a_lost_file_is_found(issued: Document, cast: Cast, tmp_path: Path) -> None:
    with tenant_scope(cast.anso):
        sha256 = queries.current_revision(issued).file.sha256
    stored_path(tmp_path, sha256).unlink()
    status, shown = run("verify_documents")
    assert status == 1 and sha256 in shown


def test_a_revision_signed_by_nobody_is_found(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        document = publish(cast, unsigned_pdf())
        add_revision(document=document, data=unsigned_pdf() + b"\n% added", by=cast.pi)
    status, shown = run("verify_documents")
    assert status == 1 and document.code in shown


def test_the_demo_authority_is_made_once_and_never_in_production(settings: Any) -> None:
    status, first = run("make_demo_ca")
    made = Path(first.strip()).read_bytes()
    assert status == 0 and made.startswith(b"-----BEGIN CERTIFICATE")
    run("make_demo_ca")
    assert Path(first.strip()).read_bytes() == made
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="real authority"):
        run("make_demo_ca")
