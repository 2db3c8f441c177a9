"""Files on customers and cases: known by content, refused with a reason, shared on purpose, saved under a forced name, put back."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from core.attachments import queries, service
from core.attachments.content import forced_name
from core.customers import service as customers
from core.db import scope
from core.engagements import service as engagements
from core.errors import Conflict, Denied, Invalid, NotFound
from core.files import service as files
from core.undo import service as undo

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def package(parts, *, types="", first=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if first is not None:
            made.writestr("mimetype", first, zipfile.ZIP_STORED)
        else:
            made.writestr("[Content_Types].xml", TYPES.format(types))
        for name, body in parts.items():
            made.writestr(name, body)
    return out.getvalue()


DOCX = package({"word/document.xml": "<w/>"})


@pytest.fixture
def alice(session, world):
    scope.enter(session, world.alice.context)
    return world.alice.context


@pytest.fixture
def customer_id(session, alice):
    return customers.create_customer(session, context=alice, values={"name": "张伟"}).id


def attach(session, context, customer_id, body=PDF, name="合同.pdf", **rest):
    return service.attach(session, context=context, stream=io.BytesIO(body), name=name, customer_id=customer_id, **rest)


@pytest.mark.parametrize(
    ("body", "name", "media_type", "kept"),
    [
        (PDF, "contract.exe", "application/pdf", "contract.exe.pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 20, "a.PNG", "image/png", "a.png"),
        (b"name,phone\n", "list.csv", "text/csv", "list.csv"),
        (b"<html><script>alert(1)</script>", "page.html", "text/plain", "page.html.txt"),
        (DOCX, "letter.zip", WORD, "letter.zip.docx"),
        (package({"content.xml": "<o/>"}, first="application/vnd.oasis.opendocument.text"), "a.odt",
         "application/vnd.oasis.opendocument.text", "a.odt"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_says(session, alice, customer_id, body, name, media_type, kept):
    row = attach(session, alice, customer_id, body, name)
    assert (row.media_type, row.name, row.size) == (media_type, kept, len(body))
    assert files.path_of(alice.tenant_id, row.id).read_bytes() == body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00" + b"\0" * 100, "Programs"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old document formats"),
        (package({"word/document.xml": "<w/>", "word/vbaProject.bin": "x"}), "macros"),
        (package({"word/document.xml": "<w/>"}, types="vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (
            package({"word/document.xml": "<w/>"}, types=" " * 70_000 + "vnd.ms-word.document.macroEnabled.main+xml"),
            "macros",
        ),
        (package({"word/document.xml": "<w/>", "word/embeddings/oleObject1.bin": "x"}), "macros"),
        (package({"Basic/Standard/a.xml": "x"}, first="application/vnd.oasis.opendocument.text"), "macros"),
        (package({"word/document.xml": b"0" * 4_000_000}), "far more than it is"),
        (package({f"word/{each}.xml": "" for each in range(5001)}), "far more than it is"),
        (package({"readme.txt": "x"}, first="text/plain"), "Archives"),
        (b"\x1f\x8b" + b"\0" * 100, "Archives"),
        (DOCX[: len(DOCX) // 2], "damaged"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "starts scripts"),
    ],
)
def test_what_could_do_harm_is_refused_with_the_reason_and_leaves_nothing(session, alice, customer_id, body, reason):
    folder = files.path_of(alice.tenant_id, customer_id).parent
    before = set(folder.iterdir()) if folder.exists() else set()
    with pytest.raises(Invalid, match=reason):
        attach(session, alice, customer_id, body)
    assert (set(folder.iterdir()) if folder.exists() else set()) == before


def test_a_name_is_no_path_and_hides_nothing():
    assert forced_name("../../etc/passwd", ending=".txt") == "passwd.txt"
    assert forced_name("c:\\temp\\re\u202efdp.exe", ending=".pdf") == "refdp.exe.pdf"
    assert forced_name("\r\n\0", ending=".pdf") == "file.pdf"
    assert len(forced_name("合" * 500, ending=".pdf")) == 124


def test_where_the_act_fails_the_bytes_go_too(session, alice, customer_id):
    path = files.path_of(alice.tenant_id, attach(session, alice, customer_id).id)
    assert path.exists()
    session.rollback()
    assert not path.exists()


def test_too_large_too_many_and_too_much_are_refused(session, alice, customer_id, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 1024 * 1024)
    with pytest.raises(Invalid, match="larger than 1 MB"):
        attach(session, alice, customer_id, PDF + b" " * 1024 * 1024)
    attach(session, alice, customer_id)
    monkeypatch.setitem(service.QUOTA, "bytes", 10)
    with pytest.raises(Conflict, match="used up"):
        attach(session, alice, customer_id)
    monkeypatch.setattr(service, "MOST", 1)
    with pytest.raises(Conflict, match="at most 1"):
        attach(session, alice, customer_id)


def lend(session, world, context, customer_id):
    engagements.lease_customers(
        session, context=context, engagement_id=world.engagement_id, customer_ids=[customer_id], purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip


def test_a_provider_sees_what_is_shared_and_leased_and_what_it_attached_itself(session, world, alice, customer_id):
    own = attach(session, alice, customer_id, name="内部.pdf").id
    shared = attach(session, alice, customer_id, name="张伟身份证.pdf", shared=True).id
    lend(session, world, alice, customer_id)
    session.commit()
    scope.enter(session, world.dan.context)
    his = attach(session, world.dan.context, customer_id, name="call.pdf").id
    rows = queries.attached(session, context=world.dan.context, customer_id=customer_id).rows
    assert {row.id for row in rows} == {shared, his}
    with pytest.raises(NotFound):
        service.found(session, attachment_id=own)
    with pytest.raises(Denied):
        service.remove(session, context=world.dan.context, attachment_id=his)
    session.commit()
    scope.enter(session, alice)
    assert {row.id for row in queries.attached(session, context=alice, customer_id=customer_id).rows} == {
        own,
        shared,
        his,
    }
    with pytest.raises(Conflict, match="provider attached it"):
        service.change(session, context=alice, attachment_id=his, version=1, changes={"shared": False})


def test_a_provider_attaches_nothing_to_a_customer_it_has_not(session, world, alice, customer_id):
    session.commit()
    scope.enter(session, world.dan.context)
    with pytest.raises(NotFound):
        attach(session, world.dan.context, customer_id)


def test_a_removed_one_is_put_back_until_its_bytes_are_taken_away(session, alice, customer_id):
    row_id = attach(session, alice, customer_id).id
    path = files.path_of(alice.tenant_id, row_id)
    run = service.remove(session, context=alice, attachment_id=row_id)
    with pytest.raises(NotFound):
        service.found(session, attachment_id=row_id)
    undo.undo(session, context=alice, run=run)
    session.expire_all()
    assert service.found(session, attachment_id=row_id)
    service.remove(session, context=alice, attachment_id=row_id)
    assert service.purge(session) == 0
    assert service.purge(session, now=datetime.now(UTC) + timedelta(days=31)) == 1
    session.commit()
    assert not path.exists()


def test_by_page_it_is_attached_and_saved_never_drawn(session, world, alice, customer_id, sign_in):
    session.commit()
    page = sign_in(world.alice)
    sent = {"file": (io.BytesIO(b"<script>alert(1)</script>"), "a.html"), "note": "来信", "shared": "1"}
    done = page.post(f"/customers/{customer_id}/attachments/new", data=sent, content_type="multipart/form-data")
    assert done.status_code == 303
    shown = page.get(f"/customers/{customer_id}").text
    assert "a.html.txt" in shown
    scope.enter(session, alice)
    row = queries.attached(session, context=alice, customer_id=customer_id).rows[0]
    session.rollback()
    saved = page.get(f"/attachments/{row.id}")
    assert saved.headers["Content-Disposition"] == "attachment; filename=a.html.txt"
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert saved.content_type == "text/plain; charset=utf-8"
    bad = page.post(
        f"/customers/{customer_id}/attachments/new", data={"file": (io.BytesIO(b"MZ\x90" + b"\0" * 50), "a.pdf")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert bad.status_code == 422
    removed = page.post(f"/attachments/{row.id}/remove")
    assert removed.status_code == 303
    undone = page.get(f"/customers/{customer_id}").text
    assert "/undo/" in undone
    assert "a.html.txt" not in undone
