"""A file of 100 MB passes through the command in slices: memory stays flat, and every row is told."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

from core.imports.models import ImportRow
from tests.core.imports.conftest import Desk

MB = 1024 * 1024
ROWS = 105
WIDE = 125_000
"""Characters of a cell, near the most a cell may have; eight of them come near the most a line may have."""
HEADER = "客户号,姓名,地址," + ",".join(f"备用{number}" for number in range(8)) + "\n"


def write(path: Path) -> int:
    """Every third row has an address that is too long."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(ROWS):
            long = number % 3 == 2
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
    assert peak < 24 * MB, f"{peak / MB:.0f} MB at once"
    rejected = ROWS // 3
    assert f"{ROWS - rejected:>9} created\n" in done.output
    assert f"{rejected:>9} rejected\n" in done.output
    assert desk.count(ImportRow) == ROWS
    assert len(desk.customers()) == ROWS - rejected
    told = (tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[:4] for line in told] == [
        [str(number + 2), "rejected", "地址", "too_long"] for number in range(2, ROWS, 3)
    ]
