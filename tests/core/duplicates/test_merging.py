"""A merge keeps what both had and leads to the survivor; an undo gives it back, and lists what came since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.contacts import service as contacts
from core.contacts.models import Consent, ContactPoint
from core.customers import service as customers
from core.customers.models import Customer
from core.db import merging as rules
from core.db import scope
from core.duplicates import merging, runs, since, undoing
from core.duplicates.merging import Wish
from core.duplicates.models import DuplicatePair
from core.engagements import service as engagements
from core.engagements.models import Lease
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.imports.commands import import_file
from core.imports.models import ImportRow
from core.jobs import service as jobs
from core.jobs.tasks import run_inline
from core.lists import acts
from core.testing.jobs import work_off
from core.testing.people import make_world
from core.timeline.models import TimelineEntry
from core.undo import service as images

WANG = {
    "name": "王小明",
    "born_on": "1990-03-12",
    "phone": "13800138000",
    "address": "广东省深圳市南山区科技路1号5栋302",
}
OTHER = {"name": "王晓明", "born_on": "1990-03-12", "phone": "13900139000", "email": "ming@example.com"}
RIC, RIC_2 = "11010519491231002X", "110101199003071233"


@pytest.fixture(scope="module")
def house(app: Any) -> Any:
    return make_world(app)


@pytest.fixture
def alice(session: Any, house: Any) -> Any:
    scope.enter(session, house.alice.context)
    return house.alice.context


@pytest.fixture
def view(app: Any, session: Any, alice: Any) -> Any:
    return app.extensions["kehub"]["view_of"](session, alice)


@pytest.fixture
def two(session: Any, alice: Any) -> tuple[Any, Any]:
    made = [customers.create_customer(session, context=alice, values=values) for values in (WANG, OTHER)]
    return made[0].id, made[1].id


def lend(session: Any, house: Any, *ids: Any) -> None:
    engagements.lease_customers(
        session, context=house.alice.context, engagement_id=house.engagement_id, customer_ids=list(ids), purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=9),
    )  # fmt: skip


def leased(session: Any, two: Any) -> set[Any]:
    """Which of the two are on lease. Each lease bears its customer's number, in whose order a provider's list is read."""
    session.expire_all()
    wanted = select(Lease.customer_id, Lease.customer_number, Customer.number).join(
        Customer, Customer.id == Lease.customer_id
    )
    rows = session.execute(wanted.where(Lease.ended_at.is_(None), Lease.customer_id.in_(two))).all()
    assert [row.customer_number for row in rows] == [row.number for row in rows]
    return {row.customer_id for row in rows}


def points(session: Any, customer_id: Any) -> dict[str, bool]:
    rows = session.execute(
        select(ContactPoint.value, ContactPoint.preferred).where(ContactPoint.customer_id == customer_id)
    )
    return {row.value: row.preferred for row in rows}


def test_a_merge_keeps_what_both_had_and_an_undo_gives_it_back(session: Any, alice: Any, view: Any, two: Any) -> None:
    stays, goes = two
    for customer_id, status in ((stays, "granted"), (goes, "refused")):
        contacts.record_consent(
            session, context=alice, customer_id=customer_id, purpose="marketing", channel="phone", status=status
        )
    contacts.add_contact_point(session, context=alice, customer_id=goes, kind="phone", value=WANG["phone"])
    customers.add_identifier(session, context=alice, customer_id=goes, scheme="document:ric", value=RIC)
    session.execute(update(ContactPoint).where(ContactPoint.customer_id == goes).values(verified_at=datetime.now(UTC)))

    made = merging.merge(
        session, context=alice, view=view,
        wish=Wish(survivor_id=stays, customer_id=goes, take=["email", "phone"], reason="Same person"),
    )  # fmt: skip

    kept = session.get(Customer, (alice.tenant_id, stays))
    assert (kept.name, kept.email, kept.phone) == ("王小明", "ming@example.com", "+8613900139000")
    assert points(session, stays)["+8613900139000"]
    assert not points(session, stays)["+8613800138000"]
    twin = session.scalars(
        select(ContactPoint).where(ContactPoint.customer_id == stays, ContactPoint.value == "+8613800138000")
    ).one()
    assert twin.verified_at is not None, "what is known of the number from the other one is not lost"
    assert len(session.scalars(select(Consent.id).where(Consent.customer_id == stays)).all()) == 2
    assert list(customers.reveal_numbers(session, context=alice, customer_id=stays).values()) == [RIC], "sealed anew"
    told = session.scalars(select(TimelineEntry.kind).where(TimelineEntry.customer_id == stays)).all()
    assert told.count("customer.created") == 2
    assert "customer.merged" in told
    assert merging.survivor_of(session, customer_id=goes) == stays
    with pytest.raises(Conflict, match="merged into another"):
        contacts.add_contact_point(session, context=alice, customer_id=goes, kind="email", value="late@example.com")

    undoing.undo(session, context=alice, merge_id=made.id)
    kept = session.get(Customer, (alice.tenant_id, stays))
    assert (kept.email, kept.phone) == (None, "+8613800138000")
    assert points(session, stays) == {"+8613800138000": True, WANG["address"]: True}
    verified = select(ContactPoint.verified_at).where(ContactPoint.customer_id == stays)
    assert set(session.scalars(verified)) == {None}, "what was filled in from the other one is its own again"
    assert points(session, goes)["+8613900139000"]
    assert list(customers.reveal_numbers(session, context=alice, customer_id=goes).values()) == [RIC]
    assert merging.survivor_of(session, customer_id=goes) is None
    with pytest.raises(Conflict, match="undone already"):
        undoing.undo(session, context=alice, merge_id=made.id)


def test_what_somebody_changed_or_made_since_stays_and_is_listed(session: Any, alice: Any, view: Any, two: Any) -> None:
    stays, goes = two
    made = merging.merge(
        session, context=alice, view=view, wish=Wish(survivor_id=stays, customer_id=goes, take=["email"])
    )
    session.execute(
        update(type(made)).where(type(made).id == made.id).values(created_at=datetime.now(UTC) - timedelta(hours=1))
    )
    kept = session.get(Customer, (alice.tenant_id, stays))
    customers.update_customer(
        session, context=alice, customer_id=stays, version=kept.version, changes={"email": "new@example.com"}
    )
    contacts.record_consent(
        session, context=alice, customer_id=stays, purpose="survey", channel="any", status="granted"
    )
    session.execute(
        update(Consent).where(Consent.customer_id == stays).values(created_at=datetime.now(UTC) - timedelta(minutes=9))
    )

    undone = undoing.undo(session, context=alice, merge_id=made.id)
    assert {"table": "customer", "row_id": str(stays), "field": "email"} in undone.left
    assert session.get(Customer, (alice.tenant_id, stays)).email == "new@example.com"
    listed = [row for row in since.since(session, merge=undone) if row.table == "consent"]
    assert [row.named for row in listed] == ["survey"]
    since.hand_over(session, context=alice, merge_id=made.id, rows=[("consent", listed[0].id)])
    assert session.scalars(select(Consent.purpose).where(Consent.customer_id == goes)).all() == ["survey"]
    with pytest.raises(Invalid):
        since.hand_over(session, context=alice, merge_id=made.id, rows=[("audit_entry", listed[0].id)])


def test_an_earlier_act_on_many_is_undone_after_a_merge_came_and_went(
    session: Any, alice: Any, view: Any, two: Any
) -> None:
    stays, goes = two
    moves = ContactPoint.id == session.scalar(
        select(ContactPoint.id).where(ContactPoint.customer_id == goes, ContactPoint.kind == "phone")
    )
    run = jobs.create_run(session, kind=acts.KIND, settings={})
    point = session.scalars(select(ContactPoint.id).where(moves)).all()
    images.remember(session, run_id=run.id, table="contact_point", rows=point, columns=["label"])
    session.execute(update(ContactPoint).where(moves).values(label="work", version=ContactPoint.version + 1))
    run.state, run.finished_at = "done", datetime.now(UTC)
    made = merging.merge(session, context=alice, view=view, wish=Wish(survivor_id=stays, customer_id=goes))
    undoing.undo(session, context=alice, merge_id=made.id)
    back = images.undo(session, context=alice, run=run)
    assert (back.counts["restored"], back.counts["left"]) == (1, 0)
    assert session.scalar(select(ContactPoint.label).where(moves)) is None


def test_merges_are_undone_last_in_first_out(session: Any, alice: Any, view: Any, two: Any) -> None:
    one, other = two
    third = customers.create_customer(session, context=alice, values={"name": "王小名"}).id
    first = merging.merge(session, context=alice, view=view, wish=Wish(survivor_id=one, customer_id=other))
    second = merging.merge(session, context=alice, view=view, wish=Wish(survivor_id=third, customer_id=one))
    assert merging.survivor_of(session, customer_id=other) == third
    with pytest.raises(Conflict, match="undo the merge of customer"):
        undoing.undo(session, context=alice, merge_id=first.id)
    undoing.undo(session, context=alice, merge_id=second.id)
    undoing.undo(session, context=alice, merge_id=first.id)
    assert merging.survivor_of(session, customer_id=other) is None


def test_a_merge_is_refused_with_its_reason(session: Any, house: Any, alice: Any, view: Any, two: Any) -> None:
    stays, goes = two

    def tried(**wish: Any) -> Any:
        return merging.merge(
            session, context=alice, view=view, wish=Wish(**{"survivor_id": stays, "customer_id": goes, **wish})
        )

    with pytest.raises(Conflict, match="with itself"):
        tried(customer_id=stays)
    with pytest.raises(NotFound):
        tried(customer_id=house.alice.context.participant_id)
    with pytest.raises(Stale):
        tried(versions=(1, 99))
    with pytest.raises(Invalid):
        tried(take=["no_such_field"])
    customer = session.get(Customer, (alice.tenant_id, goes))
    customer.legal_hold = True
    with pytest.raises(Conflict, match="under legal hold"):
        tried()
    customer.legal_hold, customer.kind = False, "household"
    with pytest.raises(Conflict, match="never one"):
        tried()
    customer.kind = "person"
    for customer_id, number in ((stays, RIC), (goes, RIC_2)):
        customers.add_identifier(session, context=alice, customer_id=customer_id, scheme="document:ric", value=number)
    with pytest.raises(Conflict, match="two different identity numbers"):
        tried()
    with pytest.raises(Denied):
        merging.merge(session, context=house.bob.context, view=view, wish=Wish(survivor_id=stays, customer_id=goes))


def test_a_lease_goes_on_only_where_somebody_says_so(session: Any, house: Any, alice: Any, view: Any, two: Any) -> None:
    """A provider that had one of the two on lease would see what both held."""
    stays, goes = two
    lend(session, house, goes)
    with pytest.raises(Conflict, match="Say whether"):
        merging.merge(session, context=alice, view=view, wish=Wish(survivor_id=stays, customer_id=goes))
    ended = merging.merge(
        session,
        context=alice,
        view=view,
        wish=Wish(survivor_id=stays, customer_id=goes, leases={house.engagement_id: "end"}),
    )
    assert leased(session, two) == set()
    undoing.undo(session, context=alice, merge_id=ended.id)
    assert leased(session, two) == {goes}
    kept = merging.merge(
        session,
        context=alice,
        view=view,
        wish=Wish(survivor_id=stays, customer_id=goes, leases={house.engagement_id: "keep"}),
    )
    assert leased(session, two) == {stays}
    undoing.undo(session, context=alice, merge_id=kept.id)
    lend(session, house, stays)
    both = merging.merge(session, context=alice, view=view, wish=Wish(survivor_id=stays, customer_id=goes))
    assert leased(session, two) == {stays}, "one lease of an engagement that had both"
    undoing.undo(session, context=alice, merge_id=both.id)
    assert leased(session, two) == {stays, goes}


def test_a_run_finds_pairs_learns_and_remembers_what_was_decided(session: Any, app: Any) -> None:
    house = make_world(app)
    alice = house.alice.context
    scope.enter(session, alice)
    ids = [
        customers.create_customer(session, context=alice, values=values).id
        for values in (WANG, {**OTHER, "phone": WANG["phone"]}, {"name": "王小明", "phone": "13700137000"})
    ]
    run_id = runs.create(session, context=alice).id
    session.commit()
    run = run_inline(session, context=alice, run_id=run_id)
    assert run.counts["found"] == 1, run.counts
    scope.enter(session, alice)
    pair = session.scalars(select(DuplicatePair)).one()
    assert {pair.customer_id, pair.other_id} == set(ids[:2]), "the same name alone is no reason"
    assert pair.weight > 0
    assert {term["field"] for term in pair.terms if term["level"] in ("same", "close")} == {"name", "born_on", "phone"}
    pair.state = "not_duplicate"
    session.flush()
    run_id = runs.create(session, context=alice, whole=True).id
    session.commit()
    assert run_inline(session, context=alice, run_id=run_id).counts["found"] == 0
    scope.enter(session, alice)
    assert session.scalars(select(DuplicatePair.state)).one() == "not_duplicate"


def test_rows_of_a_file_are_told_of_customers_that_were_there(session: Any, app: Any, tmp_path: Any) -> None:
    house = make_world(app)
    scope.enter(session, house.alice.context)
    customers.create_customer(session, context=house.alice.context, values=WANG)
    session.commit()
    file = tmp_path / "list.csv"
    file.write_text(
        "customer_id,name,phone,born_on\nE1,王小明,13800138000,1990-03-12\nE2,李四,13611112222,1970-01-01\n"
    )
    run_id = import_file(session, tenant=house.slug, file=file).id
    session.rollback()
    work_off(app, tenant_id=house.tenant_id)
    scope.enter(session, house.alice.context)
    rows = session.execute(select(ImportRow.line, ImportRow.problems).where(ImportRow.run_id == run_id)).all()
    told = {row.line: [each["code"] for each in row.problems] for row in rows}
    assert [codes for _line, codes in sorted(told.items())] == [["possible_duplicate"], []]
    assert session.scalars(select(DuplicatePair.source)).all() == ["import"]


def test_a_provider_is_led_to_a_survivor_only_where_it_is_lent_to_it(
    session: Any, house: Any, alice: Any, view: Any, two: Any
) -> None:
    stays, goes = two
    lend(session, house, goes)
    leases = {house.engagement_id: "keep"}
    made = merging.merge(
        session, context=alice, view=view, wish=Wish(survivor_id=stays, customer_id=goes, leases=leases)
    )
    session.commit()
    scope.enter(session, house.dan.context)
    assert merging.survivor_of(session, customer_id=goes) == stays
    assert session.scalars(select(Customer.id).where(Customer.id == goes)).all() == []
    session.rollback()
    scope.enter(session, house.alice.context)
    session.execute(
        update(Lease).where(Lease.customer_id == stays).values(ended_at=datetime.now(UTC), end_reason="ended")
    )
    session.commit()
    scope.enter(session, house.dan.context)
    assert merging.survivor_of(session, customer_id=goes) is None
    session.rollback()
    scope.enter(session, house.alice.context)
    undoing.undo(session, context=alice, merge_id=made.id)
    session.commit()


def test_every_table_that_names_customers_says_what_becomes_of_its_rows() -> None:
    assert rules.unanswered() == []
    assert {link.rule.how for link in rules.links() if link.rule} == {"repoint", "keep_one", "refuse", "stay"}
    assert not [
        link.key for link in rules.links() if link.rule and link.rule.how in ("stay", "refuse") and not link.rule.reason
    ]
