"""A unit is taken by one sale, in the transaction of its opening, and free again when that sale is cancelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from core.db import scope
from core.db.base import db
from core.engagements.service import lease_customers
from core.errors import DomainError
from core.facade import change_record, open_case, take_step, view_of
from core.gate.acts import GateDenied
from core.records.models import Record
from core.web.errors import message
from plugins.realestate.holds import UnitTaken
from plugins.realestate.models import UnitHold

MANY = 50


@pytest.fixture
def sell(session, estate):
    """Open a sale as somebody, alice unless named, and commit."""

    def opened(unit_id, customer_id, *, by=None, **values):
        context = (by or estate.world.alice).context
        scope.enter(session, context)
        case = open_case(
            session, context=context, view=view_of(session, context=context), customer_id=customer_id,
            workflow="realestate.sale", record_id=unit_id, values=values,
        )  # fmt: skip
        case_id, version = case.id, case.version
        session.commit()
        return case_id, version

    return opened


@pytest.fixture
def state_of(session, estate):
    def read(unit_id) -> tuple[str, int]:
        """The unit's state, and how many open holds it has."""
        scope.enter(session, estate.world.alice.context)
        state = session.scalar(select(Record.state).where(Record.id == unit_id))
        held = select(UnitHold.id).where(UnitHold.unit_id == unit_id, UnitHold.released_at.is_(None))
        found = (state, len(session.scalars(held).all()))
        session.rollback()
        return found

    return read


def test_a_subscription_takes_the_unit(sell, estate, state_of) -> None:
    unit = estate.unit()
    sell(unit, estate.buyer())
    assert state_of(unit) == ("subscribed", 1)


def test_who_comes_later_is_told_which_unit_is_not_for_sale(session, sell, estate, state_of) -> None:
    unit = estate.unit("5-2-0801")
    sell(unit, estate.buyer())
    with pytest.raises(GateDenied) as refused:
        sell(unit, estate.buyer())
    session.rollback()
    assert "5-2-0801" in refused.value.reasons[0]["text"]["zh-CN"]
    assert state_of(unit) == ("subscribed", 1)


def test_a_unit_set_free_by_hand_is_still_held_by_its_sale(session, sell, estate, state_of) -> None:
    unit = estate.unit("5-2-0802")
    sell(unit, estate.buyer())
    scope.enter(session, estate.world.alice.context)
    change_record(session, context=estate.world.alice.context, record_id=unit, state="available")
    session.commit()
    with pytest.raises(UnitTaken) as refused:
        sell(unit, estate.buyer())
    session.rollback()
    assert refused.value.params == {"unit": "5-2-0802"}
    assert state_of(unit) == ("available", 1)


def test_a_cancelled_sale_gives_the_unit_back_to_be_sold_again(session, sell, estate, state_of) -> None:
    unit, context = estate.unit(), estate.world.alice.context
    case_id, version = sell(unit, estate.buyer())
    scope.enter(session, context)
    take_step(
        session, context=context, view=view_of(session, context=context), case_id=case_id, version=version,
        transition="cancel", values={"cancel_reason": "changed_mind"},
    )  # fmt: skip
    session.commit()
    assert state_of(unit) == ("available", 0)
    sell(unit, estate.buyer())
    assert state_of(unit) == ("subscribed", 1)


def test_a_signed_contract_moves_the_unit_and_keeps_it(session, sell, estate, state_of) -> None:
    unit, context = estate.unit(), estate.world.alice.context
    case_id, version = sell(unit, estate.buyer())
    scope.enter(session, context)
    take_step(
        session, context=context, view=view_of(session, context=context), case_id=case_id, version=version,
        transition="sign", values={"contract_no": "HT-1"},
    )  # fmt: skip
    session.commit()
    assert state_of(unit) == ("signed", 1)


def test_a_providers_agent_sells_and_a_client_that_comes_later_is_refused(session, sell, estate, state_of) -> None:
    unit, lent, world = estate.unit("6-1-0301"), estate.buyer(), estate.world
    scope.enter(session, world.alice.context)
    lease_customers(
        session, context=world.alice.context, engagement_id=world.engagement_id, customer_ids=[lent],
        purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=30),
    )  # fmt: skip
    session.commit()
    sell(unit, lent, by=world.dan)
    assert state_of(unit) == ("subscribed", 1)
    with pytest.raises(GateDenied):
        sell(unit, estate.buyer())
    session.rollback()


def test_without_a_valid_permit_the_subscription_is_denied_and_nothing_is_kept(session, sell, estate, state_of) -> None:
    unit = estate.unit(permit_valid_until="2021-01-01")
    with pytest.raises(GateDenied) as refused:
        sell(unit, estate.buyer())
    session.rollback()
    assert "第二十六条" in refused.value.reasons[0]["citation"]
    assert state_of(unit) == ("available", 0)


def test_of_fifty_who_subscribe_one_unit_at_once_one_wins_and_the_others_are_told_which_unit(
    app, estate, state_of
) -> None:
    unit, buyers = estate.unit("8-1-0101"), [estate.buyer() for _ in range(MANY)]
    context, ready = estate.world.alice.context, Barrier(MANY)

    def subscribe(customer_id) -> str:
        with app.app_context():
            session = db.session()
            ready.wait(timeout=60)
            try:
                scope.enter(session, context)
                open_case(
                    session, context=context, view=view_of(session, context=context), customer_id=customer_id,
                    workflow="realestate.sale", record_id=unit,
                )  # fmt: skip
                session.commit()
            except DomainError as error:
                session.rollback()
                with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
                    return str(message(error))
            finally:
                db.session.remove()
            return "won"

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(subscribe, buyers))
    assert answers.count("won") == 1
    assert sum("房源 8-1-0101" in answer for answer in answers) == MANY - 1
    assert state_of(unit) == ("subscribed", 1)
