"""What a run changed is put back exactly, and what somebody has touched since is left and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.contacts import service as contacts
from core.contacts.models import Consent, ContactPoint
from core.customers import service as customers
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.db.base import TenantModel
from core.errors import Conflict, Denied, NotFound
from core.events import bus
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.privacy.retention import before
from core.testing.jobs import work_off
from core.testing.people import World
from core.undo import service as undo
from core.undo.events import BulkRunReverted
from core.undo.jobs import forget_old_images
from core.undo.models import BeforeImage
from core.undo.restoring import FOLLOWERS

KIND = "undo.tried"
MOVES = {"version", "updated_at"}


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    undo.register(KIND, undo.Undoable(permission="customer.write", label={"zh-CN": "试", "en": "Trial"}))
    yield
    del undo.UNDOABLE[KIND]


class Hand:
    """Somebody who does things to many rows at once."""

    def __init__(self, session: Session, world: World) -> None:
        self.session, self.world = session, world
        self.context = world.alice.context
        self.enter()

    def enter(self) -> None:
        self.session.rollback()
        scope.enter(self.session, self.context)

    def commit(self) -> None:
        self.session.commit()
        self.enter()

    def customer(self, name: str = "Ann", **values: Any) -> UUID:
        made = customers.create_customer(self.session, context=self.context, values={"name": name, **values})
        self.commit()
        return made.id

    def run(self) -> BulkRun:
        return jobs.create_run(self.session, kind=KIND, settings={})

    def change(self, run: BulkRun, ids: list[UUID], **values: Any) -> None:
        """As a bulk act does: images, then one statement."""
        undo.remember(self.session, run_id=run.id, table="customer", rows=ids, columns=list(values))
        self.session.execute(
            update(Customer).where(Customer.id.in_(ids)).values(**values, version=Customer.version + 1)
        )

    def end(self, run: BulkRun) -> UUID:
        run.state = "done"
        self.commit()
        return run.id

    def undo(self, run_id: UUID) -> dict[str, int]:
        run = self.session.scalars(select(BulkRun).where(BulkRun.id == run_id)).one()
        counts = dict(undo.undo(self.session, context=self.context, run=run).counts)
        self.commit()
        return counts

    def left(self, run_id: UUID) -> list[tuple[str, str]]:
        return [(row.table_name, row.reason) for row in undo.left_rows(self.session, run_id=run_id)]

    def tables(self, *models: type[TenantModel]) -> dict[str, list[Any]]:
        """Every row, but for what moves on: version and time of change."""
        found = {}
        for model in models:
            names = [each.name for each in model.__table__.columns if each.name not in MOVES]
            columns = [getattr(model, name) for name in names]
            found[model.__tablename__] = list(self.session.execute(select(*columns).order_by(model.id)))
        return found

    def value(self, customer_id: UUID, name: str) -> Any:
        return self.session.scalar(select(getattr(Customer, name)).where(Customer.id == customer_id))


@pytest.fixture
def hand(session: Session, world: World) -> Hand:
    return Hand(session, world)


ALL = (Customer, CustomerIdentifier, ContactPoint, Consent)


def test_changed_removed_and_made_rows_are_put_back(hand: Hand) -> None:
    ann = hand.customer("Ann", phone="13800138000", grade="gold")
    bea = hand.customer("Bea")
    before = hand.tables(*ALL)

    run, session = hand.run(), hand.session
    hand.change(run, [ann, bea], grade="iron", region="Lijiang")
    point = session.scalars(select(ContactPoint).where(ContactPoint.customer_id == ann)).one()
    undo.remember(session, run_id=run.id, table="contact_point", rows=[point.id], act="removed")
    session.delete(point)
    cid = customers.create_customer(session, context=hand.context, values={"name": "Cid", "phone": "13800138001"})
    session.flush()
    undo.remember(session, run_id=run.id, table="customer", rows=[cid.id], act="made")
    hand.change(run, [bea], grade="tin")
    run_id = hand.end(run)
    assert hand.value(bea, "grade") == "tin"

    assert hand.undo(run_id) == {"restored": 3, "removed": 1, "left": 0}
    assert hand.tables(*ALL) == before
    assert hand.value(ann, "grade") == "gold"
    assert {each.reason for each in session.scalars(select(BeforeImage))} <= {"undone"}


def test_what_was_changed_since_is_left_and_listed(hand: Hand) -> None:
    ann, bea = hand.customer("Ann"), hand.customer("Bea")
    run = hand.run()
    hand.change(run, [ann, bea], region="Lijiang")
    run_id = hand.end(run)
    seen = hand.session.get_one(Customer, (hand.world.tenant_id, ann))
    customers.update_customer(
        hand.session, context=hand.context, customer_id=ann, version=seen.version, changes={"grade": "gold"}
    )
    hand.commit()

    assert hand.undo(run_id) == {"restored": 1, "removed": 0, "left": 1}
    assert hand.left(run_id) == [("customer", "changed")]
    assert (hand.value(ann, "region"), hand.value(bea, "region")) == ("Lijiang", None)


def test_a_made_row_on_which_something_hangs_since_is_left(hand: Hand) -> None:
    run = hand.run()
    made = [
        customers.create_customer(hand.session, context=hand.context, values={"name": name}).id
        for name in ("Ann", "Bea")
    ]
    undo.remember(hand.session, run_id=run.id, table="customer", rows=made, act="made")
    run_id = hand.end(run)
    contacts.record_consent(
        hand.session, context=hand.context, customer_id=made[0], purpose="survey", channel="phone", status="granted"
    )
    hand.commit()

    assert hand.undo(run_id) == {"restored": 0, "removed": 1, "left": 1}
    assert hand.left(run_id) == [("customer", "used")]
    assert hand.session.scalars(select(Customer.id)).all() == [made[0]]


def test_runs_are_undone_last_in_first_out(hand: Hand) -> None:
    ann = hand.customer("Ann", region="Dali")
    runs = []
    for place in ("Lijiang", "Kunming"):
        run = hand.run()
        hand.change(run, [ann], region=place)
        runs.append(hand.end(run))

    assert hand.undo(runs[1])["restored"] == 1
    assert hand.value(ann, "region") == "Lijiang"
    assert hand.undo(runs[0])["restored"] == 1
    assert hand.value(ann, "region") == "Dali"
    assert hand.value(ann, "version") == 5, "who read an earlier version cannot write over it"


def test_an_earlier_run_is_not_undone_over_a_later_one(hand: Hand) -> None:
    ann = hand.customer("Ann")
    first = hand.run()
    hand.change(first, [ann], region="Lijiang")
    first_id = hand.end(first)
    second = hand.run()
    hand.change(second, [ann], region="Kunming")
    hand.end(second)

    assert hand.undo(first_id)["left"] == 1
    assert hand.value(ann, "region") == "Kunming"


def test_erased_customers_and_those_under_a_hold_are_left(hand: Hand) -> None:
    ann, bea, cid = (hand.customer(name) for name in ("Ann", "Bea", "Cid"))
    run = hand.run()
    hand.change(run, [ann, bea, cid], region="Lijiang")
    run_id = hand.end(run)
    hand.session.execute(update(Customer).where(Customer.id == ann).values(state="erased"))
    hand.session.execute(update(Customer).where(Customer.id == bea).values(legal_hold=True))
    hand.commit()
    assert undo.forget(hand.session, customer_ids=[cid]) == 1
    hand.commit()

    assert hand.undo(run_id) == {"restored": 0, "removed": 0, "left": 2}
    assert sorted(hand.left(run_id)) == [("customer", "erased"), ("customer", "held")]


def test_a_value_whose_place_is_taken_leaves_its_row_only(hand: Hand) -> None:
    ann, bea = hand.customer("Ann"), hand.customer("Bea")
    session = hand.session
    numbers = [
        customers.add_identifier(session, context=hand.context, customer_id=each, scheme="external", value=value)
        for each, value in ((ann, "A1"), (bea, "B1"))
    ]
    hand.commit()
    run = hand.run()
    undo.remember(session, run_id=run.id, table="customer_identifier", rows=[n.id for n in numbers], act="removed")
    for number in numbers:
        session.delete(number)
    run_id = hand.end(run)
    customers.add_identifier(session, context=hand.context, customer_id=bea, scheme="external", value="A1")
    hand.commit()

    assert hand.undo(run_id) == {"restored": 1, "removed": 0, "left": 1}
    assert hand.left(run_id) == [("customer_identifier", "clash")]


def test_undo_is_asked_for_once_and_by_who_may(hand: Hand, world: World) -> None:
    ann = hand.customer("Ann")
    run = hand.run()
    hand.change(run, [ann], region="Lijiang")
    with pytest.raises(Conflict, match="not finished"):
        undo.undo(hand.session, context=hand.context, run=run)
    run_id = hand.end(run)
    run = hand.session.get_one(BulkRun, (world.tenant_id, run_id))
    with pytest.raises(Denied):
        undo.undo(hand.session, context=world.bob.context, run=run)
    hand.undo(run_id)
    with pytest.raises(Conflict, match="already been undone"):
        hand.undo(run_id)
    other = jobs.create_run(hand.session, kind="other", settings={})
    with pytest.raises(NotFound):
        undo.undo(hand.session, context=hand.context, run=other)


def test_an_undo_is_told_once_with_its_counts(hand: Hand) -> None:
    heard: list[BulkRunReverted] = []
    bus.subscribe(BulkRunReverted, lambda session, event: heard.append(event))
    told: list[UUID] = []
    FOLLOWERS["customer"] = [lambda session, context, rows: told.extend(rows)]
    ann = hand.customer("Ann")
    run = hand.run()
    hand.change(run, [ann], region="Lijiang")
    run_id = hand.end(run)
    hand.undo(run_id)
    del FOLLOWERS["customer"]

    assert [(event.subject, event.kind, event.counts["restored"]) for event in heard] == [(run_id, KIND, 1)]
    assert told == [ann]
    found = hand.session.scalars(select(AuditEntry.details).where(AuditEntry.action == "bulk_run.reverted")).all()
    assert [each["count"] for each in found] == [1]


def test_a_large_run_is_put_back_by_the_worker(
    hand: Hand, app: Flask, sign_in: Callable[[Any], Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "AT_ONCE", 1)
    ids = [hand.customer(name) for name in ("Ann", "Bea", "Cid")]
    run = hand.run()
    hand.change(run, ids, region="Lijiang")
    run_id = hand.end(run)
    hand.session.execute(update(Customer).where(Customer.id == ids[0]).values(version=9))
    hand.commit()
    alice = sign_in(world.alice)
    alice.client.set_cookie("lang", "en")

    assert "Undo all of it" in alice.get(f"/undo/{run_id}").text
    assert alice.post(f"/undo/{run_id}").status_code == 303
    assert work_off(app, tenant_id=world.tenant_id) > 0
    page = alice.get(f"/undo/{run_id}").text
    assert "Somebody has changed it since." in page
    hand.enter()
    assert [hand.value(each, "region") for each in ids] == ["Lijiang", None, None]
    assert sign_in(world.dan).get(f"/undo/{run_id}").status_code == 404


def test_a_customer_goes_only_by_undo(hand: Hand) -> None:
    """The wall itself: no statement of the application removes a customer that no run made."""
    ann = hand.customer("Ann")
    hand.session.execute(text("DELETE FROM customer").execution_options(**scope.RLS_ONLY))
    hand.commit()
    assert hand.value(ann, "name") == "Ann"


def test_what_rows_were_is_forgotten_when_its_time_is_over_but_for_whom_a_hold_keeps(hand: Hand, app: Flask) -> None:
    since, ids = undo.KEPT_SINCE[0](hand.context), [hand.customer(), hand.customer(), hand.customer()]
    runs = [hand.run(), hand.run(), hand.run()]
    for run, each in zip(runs, ids, strict=True):
        hand.change(run, [each], grade="B")
        run.state, run.finished_at = "done", since - timedelta(minutes=1)
    runs[1].finished_at = since + timedelta(minutes=1)
    hand.session.execute(update(Customer).where(Customer.id == ids[2]).values(legal_hold=True))
    old, young, held = (run.id for run in runs)
    hand.commit()
    with pytest.raises(Conflict, match="no longer kept"):
        undo.undo(hand.session, context=hand.context, run=hand.session.get_one(BulkRun, (hand.context.tenant_id, old)))

    hand.session.rollback()
    forget_old_images(tenant_id=str(hand.context.tenant_id))
    hand.enter()
    kept = hand.session.scalars(select(BeforeImage.run_id).where(BeforeImage.run_id.in_([old, young, held]))).all()
    assert set(kept) == {young, held}
    zone = ZoneInfo(hand.context.zone)
    assert since.astimezone(zone).date() == before(datetime.now(zone).date(), 6), "a parameter of six months"
