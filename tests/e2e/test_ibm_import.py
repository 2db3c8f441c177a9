"""IBM's 7,043 subscribers through the command line and through the page: the same outcome, told row by row, twice the same."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.customers.models import Customer
from core.testing.people import World
from core.testing.serving import Served
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROWS, CHURNED, BLANK = 7043, 1869, 11
CHURN = Decimal("26.54")
IMPORT_PATIENCE = 120_000


@pytest.fixture
def ibm(shared_data: Path) -> Path:
    return shared_data / "telecom" / "ibm_telco_customer_churn.csv"


@pytest.fixture
def blank_lines(ibm: Path) -> list[int]:
    """The lines of the file without TotalCharges, as an editor counts them."""
    with ibm.open(encoding="utf-8") as file:
        lines = [number for number, row in enumerate(csv.DictReader(file), 2) if not row["TotalCharges"].strip()]
    assert len(lines) == BLANK
    return lines


def test_the_command_line_imports_the_sample_and_tells_each_blank_amount(
    served: Served, world: World, ibm: Path, blank_lines: list[int], acting: Callable[[Any], Any], tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    first = run_import(served, world, ibm, report=report)
    assert counts(first) == {"created": ROWS, "updated": 0, "unchanged": 0, "rejected": 0}
    assert told_lines(report) == blank_lines

    before = versions(acting(world.alice))
    again = run_import(served, world, ibm, report=report)
    assert counts(again) == {"created": 0, "updated": 0, "unchanged": ROWS, "rejected": 0}
    assert versions(acting(world.alice)) == before


def test_the_page_imports_the_sample_and_screen_csv_and_api_tell_the_same_churn(
    served: Served,
    world: World,
    ibm: Path,
    blank_lines: list[int],
    visitor: Callable[..., Visitor],
    acting: Callable[[Any], Any],
    issue_token: Callable[..., str],
) -> None:
    alice = visitor("alice", served.url)
    alice.sign_in(world.alice)
    upload(alice, ibm)
    alice.look("ibm-mapping", en=("Recognised: IBM Telco customer churn",), zh=("已认出：IBM 电信客户流失样例",))
    try_and_import(alice, created=ROWS, unchanged=0)
    alice.look("ibm-done", en=("Imported", "There is no amount", "TotalCharges"), zh=("7,043",), phone=True)

    with alice.page.expect_download() as download:
        alice.follow("Download row by row")
    assert told_lines(Path(download.value.path())) == blank_lines

    see_churn_everywhere(alice, served, token=issue_token(world.alice))
    see_who_cannot_be_reached(alice)

    before = versions(acting(world.alice))
    upload(alice, ibm)
    try_and_import(alice, created=0, unchanged=ROWS)
    assert versions(acting(world.alice)) == before


def told_lines(report: Path) -> list[int]:
    """The lines of a report that tells nothing but blank amounts."""
    with report.open(encoding="utf-8-sig") as file:
        told = list(csv.DictReader(file))
    assert {(row["outcome"], row["column"]) for row in told} == {("created", "TotalCharges")}
    assert {row["problem"] for row in told} == {"There is no amount; the row is imported without it."}
    return [int(row["line"]) for row in told]


def upload(alice: Visitor, file: Path) -> None:
    alice.go("/imports/new")
    alice.page.get_by_label("CSV, Excel or vCard file").set_input_files(file)
    alice.press("Upload and map columns")
    expect(alice.page).to_have_url(re.compile(r"/imports/[0-9a-f-]{36}$"))


def try_and_import(alice: Visitor, *, created: int, unchanged: int) -> None:
    """First without writing, then in earnest; the worker does both and the page follows by itself."""
    for button, done in (("Try without writing", "Nothing was written"), (f"Import {ROWS:,} rows", "Imported")):
        alice.press(button)
        expect(alice.main).to_contain_text(done, timeout=IMPORT_PATIENCE)
        expect(alice.main).to_contain_text(f"New customers{created:,}")
        expect(alice.main).to_contain_text(f"Unchanged{unchanged:,}")
        expect(alice.main).to_contain_text("Rejected0")


def see_churn_everywhere(alice: Visitor, served: Served, *, token: str) -> None:
    alice.go("/kpis/telecom.churn_rate")
    alice.look("kpi", en=("Churn rate", "26.54%", "1,869", "7,043"), zh=("离网率", "26.54%"))
    alice.go("/kpis")
    alice.sees("26.54%")
    with alice.page.expect_download() as download:
        alice.follow("Download CSV")
    with Path(download.value.path()).open(encoding="utf-8-sig") as file:
        [row] = [each for each in csv.DictReader(file) if each["kpi"] == "telecom.churn_rate"]
    in_csv = (Decimal(row["value"]), int(row["numerator"]), int(row["denominator"]))
    answer = httpx.get(f"{served.url}/api/v1/kpis/telecom.churn_rate", headers={"Authorization": f"Bearer {token}"})
    told = answer.json()
    assert in_csv == (Decimal(told["value"]), told["numerator"], told["denominator"]) == (CHURN, CHURNED, ROWS)


def see_who_cannot_be_reached(alice: Visitor) -> None:
    """The sample has no names' numbers: the pages say so, and draw no mask of nothing."""
    alice.go("/customers")
    alice.look("ibm-customers", en=("more than 1,000 customers",))
    alice.main.locator("tbody a.name").first.click()
    alice.look("ibm-customer", en=("No phone number or address on file",))
    assert "****" not in alice.main.inner_text()


def run_import(served: Served, world: World, file: Path, *, report: Path) -> str:
    arguments = ("--tenant", world.slug, "--mapping", "telecom.ibm_churn", "--report", str(report), str(file))
    done = served.kehub("import", "customers", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def counts(said: str) -> dict[str, int]:
    """The four outcomes as the command prints them."""
    found = re.findall(r"^\s*([\d,]+) (created|updated|unchanged|rejected)$", said, re.MULTILINE)
    return {name: int(count.replace(",", "")) for count, name in found}


def versions(session: Any) -> dict[Any, tuple[int, Any]]:
    """What a change of any customer would change."""
    rows = session.execute(select(Customer.id, Customer.version, Customer.updated_at)).all()
    assert len(rows) == ROWS
    return {row.id: (row.version, row.updated_at) for row in rows}
