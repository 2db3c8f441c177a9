"""What a timeline says to whom: words in the reader's language, the other side's people, masks, what is hidden."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import g
from sqlalchemy import event, insert

from core.customers import service as customers
from core.db import scope
from core.db.base import new_id
from core.engagements import service as engagements
from core.errors import Invalid
from core.timeline import queries, service
from core.timeline.models import TimelineEntry
from core.timeline.words import sentence, told

NOTE = "打了 13812342038，邮箱 zhenhua@example.com，金额 399.00，2027-01-31 再联系"


@pytest.fixture
def lent(session, world):
    """A customer leased to the provider, as alice's transaction left it."""
    scope.enter(session, world.alice.context)
    made = customers.create_customer(session, context=world.alice.context, values={"name": "张伟"})
    engagements.lease_customers(
        session,
        context=world.alice.context,
        engagement_id=world.engagement_id,
        customer_ids=[made.id],
        purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    customer_id = made.id
    session.commit()
    return customer_id


def tell(session, person, customer_id, **rest):
    scope.enter(session, person.context)
    service.tell(
        session,
        context=person.context,
        customer_id=customer_id,
        **{"kind": "interaction.recorded", "message": "Changed: %(fields)s", "values": {"fields": "x"}, **rest},
    )
    session.commit()


@pytest.fixture
def read(app, session):
    def entries(person, customer_id, **rest):
        scope.enter(session, person.context)
        page = queries.entries(session, context=person.context, customer_id=customer_id, **rest)
        with app.test_request_context():
            g.context = person.context
            shown = [told(row, context=person.context, labels={}) for row in page.rows]
        session.commit()
        return shown

    return entries


def test_each_side_sees_who_of_the_other_acted_as_far_as_it_should(session, world, lent, read):
    tell(session, world.alice, lent)
    tell(session, world.dan, lent)
    assert [(each.actor, each.party) for each in read(world.alice, lent)][:2] == [
        ("Dan", "provider"),
        ("Alice", "client"),
    ]
    seen = [(each.actor, each.party) for each in read(world.dan, lent)][:2]
    assert seen == [("Dan", "provider"), (world.alice.context.tenant_name, "client")]


def test_notes_lose_their_numbers_on_the_way_to_a_provider(session, world, lent, read):
    tell(session, world.alice, lent, note=NOTE)
    assert read(world.alice, lent)[0].text == NOTE
    masked = read(world.dan, lent)[0].text
    assert "13812342038" not in masked
    assert "zhenhua" not in masked
    assert "399.00" in masked
    assert "2027-01-31" in masked


def test_what_is_for_the_client_only_stays_there(session, world, lent, read):
    tell(session, world.alice, lent, message="Entry hidden", visibility="client")
    assert "Entry hidden" in [each.title for each in read(world.alice, lent)]
    assert "Entry hidden" not in [each.title for each in read(world.dan, lent)]


def test_what_a_provider_tells_cannot_be_hidden_from_the_client(session, world, lent, read):
    tell(session, world.dan, lent, message="Entry of dan", visibility="client")
    assert read(world.alice, lent)[0].title == "Entry of dan"


def test_another_customer_has_another_timeline(session, world, lent, read):
    scope.enter(session, world.alice.context)
    other = customers.create_customer(session, context=world.alice.context, values={"name": "李雷"}).id
    session.commit()
    tell(session, world.alice, lent, message="Entry of the first")
    assert "Entry of the first" not in [each.title for each in read(world.alice, other)]
    assert read(world.dan, other) == []


def test_entries_of_one_moment_are_each_on_one_page(session, world, lent, read):
    moment = datetime.now(UTC)
    for index in range(7):
        tell(session, world.alice, lent, message=f"Entry {index}", occurred_at=moment)
    scope.enter(session, world.alice.context)
    titles, after = [], None
    for _ in range(10):
        page = queries.entries(session, context=world.alice.context, customer_id=lent, after=after, limit=2)
        titles += [row.message for row in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(title for title in titles if title.startswith("Entry")) == [f"Entry {index}" for index in range(7)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        (7, "7"),
        (None, "–"),
        ({"zh-CN": "营销", "en": "marketing"}, "marketing"),
        ({"money": [39900, "CNY"]}, "¥399.00"),
        ({"date": "2027-01-31"}, "31 Jan 2027"),
        ({"datetime": "2027-01-31T02:24:00+00:00"}, "31 Jan 2027 10:24"),
        ({"seconds": 252}, "4 min 12 s"),
        ({"seconds": 1}, "1 second"),
        ({"word": ["purpose", "marketing"]}, "Marketing"),
        ({"fields": ["phone", "unknown.field"]}, "Phone, unknown.field"),
        ({"personal": "call 13812342038"}, "call 138****2038"),
    ],
)
def test_values_take_the_readers_language_zone_and_masks(app, world, value, shown):
    context = world.dan.context
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        g.context = context
        labels = {"phone": {"zh-CN": "电话", "en": "Phone"}}
        assert sentence("Told: %(it)s", {"it": value}, context=context, labels=labels) == f"Told: {shown}"


def test_an_old_entry_without_a_value_stays_readable(app, world):
    with app.test_request_context():
        g.context = world.alice.context
        assert sentence("Added as %(number)s", {}, context=world.alice.context, labels={}) == "Added as –"


def told_of(session, context, customer_id, **wanted):
    page = queries.entries(session, context=context, customer_id=customer_id, wanted=queries.Wanted(**wanted))
    return [row.kind for row in page.rows]


def test_a_timeline_is_narrowed_by_kind_side_channel_person_day_and_case(session, world, lent):
    case_id = new_id()
    long_ago = datetime(2026, 1, 5, 12, tzinfo=UTC)
    tell(session, world.alice, lent, kind="case.opened", subject=("case", case_id), occurred_at=long_ago)
    tell(session, world.dan, lent, kind="interaction.recorded", channel="phone")
    tell(session, world.alice, lent, kind="consent.recorded", channel="sms")
    scope.enter(session, world.alice.context)
    alice = world.alice.context

    def found(**wanted):
        return told_of(session, alice, lent, **wanted)

    assert found(show="cases") == found(case=case_id) == ["case.opened"]
    assert found(party="provider") == found(channel="phone") == ["interaction.recorded"]
    assert found(who=world.dan.context.participant_id) == ["interaction.recorded"]
    assert found(channel="sms", show="gate") == ["consent.recorded"]
    assert found(until=date(2026, 1, 5)) == found(since=date(2026, 1, 5), until=date(2026, 1, 5)) == ["case.opened"]
    assert found(show="findings") == []
    for wrong in ({"show": "x"}, {"party": "x"}, {"channel": "x"}):
        with pytest.raises(Invalid):
            found(**wrong)


def test_a_provider_cannot_tell_the_clients_people_apart_by_asking(session, world, lent):
    tell(session, world.alice, lent)
    scope.enter(session, world.dan.context)
    dan = world.dan.context
    assert told_of(session, dan, lent, who=world.alice.context.participant_id) == []
    assert told_of(session, dan, lent, party="client") != []


def test_a_page_of_ten_thousand_entries_reads_as_many_rows_as_a_page_of_ten(session, world, lent):
    """By what the server says it read: an entry that is left out is passed over in the index, and no sort is needed."""
    scope.enter(session, world.alice.context)
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    rows = [
        {
            "customer_id": lent, "tenant_id": world.tenant_id, "occurred_at": begun + timedelta(minutes=each), "id": new_id(),
            "kind": "finding.raised" if each % 1000 == 0 else "gate.decided", "message": "x", "party": "system",
        }
        for each in range(10_000)
    ]  # fmt: skip
    session.execute(insert(TimelineEntry), rows, execution_options=scope.RLS_ONLY)
    session.commit()
    for wanted, most in ((queries.Wanted(), 51), (queries.Wanted(show="findings"), 51)):
        scope.enter(session, world.alice.context)
        plan = "\n".join(explained(session, world.alice.context, lent, wanted))
        session.rollback()
        read = re.search(r"Index Scan Backward using ix_timeline_entry_stream .*actual rows=(\d+)", plan)
        assert read, plan
        assert int(read[1].split(".")[0]) <= most, plan
        assert "Sort" not in plan, plan


def explained(session, context, customer_id, wanted):
    """The plan of a page, as it was run: by index and without sorting, which the planner may leave where tables are small."""
    sent = []

    def keep(connection, cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", keep)
    try:
        queries.entries(session, context=context, customer_id=customer_id, wanted=wanted)
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    statement, parameters = next(each for each in sent if "timeline_entry" in each[0])
    driver = session.connection().connection.cursor()
    for way in ("seqscan", "bitmapscan", "sort"):
        driver.execute(f"SET LOCAL enable_{way} = off")
    driver.execute("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) " + statement, parameters)
    return [row[0] if not isinstance(row, dict) else row["QUERY PLAN"] for row in driver.fetchall()]
