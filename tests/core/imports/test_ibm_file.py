"""IBM's sample of 7,043 subscribers, through the command and through the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.imports import report
from core.imports.commands import import_file

NOTHING = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, "warned": 0}


@pytest.fixture
def ibm(shared_data: Path) -> Path:
    return shared_data / "telecom" / "ibm_telco_customer_churn.csv"


def customers(session: Any, world: Any) -> int:
    scope.enter(session, world.alice.context)
    return int(session.scalar(select(func.count(Customer.id))) or 0)


def test_the_command_imports_every_row_and_again_changes_nothing(session: Any, world: Any, ibm: Path) -> None:
    begun = time.perf_counter()
    run = import_file(session, tenant=world.slug, file=ibm, named="telecom.ibm_churn")
    taken = time.perf_counter() - begun

    assert run.state == "done"
    assert run.counts == {**NOTHING, "created": 7043, "warned": 11}
    assert customers(session, world) == 7043
    blank = list(report.outcome_rows(session, run_id=run.id))
    assert len(blank) == 11
    assert {(row.outcome, row.problems[0]["column"], row.problems[0]["code"]) for row in blank} == {
        ("created", "TotalCharges", "blank_amount")
    }
    one = session.scalars(
        select(Customer)
        .join(CustomerIdentifier, CustomerIdentifier.customer_id == Customer.id)
        .where(CustomerIdentifier.value_key == "4472-LVYGI")
    ).one()
    assert "total_charge" not in one.attributes["telecom"]
    assert one.attributes["telecom"]["monthly_charge"] == 5255
    assert one.name == "4472-LVYGI"
    versions = set(session.scalars(select(Customer.version).distinct()))
    session.rollback()
    assert taken < 20

    again = import_file(session, tenant=world.slug, file=ibm, named="telecom.ibm_churn")
    assert again.counts == {**NOTHING, "unchanged": 7043, "warned": 11}
    assert customers(session, world) == 7043
    assert set(session.scalars(select(Customer.version).distinct())) == versions == {1}
    print(f"{7043 / taken:.0f} rows/s")
