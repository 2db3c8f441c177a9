"""Lists of customers: order, pages, filters, and who sees which rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.customers import queries, service
from core.customers.queries import Filters
from core.db import scope
from core.engagements import service as engagements
from core.errors import Invalid

NAMES = ["赵", "钱进", "孙悟空", "李", "周", "吴", "郑", "王", "冯", "Chen", "褚", "卫", "赵", "钱进", "孙悟空"]


@pytest.fixture
def alice(session, world):
    scope.enter(session, world.alice.context)
    return world.alice.context


@pytest.fixture
def customers(session, alice):
    return [service.create_customer(session, context=alice, values={"name": name}) for name in NAMES]


def walk(session, context, *, sort, limit=4, filters=None):
    """Every row of the list, page by page."""
    rows, after = [], None
    for _ in range(20):
        page = queries.customer_page(session, context=context, after=after, limit=limit, sort=sort, filters=filters)
        rows += page.rows
        after = page.next
        if after is None:
            return rows
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("sort", ["number", "-number", "name", "-name", "updated", "-updated"])
def test_every_customer_is_on_exactly_one_page_also_among_equals(session, alice, customers, sort):
    rows = walk(session, alice, sort=sort)
    assert sorted(row.number for row in rows) == [customer.number for customer in customers]
    if sort.endswith("name"):
        names = [row.name for row in rows]
        assert names == sorted(names, key=lambda name: name.casefold().encode(), reverse=sort.startswith("-"))


def test_the_cursor_of_a_list_by_name_holds_no_name(session, alice, customers):
    import base64

    page = queries.customer_page(session, context=alice, sort="name", limit=3)
    held = base64.urlsafe_b64decode(page.next + "==").decode()
    assert page.rows[-1].name.casefold() not in held


@pytest.mark.parametrize("after", ["x", "bnVsbA", "WzEsMl0", "中文", "W10"])
def test_a_cursor_that_is_none_is_refused(session, alice, after):
    with pytest.raises(Invalid):
        queries.customer_page(session, context=alice, after=after)


def test_a_list_is_sorted_only_by_what_has_an_index(session, alice):
    with pytest.raises(Invalid):
        queries.customer_page(session, context=alice, sort="address")


def test_the_count_stops_where_it_was_told(session, alice, customers):
    assert queries.customer_page(session, context=alice, limit=2, count_to=100).total == 15
    assert queries.customer_page(session, context=alice, limit=2, count_to=5).total == 6


@pytest.mark.parametrize(("prefix", "found"), [("孙", 2), ("孙悟", 2), ("孙悟空", 2), ("chen", 1), ("空", 0)])
def test_names_are_found_by_how_they_begin(session, alice, customers, prefix, found):
    rows = walk(session, alice, sort="number", filters=Filters(where=[queries.name_range(prefix)]))
    assert len(rows) == found


def test_a_provider_walks_only_through_what_is_leased(session, world, alice, customers):
    lent = customers[3:10]
    engagements.lease_customers(
        session,
        context=alice,
        engagement_id=world.engagement_id,
        customer_ids=[customer.id for customer in lent],
        purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    numbers = [customer.number for customer in lent]
    session.commit()
    dan = world.dan.context
    scope.enter(session, dan)
    assert sorted(row.number for row in walk(session, dan, sort="name", limit=2)) == numbers
    ends = queries.customer_row(session, context=dan, customer_id=walk(session, dan, sort="number")[0].id).lease_ends
    assert ends > datetime.now(UTC)
