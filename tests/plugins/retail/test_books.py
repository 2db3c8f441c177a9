"""The books of points at work: orders earn, returns take back, redemptions spend; twenty writers at once spend nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from stdnum import luhn

from core.cases.models import Case
from core.clocks.firing import fire
from core.clocks.models import Clock
from core.customers.service import create_customer
from core.db import scope
from core.db.base import db
from core.demo import seed
from core.engagements.service import lease_customers
from core.facade import change_record, create_record, open_case, take_step, view_of
from core.gate.acts import GateDenied
from core.records.models import Record
from core.tenants import service as tenants
from core.testing.people import World, make_world
from plugins.retail.demo import DEMO
from plugins.retail.models import PointsEntry, PointsLot
from plugins.retail.points import upkeep
from plugins.retail.points.books import TooFewPoints, read
from plugins.retail.points.moves import pass_days

WRITERS = 20
NUMBERS = count(1)


@dataclass
class Shop:
    """A chain with one member; each act is a transaction of its own, on the session of whoever acts."""

    app: Any
    world: World
    member: UUID
    card: UUID

    def __call__(self, act: Callable[[Session], Any]) -> Any:
        session = db.session()
        scope.enter(session, self.world.alice.context)
        told = act(session)
        session.commit()
        return told

    def order(self, yuan: int, *, state: str = "received", days_ago: int = 30) -> UUID:
        day = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=days_ago)
        return self(lambda session: create_record(
            session, context=self.world.alice.context, view=self._view(session), type="retail.order",
            customer_id=self.member, parent_id=self.card, state=state, amount_minor=yuan * 100, currency="CNY",
            values={"order_no": f"O-{next(NUMBERS)}", "channel": "online", "received_on": day.isoformat()},
        ).id)  # fmt: skip

    def open(self, workflow: str, record_id: UUID, **values: Any) -> UUID:
        return self(lambda session: open_case(
            session, context=self.world.alice.context, view=self._view(session), customer_id=self.member,
            workflow=f"retail.{workflow}", record_id=record_id, values=values,
        ).id)  # fmt: skip

    def step(self, case_id: UUID, transition: str, **values: Any) -> str:
        def taken(session: Session) -> str:
            version = session.scalar(select(Case.version).where(Case.id == case_id)) or 0
            return take_step(
                session, context=self.world.alice.context, view=self._view(session), case_id=case_id, version=version,
                transition=transition, values=values,
            ).state  # fmt: skip

        return str(self(taken))

    def redemption(self, points: int) -> UUID:
        return self.open("points", self.card, points_asked=points, reward="水壶")

    def returned(self, order_id: UUID, refund: str) -> None:
        case_id = self.open("returns", order_id)
        for transition, values in (
            ("approve", {"return_reason": "defective", "goods": "ordinary", "received_on": "2026-01-01",
                         "requested_on": "2026-01-02"}),
            ("authorise", {"rma": "R1"}), ("send_back", {"tracking": "SF1"}),
            ("receive", {"came_back_on": "2026-01-05", "condition": "intact"}), ("refund", {"refund": refund}),
        ):  # fmt: skip
            self.step(case_id, transition, **values)

    def books(self) -> dict[str, int]:
        """What each account holds by the entries, the shop's own side left out."""

        def read(session: Session) -> dict[str, int]:
            told: Counter[str] = Counter()
            entries = select(PointsEntry.source, PointsEntry.target, PointsEntry.points)
            for row in session.execute(entries.where(PointsEntry.membership_id == self.card)):
                told[row.source] -= row.points
                told[row.target] += row.points
            return {name: held for name, held in told.items() if held and name != "issued"}

        return dict(self(read))

    def shown(self) -> dict[str, Any]:
        held = self(lambda session: session.scalar(select(Record.attributes).where(Record.id == self.card)))
        return {key: value for key, value in held["retail"].items() if key.startswith("points")}

    def _view(self, session: Session) -> Any:
        return view_of(session, context=self.world.alice.context)


@pytest.fixture(scope="module")
def chain(app: Any) -> World:
    return make_world(app, verticals=("retail",))


@pytest.fixture
def shop(app: Any, session: Session, chain: World) -> Shop:
    body = f"{next(NUMBERS):011d}"
    scope.enter(session, chain.alice.context)
    customer = create_customer(session, context=chain.alice.context, values={"name": "吴敏"})
    card = create_record(
        session, context=chain.alice.context, view=view_of(session, context=chain.alice.context),
        type="retail.membership", customer_id=customer.id, state="active",
        values={"card_no": body + str(luhn.calc_check_digit(body)), "tier": "gold"},
    )  # fmt: skip
    made = Shop(app=app, world=chain, member=customer.id, card=card.id)
    session.commit()
    return made


