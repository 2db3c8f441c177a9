"""A view with a vertical of law made for these tests, and a subject whose clocks are followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import func, inspect, select

from core.cases.models import Case
from core.clocks import service
from core.clocks.events import ClockBreached, ClockEscalated, ClockWarned
from core.clocks.models import Clock
from core.clocks.service import ClockSubject, Entered
from core.db import driver
from core.events import bus
from core.plugin import Parameter, Timer, Vertical, label
from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import ParameterSet

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai, a Monday


def parameter(key: str, value: Any, unit: str = "calendar_days", **given: Any) -> Parameter:
    plain = {
        "key": key, "value": value, "unit": unit, "jurisdiction": "CN", "effective_from": date(2020, 1, 1),
        "effective_to": None, "source_title": "A law", "source_article": "art. 7", "verified": True, "label": label(key, key),
    }  # fmt: skip
    return Parameter(**{**plain, **given})


LAW = (
    parameter("answer_days", 15), parameter("work_days", 5, "working_days"), parameter("reply_hours", 48, "hours"),
    parameter("warranty_years", 3, "years"), parameter("warranty_km", 60_000, "km"),
)  # fmt: skip


def view_of(rows: tuple[Parameter, ...] = LAW) -> CatalogView:
    loaded = LoadedVertical(
        vertical=Vertical(key="law", label=label("法", "Law"), version="1", requires=">=1"),
        distribution="", module="tests", package="core.plugin", parameters=ParameterSet(rows=rows),
    )  # fmt: skip
    return CatalogView([loaded])


def timer(key: str = "answer", **given: Any) -> Timer:
    plain: dict[str, Any] = {
        "label": label("答复时限", "Answer due"), "parameter": "answer_days", "start": "open", "stops": ("done",),
        "pauses": ("waiting",),
    }  # fmt: skip
    return Timer(key=key, **{**plain, **given})


REPLY = timer("reply", parameter="reply_hours", unit="hours")


@pytest.fixture
def law() -> CatalogView:
    return view_of()


@pytest.fixture
def new_case(session: Any, world: Any, make_customer: Any, acting: Any) -> Callable[[], Case]:
    """A committed case of a customer leased to dan. Its workflow is none of a vertical's: only its clocks matter here."""
    customers: list[Any] = []

    def make() -> Case:
        if not customers:
            customers.append(make_customer())
        acting(world.alice)
        case = Case(
            number=func.next_number("case", 1), customer_id=customers[0], workflow="law.complaint", workflow_version=1,
            state="open", severity="normal", title="", opened_at=MOMENT, entered_at=MOMENT, attributes={},
            engagement_id=world.engagement_id,
        )  # fmt: skip
        session.add(case)
        session.commit()
        return case

    return make


@pytest.fixture
def follow(session: Any, world: Any, new_case: Any, acting: Any, law: CatalogView) -> Callable[..., Any]:
    """`follow([timer], ("open", at), ...)`: the clocks of one case after this history, committed."""
    cases: list[Case] = []

    def run(timers: list[Timer], *history: tuple[str, datetime], person: Any = None, **given: Any) -> list[Any]:
        if not cases:
            cases.append(new_case())
        case = given.pop("case", cases[0])
        context = acting(person or world.alice)
        view = given.pop("view", law)
        at = given.pop("at", history[-1][1])
        subject = ClockSubject(owner=case.workflow, case_id=case.id, customer_id=case.customer_id, zone=SHANGHAI)
        found = service.follow(
            session, context=context, view=view, timers=timers, history=[Entered(*each) for each in history],
            subject=replace(subject, **given), at=at,
        )  # fmt: skip
        session.commit()
        return list(found)

    return run


@pytest.fixture
def reread(session: Any, world: Any, acting: Any) -> Iterator[Callable[[Clock], Clock]]:
    """A clock as it is now in the database."""

    def get(row: Clock) -> Clock:
        acting(world.alice)
        found = select(Clock).where(Clock.id == inspect(row).identity[1]).execution_options(populate_existing=True)
        return session.scalars(found).one()

    yield get
    session.close()  # a job may have taken the thread's session away from this one


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """The events of clocks that were told, in order."""
    told: list[Any] = []
    kinds = (ClockWarned, ClockBreached, ClockEscalated)
    kept = {kind: list(bus._handlers[kind]) for kind in kinds}
    for kind in kinds:
        bus._handlers[kind][:] = [lambda _session, each: told.append(each)]
    yield told
    for kind, handlers in kept.items():
        bus._handlers[kind][:] = handlers


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that is sent, also past SQLAlchemy."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(str(query))
        return execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    monkeypatch.setattr(driver.Statement, "_prepared", lambda *_: None)  # by a cursor, where it is seen
    return sent
