"""Records from a file: each row through the service, found by its number, told when refused, and safe to run again."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from core.db import scope
from core.errors import Invalid, NotFound
from core.imports import commands, report
from core.imports.models import ImportRow
from core.imports.records import KIND, RecordImporter
from core.jobs import service as jobs
from core.records.models import Record
from core.tenants import service as tenants
from tests.core.records.conftest import VIN

OTHER = "LFMGJE720DS070251"
FILE = f"""vin,model,colour,holder,depot,state
{VIN.lower()},Bora,red,1001,1001,sold
{OTHER},Polo,,,,
LVSHCAMB2CE054249,Golf,,,,
,Golf,,,,
{OTHER},Polo,white,77,,
"""


@pytest.fixture(autouse=True)
def with_fleet(app, monkeypatch, fleet):
    monkeypatch.setitem(app.extensions["kehub"], "view_of", lambda session, context: fleet)
    monkeypatch.setitem(jobs._kinds, KIND, RecordImporter(lambda session, context: fleet))


@pytest.fixture
def bring(session, world, tmp_path):
    def run(text, *, kind="fleet.van", mapping=None, dry_run=False):
        session.rollback()
        file = tmp_path / "vans.csv"
        file.write_text(text, encoding="utf-8")
        named = None
        if mapping is not None:
            named = tmp_path / "mapping.json"
            named.write_text(json.dumps(mapping), encoding="utf-8")
        done = commands.import_records(
            session, tenant=world.slug, kind=kind, file=file, named=str(named) if named else None, dry_run=dry_run
        )
        counts = dict(done.counts)
        scope.enter(session, tenants.system_context(session, workspace=world.slug))
        rows = session.execute(
            select(ImportRow.line, ImportRow.outcome, ImportRow.problems)
            .where(ImportRow.run_id == done.id)
            .order_by(ImportRow.line)
        ).all()
        session.rollback()
        return counts, {row.line: [(each["column"], report.english(each)) for each in row.problems] for row in rows}

    return run


@pytest.fixture
def ground(make, make_customer):
    make_customer()
    make("depot", values={"town": "Nanjing"})


MAPPING = {
    "columns": {"vin": "fleet.vin", "model": "fleet.model", "colour": "fleet.colour", "holder": "holder",
                "depot": "parent", "state": "state"},
    "identify_by": "fleet.vin",
}  # fmt: skip


def test_every_row_is_done_or_told_and_the_file_may_come_again(session, world, acting, ground, bring):
    counts, told = bring(FILE, mapping=MAPPING)
    assert {name: counts[name] for name in ("created", "updated", "unchanged", "rejected")} == {
        "created": 2, "updated": 0, "unchanged": 0, "rejected": 3,
    }  # fmt: skip
    assert told[2] == []
    assert told[3] == []
    (wrong,) = told[4]
    assert wrong[0] == "vin"
    assert "The check digit is 2, it should be 1" in wrong[1]
    assert told[5] == [("vin", "The number that identifies the record is blank.")]
    assert told[6] == [("holder", "There is no active customer with this number.")]
    acting(world.alice)
    vans = session.scalars(select(Record).where(Record.type == "fleet.van").order_by(Record.number)).all()
    assert [(van.state, van.attributes["fleet"]["model"]) for van in vans] == [("sold", "Bora"), ("stock", "Polo")]
    assert vans[0].customer_id is not None
    assert vans[0].parent_id is not None
    again, _ = bring(FILE, mapping=MAPPING)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


def test_a_row_changes_what_it_names_and_blank_cells_change_nothing(session, world, acting, ground, bring):
    bring(FILE, mapping=MAPPING)
    counts, told = bring(f"vin,model,colour\n{VIN},Bora 2,\n{OTHER},Polo,white\n")
    assert counts["updated"] == 2, told
    acting(world.alice)
    held = session.scalars(select(Record.attributes).where(Record.type == "fleet.van").order_by(Record.number)).all()
    assert [each["fleet"].get("colour") for each in held] == ["red", "white"]
    assert held[0]["fleet"]["model"] == "Bora 2"


def test_an_amount_is_read_in_the_currency_beside_it_else_in_that_of_its_record(session, world, acting, ground, bring):
    head = f"vin,model,amount,currency\n{VIN},Bora,1500,jpy\n"
    counts, told = bring(f"{head}{OTHER},Polo,1.5,ZZZ\nLVSHCAMB6DE054250,Golf,1.5,JPY\n")
    assert (counts["created"], counts["rejected"]) == (1, 2)
    assert "This is no currency" in told[3][0][1]
    assert told[4] == [("amount", "JPY is written with at most 0 decimals.")]
    counts, told = bring(f"vin,amount\n{VIN},1600\n{OTHER},16\n")
    assert (counts["updated"], counts["rejected"]) == (1, 1)
    _, told = bring(f"vin,currency\n{VIN},USD\n")
    assert told[2] == [("currency", "Give the amount too: in another currency it is another amount.")]
    acting(world.alice)
    kept = select(Record.amount_minor, Record.currency).where(Record.type == "fleet.van")
    assert session.execute(kept).all() == [(1600, "JPY")]


def test_a_rehearsal_says_what_would_be_and_writes_nothing(session, world, acting, ground, bring):
    counts, _ = bring(FILE, mapping=MAPPING, dry_run=True)
    assert (counts["created"], counts["rejected"]) == (2, 3)
    acting(world.alice)
    assert session.scalars(select(Record).where(Record.type == "fleet.van")).all() == []


def test_a_state_that_does_not_follow_is_refused_row_by_row(ground, bring):
    bring(FILE, mapping=MAPPING)
    counts, told = bring(f"vin,state\n{VIN},stock\n{OTHER},sold\n")
    assert (counts["updated"], counts["rejected"]) == (1, 1)
    assert told[2] == [("state", "This state does not follow the one the record is in.")]


def test_a_file_that_names_no_record_or_no_type_is_refused(ground, bring):
    with pytest.raises(Invalid):
        bring("model,colour\nBora,red\n")
    with pytest.raises(NotFound):
        bring(FILE, kind="fleet.unknown")
