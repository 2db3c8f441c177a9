"""Write everything a tenant has into one zip, from one snapshot of the database, in flat memory.

A REPEATABLE READ transaction in the tenant's own scope reads every table through a cursor of the server; rows become JSON there
and go to the disk in pieces. So every file is of the same moment, and the trail in it is the trail of that moment. One snapshot
cannot outlive its transaction: unlike other long acts this one is one job, not slices, and only one works at a time.
"""

from __future__ import annotations

import csv
import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.audit import keys
from core.context import Context
from core.db import driver, scope
from core.files import service as files
from core.leaving import contents
from core.leaving.contents import SEALED, Source

FORMAT = "kehub-export/1"
AT_ONCE = 2000
PIECE = 1 << 20
TABLES_AS_CSV: Mapping[str, str] = {"customer": "customers", "record": "records", "case": "cases"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Told = Callable[[int], None]
Document = Callable[[Session], Mapping[str, str]]


@dataclass(kw_only=True)
class Member:
    """One file of the export, as the manifest tells it."""

    path: str
    rows: int | None = None
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def told(self) -> dict[str, Any]:
        counted = {} if self.rows is None else {"rows": self.rows}
        return {"path": self.path, "sha256": self.digest.hexdigest(), "bytes": self.size, **counted}


@dataclass(kw_only=True)
class Writer:
    """The zip being written. `told` hears now and then how many rows there are so far."""

    zip: zipfile.ZipFile
    told: Told
    members: list[Member] = field(default_factory=list)
    rows: int = 0
    next: float = 0.0

    def add(self, path: str, pieces: Iterable[bytes], *, counted: bool = False) -> Member:
        member = Member(path=path, rows=0 if counted else None)
        with self.zip.open(path, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                member.digest.update(piece)
                member.size += len(piece)
        self.members.append(member)
        return member

    def count(self, member_rows: int) -> None:
        self.rows += member_rows
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + 1
            self.told(self.rows)


def write(
    engine: Engine, *, context: Context, path: Path, documents: Document, told: Told, skip: Sequence[UUID] = ()
) -> dict[str, Any]:
    """Write the zip to `path` and answer its manifest. `documents` are texts that others know how to make, by their path.

    `skip` are stored files that are left out: exports themselves.
    """
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        Session(connection) as session,
    ):
        scope.enter(session, context)
        read = driver.connection(session)
        read.execute("SET TRANSACTION READ ONLY")
        read.execute("SET LOCAL statement_timeout = 0")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as zipped:
            writer = Writer(zip=zipped, told=told)
            counts = {source.name: _table(writer, read, source, context.tenant_id) for source in contents.sources()}
            for table, name in TABLES_AS_CSV.items():
                _csv(writer, read, table, name)
            _files(writer, read, context.tenant_id, set(skip))
            for name, body in {**documents(session), **_explained()}.items():
                writer.add(name, [body.encode()])
            manifest = _manifest(writer, read, context, counts)
            zipped.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        session.rollback()
    return manifest


def _table(writer: Writer, read: psycopg.Connection[Any], source: Source, tenant_id: UUID) -> int:
    """A table as JSON Lines. How many rows it has."""
    rows = 0

    def lines() -> Iterator[bytes]:
        nonlocal rows
        for page in _pages(read, source.select()):
            rows += len(page)
            writer.count(len(page))
            yield b"".join(_line(source, row, tenant_id) for row in page)

    member = writer.add(f"data/{source.name}.jsonl", lines(), counted=True)
    member.rows = rows
    return rows


def _pages(read: psycopg.Connection[Any], statement: str) -> Iterator[list[tuple[Any, ...]]]:
    with read.cursor(name="everything") as cursor:
        cursor.execute(statement)
        while page := cursor.fetchmany(AT_ONCE):
            yield page


def _line(source: Source, row: tuple[Any, ...], tenant_id: UUID) -> bytes:
    body, sealed, key = row
    if sealed is None or key is None:
        return str(body).encode() + b"\n"
    try:
        clear = keys.decrypt(bytes.fromhex(sealed), data_key=bytes.fromhex(key), tenant_id=tenant_id)
    except InvalidTag:
        return str(body).encode() + b"\n"
    shown = orjson.loads(body)
    if source.name == "gate_decision":
        shown["subject"] = {
            **{k: v for k, v in shown["subject"].items() if k != "sealed"},
            "opened": orjson.loads(clear),
        }
    else:
        shown[SEALED[source.name][1]] = clear
    return orjson.dumps(shown) + b"\n"


def _csv(writer: Writer, read: psycopg.Connection[Any], table: str, name: str) -> None:
    """A table for spreadsheets: its columns, and one more for each attribute that any row has."""
    source = next(each for each in contents.sources() if each.name == table)
    plain = [column.name for column in source.columns if column.name != "attributes"]
    held = read.execute(
        f'SELECT DISTINCT v.key, f.key FROM "{table}" t, jsonb_each(t.attributes) v, jsonb_each(v.value) f'  # noqa: S608
        " WHERE jsonb_typeof(v.value) = 'object' ORDER BY 1, 2"
    ).fetchall()
    rows = 0

    def lines() -> Iterator[bytes]:
        nonlocal rows
        yield ("\ufeff" + _row([*plain, *(f"{vertical}.{key}" for vertical, key in held)])).encode()
        for page in _pages(read, source.select()):
            rows += len(page)
            shown = (orjson.loads(row[0]) for row in page)
            yield "".join(_row(_cells(each, plain, held)) for each in shown).encode()

    member = writer.add(f"csv/{name}.csv", lines(), counted=True)
    member.rows = rows


def _cells(shown: Mapping[str, Any], plain: Sequence[str], held: Sequence[Any]) -> list[str]:
    attributes = shown.get("attributes") or {}
    values = [shown[name] for name in plain] + [(attributes.get(vertical) or {}).get(key) for vertical, key in held]
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    """As a spreadsheet takes it, which would run what looks like a formula (OWASP, CSV injection)."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _files(writer: Writer, read: psycopg.Connection[Any], tenant_id: UUID, skip: set[UUID]) -> None:
    """The bytes of the file store, under the ids that `stored_file.jsonl` names."""
    for (file_id,) in read.execute("SELECT id FROM stored_file ORDER BY id").fetchall():
        path = files.path_of(tenant_id, file_id)
        if file_id not in skip and path.is_file():
            writer.add(f"files/{file_id}", _bytes(path))


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def _explained() -> dict[str, str]:
    return {
        "dictionary.json": orjson.dumps(contents.dictionary(), option=orjson.OPT_INDENT_2).decode(),
        "README.txt": README,
    }


def _manifest(
    writer: Writer, read: psycopg.Connection[Any], context: Context, counts: Mapping[str, int]
) -> dict[str, Any]:
    at = read.execute("SELECT now(), pg_current_snapshot()::text").fetchone()
    assert at is not None
    return {
        "format": FORMAT,
        "organisation": {"id": str(context.tenant_id), "name": context.tenant_name},
        "made_at": datetime.now(UTC).isoformat(),
        "snapshot": {"at": at[0].isoformat(), "isolation": "repeatable read", "id": at[1]},
        "rows": dict(counts),
        "files": [member.told() for member in writer.members],
        "left_out": {each.name: dict(each.left_out) for each in contents.sources() if each.left_out},
    }


README = """\
Kehub: everything of one organisation                    客汇：一个组织的全部数据

data/*.jsonl      one JSON object a row, UTF-8           每行一个 JSON 对象，UTF-8
csv/*.csv         customers, records, cases              客户、记录、工单，可用表格软件打开
files/            stored files, by their id              文件，以编号命名
dictionary.json   what each table and column means       各表各列的含义
fields.json       fields of the verticals and your own   行业字段与自定义字段
configuration.json  settings, can be brought in again    配置，可以再次导入
manifest.json     SHA-256, size and rows of each file    每个文件的 SHA-256、大小与行数

All files are of one moment (manifest.json, "snapshot"). Times are UTC, money is in minor units of its currency.
Secrets (password and token hashes, keys) are left out; manifest.json, "left_out", names each column.
The audit trail is data/audit_entry.jsonl with its seals in data/audit_batch.jsonl.
所有文件取自同一时刻；时间为 UTC，金额为最小货币单位。密码与令牌的摘要、密钥未导出，见 manifest.json 的 left_out。
"""
