"""The garden: a vertical of the tests, with a view whose parameter gives its clock two days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.cases import service
from core.plugin import Parameter
from core.plugin.catalog import Catalog
from core.plugin.params import ParameterSet
from tests.core.cases import garden as gardening

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Monday 2 March, 09:30 in Shanghai."""

BEGIN = Parameter(
    key="begin_days", label=gardening.WORDS, value=2, unit="day", jurisdiction="*", effective_from=date(2020, 1, 1),
    effective_to=None, source_title="Garden rules", source_article="1", verified=True,
)  # fmt: skip


@pytest.fixture
def garden():
    """`garden(*workflows, rules=...)` is a view of the catalog with nothing but the garden."""

    def make(*workflows, rules=()):
        return Catalog([gardening.garden(*workflows, rules=rules, parameters=ParameterSet(rows=(BEGIN,)))]).everything

    return make


@pytest.fixture
def planted(session, world, acting, make_customer, garden):
    """A case of `garden.planting`, committed, as (view, case id)."""

    def make(*, view=None, by=None, customer_id=None, workflow="garden.planting", **values):
        found = view or garden()
        customer_id = customer_id or make_customer()
        context = acting(by or world.carol)
        case = service.open_case(
            session, context=context, view=found, customer_id=customer_id, workflow=workflow, **values
        )
        case_id = case.id
        session.commit()
        return found, case_id

    return make
