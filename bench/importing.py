"""`import`: a validated import of customers over COPY of the very same rows, by the owner, into empty tables with the same indexes.

1. A database of its own with one tenant. A CSV file is made: identifier, name, phone, e-mail, city, birthday, three fields of a
   vertical. 2. The file is imported as a worker does it: slice by slice, every cell validated, behind row-level security, with a
   report row for each row, which is also what an undo goes by. 3. The rows that this wrote (customers, identifiers, contact
   points) are copied out, and by the owner into twins of their tables: same columns, checks and indexes, no walls, no foreign
   keys, no triggers. The ratio is the time of the second over that of the first. `import=100000` takes fewer rows.
"""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from bench import data
from core import config as configuration
from core.app import create_app
from core.config import CHECKOUT, Config
from core.db import home, scope
from core.db.base import Model, db
from core.imports import service
from core.imports.contents import content_of
from core.jobs.models import BulkRun
from core.jobs.tasks import run_inline
from core.serving.prepare import upgrade_database
from core.testing.people import World, make_world

ROWS = 1_000_000
FOLDER = CHECKOUT / ".kehub" / "bench-import"
WRITTEN = ("customer", "customer_identifier", "contact_point")
HEADER = "客户号,姓名,手机,邮箱,城市,出生日期,telecom.plan,telecom.tenure_months,telecom.monthly_charge\n"
PLACES = ("上海", "南京", "杭州", "成都", "武汉")
TICKS = os.sysconf("SC_CLK_TCK")


def run(size: int = ROWS) -> dict[str, Any]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    config = replace(configuration.read({}), data_dir=FOLDER, upload_limit_mb=1024)
    try:
        upgrade_database(config)
        app = create_app(config)
        world = make_world(app, verticals=("telecom",))
        imported = _imported(app, world, _file(config, size))
        copied = _copied(config, world, size)
    finally:
        home.server(config).destroy()
        shutil.rmtree(FOLDER, ignore_errors=True)
    return {
        "rows": size,
        "ratio": round(copied["wall_s"] / imported["wall_s"], 3),
        "ratio_of_cpu": round(copied["cpu_s"] / imported["cpu_s"], 3),
        "rows_per_s": round(size / imported["wall_s"]),
        **{f"import_{name}": round(value, 2) for name, value in imported.items()},
        **{f"copy_{name}": round(value, 2) for name, value in copied.items()},
    }


def _file(config: Config, size: int) -> Path:
    path = config.data_dir / "customers.csv"
    surnames, given = data.SURNAMES, data.GIVEN
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(size):
            name = surnames[n % 20] + given[n * 31 % 30] + given[n * 17 % 29]
            born = f"{1950 + n * 7919 % 50}-{1 + n % 12:02}-{1 + n % 28:02}"
            file.write(
                f"C{n:08},{name},138{n * 7907 % 100_000_000:08},user{n}@example.com,{PLACES[n % 5]},{born},"
                f"5G 畅享 {59 + 10 * (n % 15)},{n % 73},{59 + n % 97}.00\n"
            )
    data.say(f"import: a file of {size:,} rows, {path.stat().st_size / 1e6:.0f} MB")
    return path


def _imported(app: Flask, world: World, path: Path) -> dict[str, float]:
    with app.app_context():
        session, context = db.session(), world.alice.context
        scope.enter(session, context)
        view = app.extensions["kehub"]["view_of"](session, context)
        with path.open("rb") as stream:
            run = service.receive(
                session, content=content_of(view, {}), stream=stream, name="customers.csv", limit=2**40
            )
        service.load(session, run=run, view=view)
        run_id = run.id
        session.commit()
        with Measured(session.connection().connection.driver_connection.info.backend_pid) as took:  # type: ignore[union-attr]
            done = run_inline(session, context=context, run_id=run_id, told=_told)
        counts = dict(done.counts)
        db.session.remove()
    assert counts["rejected"] == 0, counts
    return took


def _told(run: BulkRun) -> None:
    if (run.counts["created"] // 1000) % 50 == 0:
        data.say(f"import: {run.counts['created']:,} rows")


class Measured:
    """Seconds of the clock, and of the processors: this process and the server's process that serves it."""

    def __init__(self, backend: int) -> None:
        self._backend = backend
        self._took: dict[str, float] = {}

    def __enter__(self) -> dict[str, float]:
        self._began = self._now()
        return self._took

    def __exit__(self, *_: object) -> None:
        names = ("wall_s", "client_cpu_s", "server_cpu_s")
        for name, began, now in zip(names, self._began, self._now(), strict=True):
            self._took[name] = now - began
        self._took["cpu_s"] = self._took["client_cpu_s"] + self._took["server_cpu_s"]

    def _now(self) -> tuple[float, float, float]:
        stat = Path(f"/proc/{self._backend}/stat").read_text().rpartition(")")[2].split()
        return time.monotonic(), time.process_time(), (int(stat[11]) + int(stat[12])) / TICKS


def _copied(config: Config, world: World, size: int) -> dict[str, float]:
    superuser = home.server(config).superuser_conninfo(home.DATABASE)
    owner = str(home.locate(config).owner_url).replace("postgresql+psycopg", "postgresql")
    folder = config.data_dir / "rows"
    folder.mkdir()
    with psycopg.connect(superuser, autocommit=True) as reader:
        for table in WRITTEN:
            found = reader.execute(f"SELECT count(*) FROM {table}").fetchone()
            data.say(f"import: {found} rows in {table}")
            with (folder / table).open("wb") as file, reader.cursor().copy(_out(table)) as copy:
                for piece in copy:
                    file.write(piece)
    with psycopg.connect(owner, autocommit=True) as writer:
        for table in WRITTEN:
            writer.execute(f"CREATE TABLE twin_{table} (LIKE {table} INCLUDING ALL)")
        with Measured(writer.info.backend_pid) as took, writer.transaction():
            for table in WRITTEN:
                with writer.cursor().copy(f"COPY twin_{table} ({_columns(table)}) FROM STDIN") as copy:
                    for piece in _pieces(folder / table):
                        copy.write(piece)
    return took


def _columns(table: str) -> str:
    columns = Model.metadata.tables[table].columns
    return ", ".join(column.name for column in columns if column.computed is None)


def _out(table: str) -> str:
    return f"COPY (SELECT {_columns(table)} FROM {table} ORDER BY tenant_id, id) TO STDOUT"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(io.DEFAULT_BUFFER_SIZE * 16):
            yield piece
