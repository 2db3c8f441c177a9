"""`kehub import customers`, as somebody types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.core.imports.conftest import Desk

LIST = "客户号,姓名,手机号,累计费用\nA1,刘明,13800138000,1.5\nA2,陈红,1380013,2\nA3,王芳,,\n"


def test_the_command_tells_counts_problems_and_writes_the_report(run: Any, desk: Desk, tmp_path: Path) -> None:
    file, report = desk.file(LIST), tmp_path / "report.csv"
    done = run("--tenant", desk.world.slug, "--report", report, file)

    assert done.exit_code == 0, done.output
    assert "UTF-8, delimiter ',', 4 columns" in done.output
    assert "        2 created\n" in done.output
    assert "        1 rejected\n" in done.output
    assert "        1 with a warning, 3 rows in all\n" in done.output
    assert "line 3, rejected: 手机号: 7 digits, it needs 11." in done.output
    assert report.read_text(encoding="utf-8-sig").splitlines() == [
        "line,outcome,column,code,problem",
        '3,rejected,手机号,phone.length,"7 digits, it needs 11."',
        "4,created,累计费用,blank_amount,There is no amount; the row is imported without it.",
    ]
    assert set(desk.customers()) == {"A1", "A3"}
    again = run("--tenant", desk.world.slug, file)
    assert "        2 unchanged\n" in again.output


def test_a_dry_run_writes_nothing(run: Any, desk: Desk) -> None:
    done = run("--tenant", desk.world.slug, "--dry-run", desk.file(LIST))

    assert done.exit_code == 0
    assert "        2 would be created\n" in done.output
    assert desk.customers() == {}


@pytest.mark.parametrize(
    ("options", "data", "words"),
    [
        (("--tenant", "nobody-here"), LIST, "Error: There is no workspace nobody-here."),
        ((), "", "Error: The file is empty."),
        (("--mapping", "telecom.none"), LIST, "Error: There is no mapping telecom.none. There are: telecom.ibm_churn."),
        (("--mapping", "absent.toml"), LIST, "Error: The mapping cannot be read: No such file or directory."),
    ],
)
def test_a_refusal_is_one_sentence_and_an_exit_code(
    run: Any, desk: Desk, options: tuple[str, ...], data: str, words: str
) -> None:
    tenant = () if "--tenant" in options else ("--tenant", desk.world.slug)
    done = run(*tenant, *options, desk.file(data))

    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
    assert desk.nothing_kept()
