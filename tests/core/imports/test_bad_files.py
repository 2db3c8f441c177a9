"""Bad files: each has its clear answer, and nothing of it is kept."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text

from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.errors import Invalid, Unavailable
from core.files import service as files
from core.imports import ahead, service
from core.imports.contents import content_of
from core.imports.dialect import ENCODING_NAMES
from core.imports.models import ImportFile
from core.jobs.models import BulkRun
from tests.core.imports.conftest import Desk

HEADER = "customer_id,name,phone\n"
CHINESE = "客户号,姓名,手机号\nA1,刘明,13800138000\nA2,陈红,13800138001\n"


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf\r\n \n", "The file is empty"),
        (b"customer_id,name\n", "a header and no rows below"),
        (b"customer_id,,phone\n1,Ann,2\n", "column 2 is blank"),
        (b"customer_id,name,name\n1,Ann,2\n", "names a column twice: name"),
        (b'customer_id,"name\n1,Ann\n', "header cannot be read: a quotation mark"),
        (b"x" * 1_100_000 + b"\n1\n", "first line is longer than 1 MB"),
        (("c" * 300 + ",b\n1,2\n").encode(), "does not look like a header"),
        (b"PK\x03\x04" + b"\0" * 30 + b"xl/workbook.xml", "The workbook is damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Excel file of the old kind"),
        (b"%PDF-1.7\n%\xe2\xe3", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "This is a picture"),
        (b"\x1f\x8b\x08" + b"\1" * 50, "This is a packed file"),
        (bytes(range(256)) * 8, "not a text file"),
        (CHINESE.encode("utf-16") + b"\x00", "says it is UTF-16 but cannot be read"),
        (b"customer_id,name\n1,Jos\xe9 Mu\xf1oz\n2,Ren\xe9e C\xf4t\xe9\n", "line 2 cannot be read.+Windows-1252"),
        ("customer_id,name\n1,Ann\n2,山田たろう\n".encode("shift_jis"), "line 3 cannot be read.+Shift JIS"),
        ("customer_id,name\n1,Иванов Пётр\n2,Сидорова\n".encode("cp1251"), "line 2 cannot be read.+Windows-1251"),
        (b"customer_id,name\n" + b"1,Ann\n" * 200_000 + b"2,\xff\xfe\n", "line 200002 cannot be read"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_kept(desk: Desk, data: bytes, answer: str) -> None:
    with pytest.raises(Invalid, match=answer):
        desk.load(data)

    assert desk.nothing_kept()
    folder = files.path_of(desk.world.tenant_id, desk.world.tenant_id).parent
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (CHINESE.encode(), "UTF-8", ","),
        (CHINESE.encode("utf-8-sig"), "UTF-8 (BOM)", ","),
        (CHINESE.encode("gbk"), "GB18030", ","),
        (CHINESE.encode("gb18030"), "GB18030", ","),
        (CHINESE.encode("utf-16"), "UTF-16", ","),
        (CHINESE.encode("utf-16-be").join([b"\xfe\xff", b""]), "UTF-16", ","),
        (CHINESE.replace(",", ";").encode(), "UTF-8", ";"),
        (CHINESE.replace(",", "\t").encode("gbk"), "GB18030", "\t"),
        (CHINESE.replace("\n", "\r\n").encode(), "UTF-8", ","),
        (CHINESE.replace("\n", "\r").encode(), "UTF-8", ","),
        (("sep=;\n" + CHINESE.replace(",", ";")).encode("utf-8-sig"), "UTF-8 (BOM)", ";"),
        (("\n\n" + CHINESE + "\n\n").encode(), "UTF-8", ","),
        (CHINESE.rstrip("\n").encode(), "UTF-8", ","),
    ],
)
def test_a_file_as_people_have_it_is_read_and_its_encoding_is_told(
    desk: Desk, data: bytes, encoding: str, delimiter: str
) -> None:
    run = desk.load(data)

    assert desk.counts(run) == (2, 0, 0, 0)
    found = desk.customers()
    assert {key: (each.name, each.phone) for key, each in found.items()} == {
        "A1": ("刘明", "+8613800138000"),
        "A2": ("陈红", "+8613800138001"),
    }
    file = service.file_of(desk.session, run_id=run.id)
    assert (ENCODING_NAMES[file.encoding], file.delimiter) == (encoding, delimiter)


@pytest.mark.parametrize(
    ("mapping", "answer"),
    [
        ("telecom.ibm_churn", "The header lacks customerID, gender, .+It has: customer_id, name, phone"),
        ("telecom.nothing", "There is no mapping telecom.nothing. There are: telecom.ibm_churn"),
        (
            '{"columns": {"customer_id": "identifier:external", "name": "telecom.shoe_size"}}',
            "no field telecom.shoe_size",
        ),
        ('{"columns": {"customer_id": "identifier:external", "name": "name", "phone": "name"}}', "same field: name"),
        ('{"columns": {"name": "name"}}', "says which customer a row is about"),
        ('{"columns": {"customer_id": "identifier:document"}}', "no field identifier:document"),
        ('{"columns": ["customer_id"]}', "A mapping has columns"),
        ('{"columns": {"customer_id": "name"}, "colour": "red"}', "A mapping has columns"),
        ('{"columns": {"customer_id": "name"}, "values": {"name": [1]}}', "values of a mapping are texts"),
        ("{not json", "The mapping cannot be read"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(desk: Desk, tmp_path: Path, mapping: str, answer: str) -> None:
    given = mapping
    if mapping.startswith("{"):
        (tmp_path / "mapping.json").write_text(mapping)
        given = str(tmp_path / "mapping.json")

    with pytest.raises(Invalid, match=answer):
        desk.load(HEADER + "1,Ann,13800138000\n", named=given)
    assert desk.count(Customer) == 0


def test_an_importer_of_a_vertical_that_is_off_is_not_known(session: Any, app: Any, tmp_path: Path) -> None:
    from core.testing.people import make_world

    desk = Desk(session, make_world(app, verticals=()), tmp_path)
    with pytest.raises(Invalid, match=r"no mapping telecom\.ibm_churn\. There are: –"):
        desk.load(HEADER + "1,Ann,13800138000\n", named="telecom.ibm_churn")


def test_a_file_over_the_limit_is_refused(desk: Desk, app: Any) -> None:
    desk.enter()
    view = app.extensions["kehub"]["catalog"].view(desk.world.alice.context.enabled)
    with pytest.raises(Invalid, match="larger than 1 MB"):
        service.receive(
            desk.session,
            content=content_of(view, {}),
            stream=io.BytesIO(b"a,b\n" * 300_000),
            name="big.csv",
            limit=1024 * 1024,
        )
    assert desk.nothing_kept()


def test_a_full_disk_while_uploading_keeps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(Unavailable, match="no space left"):
            desk.load(HEADER + "1,Ann,13800138000\n")
    assert desk.nothing_kept()


def test_a_full_database_disk_stops_the_run_between_two_slices(
    desk: Desk, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slice that failed left nothing behind; what was done before is counted; run again, the rest follows."""
    monkeypatch.setattr(ahead, "FEWEST", 5)
    monkeypatch.setattr(ahead, "MOST", 10)
    monkeypatch.setattr("core.jobs.service.SLICE_SECONDS", 0)
    data = HEADER + "".join(f"{number},Ann,13800138000\n" for number in range(50))
    inserts = []

    def full(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO import_row"):
            inserts.append(statement)
            if len(inserts) == 3:
                cursor.execute("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$")

    event.listen(db.engine, "before_cursor_execute", full)
    try:
        with pytest.raises(Unavailable, match="no space left"):
            desk.load(data)
    finally:
        event.remove(db.engine, "before_cursor_execute", full)

    desk.enter()
    (run,) = desk.session.scalars(select(BulkRun))
    assert run.state == "failed"
    assert "no space left" in run.error["message"]
    assert desk.counts(run) == (20, 0, 0, 0)
    assert desk.count(Customer) == 20
    assert desk.counts(desk.load(data)) == (30, 0, 20, 0)


def test_a_file_that_was_removed_stops_the_run_with_a_word(desk: Desk, app: Any) -> None:
    from core.jobs.tasks import run_inline

    desk.enter()
    view = app.extensions["kehub"]["catalog"].view(desk.world.alice.context.enabled)
    stream = io.BytesIO((HEADER + "1,Ann,13800138000\n").encode())
    run = service.receive(desk.session, content=content_of(view, {}), stream=stream, name="a.csv", limit=10_000)
    service.load(desk.session, run=run, view=view)
    run_id = run.id
    file = service.file_of(desk.session, run_id=run_id)
    files.path_of(file.tenant_id, file.file_id).unlink()
    desk.session.commit()

    with pytest.raises(Unavailable, match="no longer there"):
        run_inline(desk.session, context=desk.world.alice.context, run_id=run_id)
    desk.enter()
    assert service.found_run(desk.session, run_id=run_id).state == "failed"


def test_another_tenants_import_is_not_there(desk: Desk, app: Any) -> None:
    from core.errors import NotFound
    from core.testing.people import make_world

    run_id = desk.load(HEADER + "1,Ann,13800138000\n").id
    desk.session.commit()
    scope.enter(desk.session, make_world(app).alice.context)
    with pytest.raises(NotFound):
        service.found_run(desk.session, run_id=run_id)
    assert list(desk.session.scalars(select(ImportFile))) == []
    assert desk.session.scalar(text("SELECT count(*) FROM import_row").execution_options(**scope.RLS_ONLY)) == 0
