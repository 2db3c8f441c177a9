"""What verticals keep of a contact: given with it, checked, told by page and API, masked for a provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func

from core.errors import Invalid
from core.interactions import queries, service
from core.interactions.models import Interaction
from core.interactions.schemas import interaction_schema
from core.interactions.shown import ShownInteraction, moment_text
from core.plugin import Vertical, choice, label
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.types import Field

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def both(text: str) -> dict[str, str]:
    return label(text, text)


FERRY = LoadedVertical(
    vertical=Vertical(key="ferry", label=both("Ferry"), version="1", requires=">=1"),
    distribution="", module="tests", package="core.plugin",
    fields=(
        Field(key="answer", label=both("Answer"), kind="choice", on="interaction", required=True,
              choices=(choice("yes", "是", "Sailed"), choice("no", "否", "Stayed"))),
        Field(key="fare", label=both("Fare"), kind="money", currency="CNY", on="interaction"),
        Field(key="paper", label=both("Paper"), kind="text", on="interaction", sensitivity="sensitive", mask="document"),
    ),
)  # fmt: skip


@pytest.fixture
def view():
    return Catalog([FERRY]).everything


@pytest.fixture
def touch(session, acting, world, view, make_customer):
    """`touch(**fields)` is the id of a committed contact that alice recorded."""

    def make(*, precision="second", started_at=AT, customer=None, **values):
        customer = customer or make_customer()
        context = acting(world.alice)
        made = service.record(
            session, context=context, view=view, customer_id=customer, channel="phone", direction="inbound",
            purpose="service", disposition="connected_right_party", started_at=started_at, precision=precision,
            values={f"ferry.{name}": value for name, value in values.items()},
        )  # fmt: skip
        session.commit()
        return made.id

    return make


@pytest.fixture
def row(session, acting):
    def of(person, interaction_id):
        context = acting(person)
        return context, queries.interaction_row(session, context=context, interaction_id=interaction_id)

    return of


def test_a_contact_keeps_the_fields_of_its_verticals(world, view, touch, row, app):
    made = touch(answer="yes", fare="12.50", paper="11010519491231002X")
    context, found = row(world.alice, made)
    assert interaction_schema(view, sight=context.sight).dump(found)["attributes"] == {
        "ferry": {"answer": "yes", "fare": 1250, "paper": "11010519491231002X"}
    }
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert next(fact.text for fact in ShownInteraction(found, view, context).facts) == "Sailed"


def test_a_provider_reads_them_masked_on_page_and_api(world, view, touch, row, app):
    context, found = row(world.bob, touch(answer="yes", paper="11010519491231002X"))
    told = interaction_schema(view, sight=context.sight).dump(found)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        told["page"] = [fact.text for fact in ShownInteraction(found, view, context).facts]
    assert "0519491231" not in str(told)
    assert "yes" in str(told)


@pytest.mark.parametrize(
    ("values", "field"),
    [({}, "ferry.answer"), ({"answer": "maybe"}, "ferry.answer"), ({"answer": "yes", "sail": "1"}, "ferry.sail")],
)
def test_what_is_missing_wrong_or_unknown_is_named(touch, values, field):
    with pytest.raises(Invalid) as refused:
        touch(**values)
    assert [each.field for each in refused.value.errors] == [field]


def test_another_engagements_contact_and_one_that_is_not_lent_are_as_absent_as_one_never_made(
    session, acting, world, touch, row, make_customer
):
    lent, not_lent = touch(answer="no"), touch(answer="no", customer=make_customer(leased=False))
    customer = make_customer()
    acting(world.alice)
    theirs = Interaction(
        number=func.next_number("interaction", 1), customer_id=customer, channel="phone", direction="inbound",
        purpose="service", disposition="busy", started_at=AT, party="provider", engagement_id=uuid4(), attributes={},
    )  # fmt: skip
    session.add(theirs)
    session.flush()
    other = theirs.id
    session.commit()
    assert [row(world.bob, each)[1] is not None for each in (lent, not_lent, other, uuid4())] == [True, *3 * [False]]
    assert all(row(world.alice, each)[1] is not None for each in (lent, not_lent, other))


def test_a_month_is_told_as_a_month(world, touch, row, app):
    known = touch(answer="yes", precision="month", started_at=datetime(2025, 4, 30, 16, tzinfo=UTC))
    began = row(world.alice, known)[1]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert moment_text(began.started_at, precision=began.precision, zone="Asia/Shanghai") == "May 2025"


def test_the_list_is_bounded_by_time_channel_and_customer(session, acting, world, touch, make_customer):
    customer = make_customer()
    for days in (0, 1, 2):
        touch(answer="yes", customer=customer, started_at=AT + timedelta(days=days))
    touch(answer="yes")
    context = acting(world.alice)

    def numbers(**filters):
        page = queries.interaction_page(
            session, context=context, filters=queries.InteractionFilters(customer_id=customer, **filters), limit=2
        )
        return [each.started_at.day for each in page.rows], page.next is not None

    assert numbers() == ([4, 3], True)
    assert numbers(since=AT + timedelta(days=1), until=AT + timedelta(days=2)) == ([3], False)
    assert numbers(channel="sms") == ([], False)


def test_page_and_rest_tell_one_contact(world, session, acting, make_customer, in_english):
    customer = make_customer(name="Lin Wei")
    context = acting(world.alice)
    made = service.record(
        session, context=context, customer_id=customer, channel="phone", direction="inbound", purpose="service",
        disposition="connected_right_party", outcome="agreed", note="Call 13912341369 back", started_at=AT, talk_s=95,
    )  # fmt: skip
    number, path = made.number, f"/interactions/{made.id}"
    session.commit()
    page = in_english(world.alice).get(path).text
    assert f"Contact no. {number}" in page
    assert all(text in page for text in ("Lin Wei", "Agreed", "95 s", "13912341369"))
    theirs = in_english(world.bob).get(path).text
    assert "Agreed" in theirs
    assert "Lin Wei" not in theirs
    assert "13912341369" not in theirs