def test_an_order_earns_when_it_is_received_and_its_points_mature_when_the_goods_can_go_back_no_more(
    shop: Shop,
) -> None:
    shop.order(120)
    shop.order(80, days_ago=0)
    shop.order(500, state="paid")
    assert shop.books() == {"available": 120, "pending": 80}
    tomorrow = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=8)
    assert shop.shown() == {"points": 120, "points_pending": 80, "points_due_on": tomorrow.isoformat()}
    due = shop(lambda session: session.scalar(
        select(Clock.due_at).where(Clock.record_id == shop.card, Clock.timer == "points", Clock.state == "running")
    ))  # fmt: skip
    assert due.astimezone(ZoneInfo("Asia/Shanghai")).date() in (tomorrow, tomorrow + timedelta(days=1))


def test_the_day_comes_on_which_points_mature_and_two_years_later_they_expire(shop: Shop) -> None:
    shop.order(80, days_ago=0)
    for days, books in ((8, {"available": 80}), (8, {"available": 80}), (740, {"expired": 80})):
        event = SimpleNamespace(
            context=shop.world.alice.context, occurred_at=datetime.now(UTC) + timedelta(days=days),
            owner="retail.membership", timer="points", record_id=shop.card,
        )  # fmt: skip
        shop(lambda session, event=event: upkeep.day_came(session, event))
        assert shop.books() == books
    assert shop.shown()["points"] == 0


def test_the_clock_of_a_membership_runs_to_the_next_day_once_its_day_came(shop: Shop) -> None:
    shop.order(80, days_ago=0)
    context, later = shop.world.alice.context, datetime.now(UTC) + timedelta(days=10)
    shop(lambda session: fire(session, context=context, now=later))
    event = SimpleNamespace(
        context=context, occurred_at=later, owner="retail.membership", timer="points", record_id=shop.card
    )
    shop(lambda session: upkeep.day_came(session, event))
    of = select(Clock.state, Clock.due_at).where(Clock.record_id == shop.card, Clock.timer == "points")
    state, due = shop(lambda session: tuple(session.execute(of.order_by(Clock.id.desc())).first()))
    assert (state, due.date() > later.date()) == ("running", True)


def test_a_redemption_reserves_spends_and_gives_back_and_too_few_points_refuse_it(shop: Shop) -> None:
    shop.order(100)
    case_id = shop.redemption(70)
    assert shop.step(case_id, "reserve") == "reserved"
    assert shop.books() == {"available": 30, "reserved": 70}
    other = shop.redemption(31)
    with pytest.raises(TooFewPoints) as short:
        shop.step(other, "reserve")
    db.session().rollback()
    assert short.value.params == {"available": 30, "asked": 31}
    shop.step(case_id, "redeem", reward_order="R-1")
    assert shop.books() == {"available": 30, "redeemed": 70}
    shop.step(case_id, "restore")
    assert shop.books() == {"available": 100}
    shop.step(other, "reserve")
    shop.step(other, "release")
    assert (shop.books(), shop.shown()["points"]) == ({"available": 100}, 100)


def test_a_refund_takes_back_its_share_and_what_was_spent_is_owed(shop: Shop) -> None:
    first = shop.order(100)
    case_id = shop.redemption(90)
    shop.step(case_id, "reserve")
    shop.step(case_id, "redeem", reward_order="R-1")
    shop.returned(first, "50.00")
    assert (shop.books(), shop.shown()["points"]) == ({"redeemed": 90, "reversed": 50, "debt": -40}, -40)
    shop.order(60)
    assert (shop.books(), shop.shown()["points"]) == ({"available": 20, "redeemed": 90, "reversed": 50}, 20)


def test_an_order_that_is_cancelled_takes_back_all_it_earned_and_once_only(shop: Shop) -> None:
    order_id = shop.order(100)
    for state in ("cancelled", "cancelled"):
        shop(lambda session, state=state: session.execute(
            update(Record).where(Record.id == order_id).values(state=state)
        ))  # fmt: skip
        event = SimpleNamespace(
            context=shop.world.alice.context, occurred_at=datetime.now(UTC), type="retail.order", subject=order_id
        )
        shop(lambda session, event=event: upkeep.order(session, event))
    assert shop.books() == {"reversed": 100}


