"""Size costs nothing but time: neither a file of 100 MB nor a tenant with many customers is ever read as a whole."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from core.imports.models import ImportRow
from tests.core.imports.conftest import Desk

MB = 1024 * 1024
ROWS = 105
WIDE = 125_000
"""Characters of a cell, near the most a cell may have; eight of them come near the most a line may have."""
READ = text(
    "SELECT relname, coalesce(idx_tup_fetch, 0) + seq_tup_read FROM pg_stat_xact_user_tables"
    " WHERE relname IN ('customer', 'customer_identifier', 'contact_point')"
)
HEADER = "客户号,姓名,地址," + ",".join(f"备用{number}" for number in range(8)) + "\n"


def write(path: Path) -> int:
    """Two rows of three have an address that is too long."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(ROWS):
            long = number % 3 > 0
            spare = [f"{number}-{place}".ljust(WIDE, "x") for place in range(7 if long else 8)]
            address = "路".ljust(WIDE, "a") + str(number) if long else f"南京路{number}号"
            file.write(",".join([f"A{number}", "刘明", address, *spare, *[""] * long]) + "\n")
    return path.stat().st_size


def test_a_file_of_100_mb_is_imported_in_flat_memory_and_every_row_is_told(
    run: Any, desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    assert write(path) > 100 * MB
    tracemalloc.start()
    try:
        done = run("--tenant", desk.world.slug, "--report", tmp_path / "report.csv", path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert done.exit_code == 0, done.output
    assert peak < 16 * MB, f"{peak / MB:.0f} MB at once"
    rejected = ROWS // 3 * 2
    assert f"{ROWS - rejected:>9} created\n" in done.output
    assert f"{rejected:>9} rejected\n" in done.output
    assert desk.count(ImportRow) == ROWS
    assert len(desk.customers()) == ROWS - rejected
    told = (tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[:4] for line in told] == [
        [str(number + 2), "rejected", "地址", "too_long"] for number in range(ROWS) if number % 3
    ]


def test_what_a_batch_reads_depends_on_its_rows_and_not_on_how_many_customers_there_are(desk: Desk) -> None:
    def rows(numbers: Iterable[int], tenure: int) -> str:
        return "客户号,姓名,手机号,邮箱,在网时长\n" + "".join(
            f"A{number},刘明,138{tenure:02}{number:06},a{number}.{tenure}@example.com,{tenure}\n" for number in numbers
        )

    there = 4000
    assert desk.counts(desk.load(rows(range(there), 1))) == (there, 0, 0, 0)
    read: Counter[str] = Counter()

    def begin(_: Session, __: Any, connection: Connection) -> None:
        # The connection may not have told the server yet what it read before.
        read.subtract(dict(connection.execute(READ).all()))

    def end(session: Session) -> None:
        read.update(dict(session.connection().execute(READ).all()))

    event.listen(desk.session, "after_begin", begin)
    event.listen(desk.session, "before_commit", end)
    try:
        run = desk.load(rows(range(there - 50, there + 50), 2))
    finally:
        event.remove(desk.session, "after_begin", begin)
        event.remove(desk.session, "before_commit", end)

    assert desk.counts(run) == (50, 50, 0, 0)
    assert set(read) == {"customer", "customer_identifier", "contact_point"}
    assert max(read.values()) < there / 2, read
