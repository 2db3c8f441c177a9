"""A small sector of its own, so that what is tested of records rests on no vertical that we ship: depots with vans and trips."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.plugin import Choice, Counter, Field, Parameter, RecordType, Timer, Vertical, label, standards
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.params import ParameterSet
from core.records import service


def choice(key: str, tone: str = "mute") -> Choice:
    return Choice(key=key, label=label(key, key.title()), tone=tone)


DEPOT = RecordType(
    key="depot", label=label("车场", "Depot"), holder="none", exposure="shared", title=("town",), columns=("town",)
)
VAN = RecordType(
    key="van",
    label=label("厢车", "Van"),
    holder="optional",
    parent="depot",
    exposure="leased",
    states=(choice("stock", "info"), choice("sold", "ok"), choice("scrapped", "bad")),
    moves={"stock": ("sold", "scrapped"), "sold": ("scrapped",), "scrapped": ()},
    identifiers=("vin", "plate"),
    title=("model",),
    columns=("model", "colour", "price", "driver"),
    counters=(Counter(key="odometer", label=label("里程", "Odometer"), unit=label("公里", "km")),),
    timers=(
        Timer(
            key="paper",
            label=label("过户", "Papers"),
            parameter="paper_days",
            start="sold",
            stops=("scrapped",),
            on_breach="scrapped",
        ),
    ),
)
TRIP = RecordType(key="trip", label=label("行程", "Trip"), holder="none", parent="van", exposure="client_only")


def field(key: str, kind: str, on: str, **more) -> Field:
    return Field(key=key, label=label(key, key.title()), kind=kind, on=f"record:{on}", **more)


FIELDS = (
    field("town", "text", "depot", required=True, indexed=True),
    field("vin", "text", "van", validator=standards.vin, mask="vin", sensitivity="personal"),
    field("model", "text", "van", required=True, indexed=True),
    field("colour", "choice", "van", choices=(choice("white"), choice("red", "bad"))),
    field("price", "money", "van"),
    field("seats", "integer", "van", indexed=True),
    field("driver", "text", "van", sensitivity="personal", mask="name"),
    field("remark", "long_text", "van"),
    field("away", "boolean", "trip"),
)


def sector(*, rules=(), timers=None) -> Catalog:
    number = Parameter(
        key="paper_days", value=Decimal(30), unit="days", jurisdiction="*", effective_from=date(2020, 1, 1),
        effective_to=None, source_title="Test", source_article="1", verified=True, label=label("天", "Days"),
    )  # fmt: skip
    return Catalog(
        [
            LoadedVertical(
                vertical=Vertical(key="fleet", label=label("车队", "Fleet"), version="1.0", requires=">=1"),
                distribution="", module=__name__, package="core.plugin", fields=FIELDS,
                record_types=(DEPOT, VAN, TRIP), rules=rules, parameters=ParameterSet(rows=(number,)),
            )
        ]
    )  # fmt: skip


@pytest.fixture
def fleet():
    return sector().everything


@pytest.fixture
def make(session, world, fleet, acting):
    """`make("van", ...)` commits a record that alice made, and gives its id and version."""

    def create(kind, *, by=None, using=None, **more):
        context = acting(by or world.alice)
        made = service.create_record(session, context=context, view=using or fleet, type=f"fleet.{kind}", **more)
        kept = made.id, made.version
        session.commit()
        return kept

    return create


DAY = timedelta(days=1)
VIN = "LVSHCAMB1CE054249"