def test_an_order_whose_price_hangs_on_the_person_is_not_taken(shop: Shop) -> None:
    def order(basis: str) -> Callable[[Session], Any]:
        return lambda session: create_record(
            session, context=shop.world.alice.context, view=view_of(session, context=shop.world.alice.context),
            type="retail.order", customer_id=shop.member,
            values={"order_no": f"P-{next(NUMBERS)}", "price_basis": basis},
        )  # fmt: skip

    shop(order("tier"))
    with pytest.raises(GateDenied) as refused:
        shop(order("personal"))
    db.session().rollback()
    assert [each["rule"] for each in refused.value.reasons] == ["retail.price_by_person"]


def test_points_written_by_hand_give_way_to_the_books(shop: Shop) -> None:
    shop.order(100)
    context = shop.world.alice.context
    shop(lambda session: change_record(session, context=context, record_id=shop.card, values={"points": 9_999}))
    assert shop.shown()["points"] == 100


def test_the_books_are_not_changed_even_by_the_client_itself(shop: Shop) -> None:
    shop.order(100)
    for act in (update(PointsEntry).values(points=1), delete(PointsLot)):
        with pytest.raises(ProgrammingError, match="permission denied"):
            shop(lambda session, act=act: session.execute(act))
        db.session().rollback()


def test_twenty_writers_at_once_spend_no_point_twice_while_a_return_claws_back(app: Any, shop: Shop) -> None:
    orders = [shop.order(50) for _ in range(4)]
    wanted = [shop.redemption(30) for _ in range(WRITERS - 1)]
    back = shop.open("returns", orders[0])
    for transition, values in (
        ("approve", {"return_reason": "defective", "goods": "ordinary", "received_on": "2026-01-01",
                     "requested_on": "2026-01-02"}),
        ("authorise", {"rma": "R1"}), ("send_back", {"tracking": "SF1"}),
        ("receive", {"came_back_on": "2026-01-05", "condition": "intact"}),
    ):  # fmt: skip
        shop.step(back, transition, **values)
    ready = Barrier(WRITERS)

    def write(number: int) -> str:
        with app.app_context():
            ready.wait(timeout=60)
            try:
                return (
                    shop.step(back, "refund", refund="50.00")
                    if not number
                    else shop.step(wanted[number - 1], "reserve")
                )
            except TooFewPoints:
                db.session().rollback()
                return "short"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WRITERS) as pool:
        told = Counter(pool.map(write, range(WRITERS)))
    books = shop.books()
    assert told["refunded"] == 1
    assert told["reserved"] in (5, 6), "six before the return, five after it"
    assert told["reserved"] + told["short"] == WRITERS - 1
    assert books.pop("reserved") == 30 * told["reserved"]
    assert books.pop("reversed") == 50
    assert sum(books.values()) == 200 - 50 - 30 * told["reserved"], "available, less what is owed"


def test_a_provider_sees_the_books_of_a_customer_lent_to_it_and_of_no_other(shop: Shop, sign_in: Any) -> None:
    shop.order(100)
    client, provider = sign_in(shop.world.alice), sign_in(shop.world.dan)

    def asked(who: Any, path: str) -> Any:
        db.session().rollback()  # the test's own session is the request's
        return who.get(path)

    books = f"/retail/points/{shop.card}"
    assert books in asked(client, f"/record/{shop.card}").text, "the membership's page leads to its books"
    page = asked(client, books)
    assert (page.status_code, "积分账簿" in page.text) == (200, True)
    assert asked(provider, books).status_code == 404
    assert asked(client, "/retail/points/none").status_code == 404
    engagement = shop.world.engagement_id
    shop(lambda session: lease_customers(
        session, context=shop.world.alice.context, engagement_id=engagement, customer_ids=[shop.member],
        purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=3),
    ))  # fmt: skip
    assert asked(provider, books).status_code == 200


def test_the_books_of_the_demonstration_are_those_its_orders_would_have_made(
    app: Any, session: Session, unique: str
) -> None:
    slug, now = f"lehui-{unique}", datetime.now(UTC)
    seed.seed_client(
        session, catalog=app.extensions["kehub"]["catalog"], vertical="retail", index=2, now=now, leased=4,
        demo=replace(DEMO, slug=slug, customers=30),
    )  # fmt: skip
    session.commit()
    scope.enter(session, tenants.system_context(session, workspace=slug))
    cards = session.execute(select(Record.id, Record.attributes).where(Record.type == "retail.membership")).all()
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    held = {card.id: read(session, membership_id=card.id, on=today).moving for card in cards}
    assert any(moving.held("available") > 0 for moving in held.values())
    assert sum(len(moving.lots) for moving in held.values()) > 30
    for card in cards:
        shown, moving = card.attributes["retail"], held[card.id]
        assert shown.get("points", 0) == moving.held("available") + moving.held("debt")
        pass_days(moving)
        assert moving.made == [], "what is due is booked"
