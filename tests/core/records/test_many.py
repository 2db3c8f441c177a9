"""The list of records done as every list is: columns, conditions, views, acts on many with a way back, export of ticked rows."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.errors import Denied
from core.gate.models import GateDecision
from core.jobs import service as jobs
from core.jobs.tasks import job_context, set_going, step
from core.lists import acts
from core.plugin import Rule, label
from core.records import service
from core.records.models import Record
from core.undo import service as undo
from tests.core.records.conftest import sector

TEXT = label("规则", "Rule")

NO_RED_SALE = {"op": "and", "of": [
    {"op": "eq", "field": "record.state", "value": "sold"}, {"op": "eq", "field": "record.fleet.colour", "value": "red"},
]}  # fmt: skip


@pytest.fixture
def session(outside):
    return outside


@pytest.fixture(autouse=True)
def with_fleet(app, monkeypatch, fleet):
    monkeypatch.setitem(app.extensions["kehub"], "view_of", lambda session, context: fleet)


@pytest.fixture
def alice(world, in_english):
    return in_english(world.alice)


@pytest.fixture
def vans(make, make_customer):
    """Three of somebody's, and one of nobody's."""
    holder = make_customer()
    return [make("van", customer_id=holder, values={"model": f"Model {each}"})[0] for each in range(3)]


@pytest.fixture
def ran(session, world, acting, fleet, monkeypatch):
    """An act on all of these vans, tried and worked to its end as the job does."""

    def work(act, sent, ids, using=fleet):
        monkeypatch.setitem(jobs._kinds, acts.KIND, acts.Changer(lambda session, context: using))
        context = acting(world.alice)
        run = acts.choose(session, context=context, target="record:fleet.van", ids=ids)
        assert acts.try_out(session, context=context, view=using, run=run, act=act, sent=sent)
        tried = dict(run.counts)
        acts.start(session, context=context, run=run)
        set_going(session, context=context, run=run)
        run_id, author = run.id, run.created_by
        session.commit()
        job = job_context(tenant_id=world.tenant_id, participant_id=author)
        while step(session, context=job, run_id=run_id, queued=False):
            pass
        run = acts.found_run(session, context=acting(world.alice), run_id=run_id)
        return tried, dict(run.counts), run_id

    return work


def test_records_are_brought_into_a_state_one_by_one_and_back_together(session, world, acting, vans, ran):
    tried, counts, first = ran("state", {"state": "scrapped"}, vans)
    assert (tried["possible"], counts["done"]) == (3, 3)
    tried, counts, _second = ran("state", {"state": "sold"}, vans)
    assert (tried["refused"], counts["done"]) == (3, 0)
    context = acting(world.alice)
    back = undo.undo(session, context=context, run=acts.found_run(session, context=context, run_id=first))
    assert back.counts["restored"] == 3
    assert {each.state for each in session.scalars(select(Record).where(Record.id.in_(vans)))} == {"stock"}


def test_what_the_gate_refuses_is_told_and_kept_as_evidence_and_no_undo_touches_it(
    session, world, acting, make, vans, ran
):
    rule = Rule(
        key="red", label=TEXT, action="record_change", on=("van",), citation="§5", verdict="deny", reason=TEXT,
        when=NO_RED_SALE,
    )  # fmt: skip
    strict = sector(rules=(rule,)).everything
    _tried, _counts, _run = ran("field", {"field": "fleet.colour", "value": "red"}, vans[1:2])
    _tried, counts, first = ran("state", {"state": "sold"}, vans[:2], using=strict)
    assert (counts["done"], counts["refused"]) == (1, 1)
    context = acting(world.alice)
    assert session.scalar(select(GateDecision.verdict).where(GateDecision.record_id == vans[1])) == "deny"
    version = session.scalar(select(Record.version).where(Record.id == vans[1]))
    service.update_record(
        session, context=context, view=sector().everything, record_id=vans[1], version=version,
        values={"colour": "white"},
    )  # fmt: skip
    session.commit()
    context = acting(world.alice)
    back = undo.undo(session, context=context, run=acts.found_run(session, context=context, run_id=first))
    assert back.counts == {"restored": 1, "removed": 0, "left": 0}
    found = session.scalars(select(Record).where(Record.id.in_(vans[:2])).order_by(Record.id)).all()
    assert [(each.state, each.attributes["fleet"].get("colour")) for each in found] == [
        ("stock", None),
        ("stock", "white"),
    ]


def test_an_amount_is_set_for_many_as_it_was_typed(session, vans, ran):
    ran("field", {"field": "fleet.price", "value": "123.45"}, vans[:1])
    kept = session.scalar(select(Record.attributes).where(Record.id == vans[0]))
    assert kept["fleet"]["price"] == 12345


def test_a_field_is_set_for_many_and_no_number_or_personal_one_is_offered(session, world, acting, fleet, vans, ran):
    _tried, counts, _run = ran("field", {"field": "fleet.colour", "value": "red"}, vans)
    assert counts["done"] == 3
    kept = session.scalars(select(Record).where(Record.id.in_(vans)))
    assert {each.attributes["fleet"]["colour"] for each in kept} == {"red"}
    known = acts.target_named("record:fleet.van").acts["field"]
    offered = known.controls(session, context=acting(world.alice), view=fleet, sent={})
    assert "fleet.colour" in {option.value for option in offered[0].options}
    assert not {"fleet.vin", "fleet.driver"} & {option.value for option in offered[0].options}


def test_nobody_of_a_provider_acts_on_many_records(session, world, acting, vans):
    with pytest.raises(Denied):
        acts.choose(session, context=acting(world.bob), target="record:fleet.van", ids=vans)


def test_columns_and_a_condition_of_ones_own_stand_in_the_address_and_in_a_view(alice, vans):
    page = alice.get("/records/fleet.van?column=fleet.seats&hide=holder").text
    assert "Seats" in page
    assert not re.search(r'<th scope="col">\s*Holder', page)
    where = '{"op":"eq","field":"fleet.model","value":"Model 1"}'
    saved = alice.post(
        "/views", data={"target": "record:fleet.van", "query": f"where={where}", "name": "Ones", "default": "1"}
    )
    assert "/records/fleet.van?view=" in saved.headers["Location"]
    opened = alice.client.get(alice.get("/records/fleet.van").headers["Location"]).text
    assert "Model 1" in opened
    assert "Model 2" not in opened
    assert "Model 2" in alice.get("/records/fleet.van?view=all").text


@pytest.mark.parametrize("asked", ["endpoint=x", "key=x", "_scheme=x", "_anchor=x", "_method=GET"])
def test_an_address_may_say_anything(alice, vans, asked):
    for path in ("/records/fleet.van", "/records/fleet.van/condition", "/customers", "/customers/condition"):
        assert alice.get(f"{path}?{asked}").status_code == 200
    old = alice.get(f"/records/fleet.van/export.csv?{asked}&state=sold")
    assert old.headers["Location"].endswith(f"/exports/new?what=records&type=fleet.van&{asked}&state=sold")


def test_an_export_takes_the_rows_that_are_ticked(alice, vans):
    form = alice.post(
        "/exports/rows", data={"target": "record:fleet.van", "query": "", "of": "ticked", "row_id": vans[:2]}
    )
    assert "2 rows · those ticked" in form.text
    assert "3 rows" in alice.post("/exports/rows", data={"target": "record:fleet.van", "of": "filter"}).text
    assert alice.post("/exports/rows", data={"target": "record:fleet.van", "of": "ticked"}).status_code == 303
    assert alice.post("/exports/rows", data={"target": "record:fleet.plane", "of": "filter"}).status_code == 404
