"""A tenant's own value of a parameter: asked for, approved by a second person, within the law, for some days, then used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.cases import service as cases
from core.clocks.models import Clock
from core.configuration import overrides
from core.errors import Conflict, Denied, Invalid, NotFound
from core.gate import service as gate
from core.parameters import resolve
from core.parameters.models import ParameterOverride
from core.parameters.service import OwnValue, checked
from core.parameters.values import as_json, as_text, from_json, lawful, parse
from core.plugin import Parameter, Vertical, label
from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import ParameterSet
from core.tenants.models import Tenant
from core.testing.jobs import work_off
from tests.core.configuration.conftest import ANSWER

TODAY = date(2026, 6, 1)


def days(view, *, on=TODAY, places=("CN",), key=ANSWER):
    return resolve(view, key=key, jurisdictions=places, on=on)


def test_what_one_person_asks_another_approves_and_from_then_on_it_holds(session, world, entered, ask, decide):
    asked = ask(10, date(2026, 3, 1))
    context, view = entered(world.carol)
    assert (days(view).value, days(view).set_by_tenant) == (15, False)
    context, _ = entered(world.alice)
    with pytest.raises(Denied):
        approvals.decide(session, context=context, approval_id=asked, version=1, approve=True)
    counted = session.scalar(select(Tenant.tailoring).where(Tenant.id == world.tenant_id))
    decide(asked)
    context, view = entered(world.alice)
    assert context.tailoring == counted + 1
    assert (days(view).value, days(view).set_by_tenant) == (10, True)
    assert days(view, on=date(2026, 2, 28)).value == 15
    row = session.scalars(select(ParameterOverride)).one()
    assert (row.requested_by, row.decided_by) == (
        world.alice.context.participant_id,
        world.carol.context.participant_id,
    )
    acts = (
        session.execute(select(AuditEntry.details).where(AuditEntry.action == "parameter.overridden")).scalars().all()
    )
    assert [(each["parameter"], each["from"]) for each in acts] == [(ANSWER, "2026-03-01")]


def test_what_is_refused_or_withdrawn_changes_nothing(session, world, entered, ask, decide):
    decide(ask(10), approve=False)
    again = ask(9)
    context, _ = entered(world.alice)
    approvals.withdraw(session, context=context, approval_id=again, version=1)
    session.commit()
    _, view = entered(world.alice)
    assert days(view).value == 15
    assert session.scalars(select(ParameterOverride)).all() == []


@pytest.mark.parametrize(
    ("key", "value", "limit"),
    [(ANSWER, 0, "at least 1 calendar days"), (ANSWER, 16, "at most 15 calendar days"),
     ("telecom.marketing_window_start", "08:59", "at least 09:00 local time"),
     ("telecom.marketing_window_end", "21:01", "at most 21:00 local time")],
)  # fmt: skip
def test_an_override_below_the_legal_floor(ask, key, value, limit):
    """Or above the ceiling: refused, with the limit and where it is written."""
    with pytest.raises(Invalid) as refused:
        ask(value, key=key)
    (error,) = refused.value.errors
    said = error.message % {**error.params, "limit": error.params["limit"]._text["en"]}
    assert error.field == "value"
    assert limit in said
    assert error.params["source"] in said
    assert len(error.params["source"]) > 10


def test_only_what_the_law_leaves_open_in_a_known_place_can_be_changed(ask):
    with pytest.raises(Invalid):
        ask(3, key="telecom.complaint_answer_days", begins=date(1999, 1, 1))
    with pytest.raises(NotFound):
        ask(3, jurisdiction="US")
    with pytest.raises(NotFound):
        ask(3, key="telecom.no_such_number")
    with pytest.raises(NotFound):
        ask(3, key="banking.complaint_days")


def test_a_later_own_value_ends_the_one_before_it_at_its_first_day(session, world, entered, own_value):
    own_value(10, date(2026, 1, 1))
    own_value(12, date(2026, 5, 1), date(2026, 7, 1))
    _, view = entered(world.alice)
    found = [days(view, on=date(2026, month, 15)).value for month in (4, 5, 6, 7)]
    assert found == [10, 12, 12, 15]
    ends = session.scalars(select(ParameterOverride.effective_to).order_by(ParameterOverride.effective_from)).all()
    assert ends == [date(2026, 5, 1), date(2026, 7, 1)]


def test_two_own_values_never_overlap(ask, own_value):
    own_value(10, date(2026, 3, 1))
    for begins, ends in ((date(2026, 3, 1), None), (date(2026, 1, 1), None), (date(2026, 1, 1), date(2026, 3, 2))):
        with pytest.raises(Conflict, match="overlaps") as refused:
            ask(9, begins, ends)
        assert refused.value.params["day"] == "2026-03-01"
    ask(9, date(2026, 1, 1), date(2026, 3, 1))


def test_of_two_people_who_ask_the_second_is_told(world, ask):
    ask(10)
    with pytest.raises(Conflict, match="not decided yet"):
        ask(9, by=world.carol)


def test_what_became_overlapping_while_a_request_waited_is_refused_on_approval(session, world, entered, ask, decide):
    asked = ask(10, date(2026, 3, 1))
    entered(world.alice)
    session.add(
        ParameterOverride(
            key=ANSWER, jurisdiction="CN", value=9, effective_from=date(2026, 4, 1), reason="", state="approved"
        )
    )
    session.commit()
    with pytest.raises(Conflict, match="overlaps"):
        decide(asked)
    entered(world.carol)
    assert session.scalar(select(Approval.state).where(Approval.id == asked)) == "requested"


def test_an_own_value_is_ended_by_two_people_too(session, world, entered, own_value, decide):
    own_value(10, date(2026, 1, 1))
    context, view = entered(world.carol)
    row = session.scalars(select(ParameterOverride)).one()
    for day in (date(2025, 12, 31), date(2025, 1, 1)):
        with pytest.raises(Invalid, match="in force"):
            overrides.ask_end(session, context=context, view=view, override_id=row.id, on=day, reason="Over")
    asked = overrides.ask_end(
        session, context=context, view=view, override_id=row.id, on=date(2026, 6, 1), reason="Promise is over"
    ).id
    session.commit()
    decide(asked, by=world.alice)
    _, view = entered(world.alice)
    assert [days(view, on=day).value for day in (date(2026, 5, 31), date(2026, 6, 1))] == [10, 15]


def test_the_customers_place_counts_before_the_tenants(world, entered, own_value):
    own_value(10)
    own_value(5, key="telecom.retention_first_offer_days", jurisdiction="*")
    _, view = entered(world.alice)
    assert days(view, places=("CN", "US")).value == 10
    assert days(view, places=("US", "CN")).value == 10
    with pytest.raises(LookupError):
        days(view, places=("US", "GB"))
    assert days(view, key="telecom.retention_first_offer_days", places=("US", "GB")).value == 5


def test_running_deadlines_are_computed_anew_and_say_whose_number_it_is(
    app, session, world, entered, make_customer, ask, decide
):
    customer = make_customer()
    context, view = entered(world.alice)
    cases.open_case(session, context=context, view=view, customer_id=customer, workflow="telecom.complaint")
    session.commit()
    entered(world.alice)
    before = session.scalars(select(Clock)).one()
    due = before.due_at
    assert before.used[ANSWER]["set_by_tenant"] is False
    decide(ask(10, date(2026, 1, 1)))
    session.rollback()
    work_off(app, tenant_id=world.tenant_id)
    entered(world.alice)
    after = session.scalars(select(Clock).execution_options(populate_existing=True)).one()
    assert due - after.due_at == timedelta(days=5)
    assert (after.used[ANSWER]["value"], after.used[ANSWER]["set_by_tenant"]) == ("10", True)
    assert after.history[-1]["values"] == {"value": "10", "before": "15"}


def test_a_verdict_says_that_a_number_is_the_tenants_own(session, world, entered, make_customer, own_value):
    customer = make_customer(consent="granted")
    own_value("10:00", key="telecom.marketing_window_start")
    context, view = entered(world.dan)
    asked = datetime(2026, 6, 1, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai: the law allows it, the tenant does not
    decision = gate.decide(
        session, context=context, view=view, customer_id=customer, purpose="marketing", channel="phone", at=asked
    )
    assert decision.verdict == "defer"
    kept = {key: each for reason in decision.reasons for key, each in reason["parameters"].items()}
    assert (kept["telecom.marketing_window_start"]["value"], kept["telecom.marketing_window_start"]["set_by_tenant"]) == (
        "10:00", True,
    )  # fmt: skip
    assert kept["telecom.marketing_window_end"]["set_by_tenant"] is False


def law(value, begins, ends=None, **given):
    plain = {
        "key": "days", "value": value, "unit": "days", "jurisdiction": "CN", "effective_from": begins, "effective_to": ends,
        "source_title": "An act", "source_article": "s 1", "verified": True, "label": label("天", "Days"),
        "overridable": True, "maximum": value,
    }  # fmt: skip
    return Parameter(**{**plain, **given})


OLD, NEW = law(15, date(2020, 1, 1), date(2027, 1, 1)), law(7, date(2027, 1, 1))


def test_a_law_that_comes_later_is_asked_too():
    vertical = Vertical(key="law", label=label("法", "Law"), version="1", requires=">=1")
    parameters = ParameterSet(rows=(OLD, NEW))
    view = CatalogView(
        [LoadedVertical(vertical=vertical, distribution="", module="", package="core.plugin", parameters=parameters)]
    )  # fmt: skip
    wanted = OwnValue(key="law.days", jurisdiction="CN", value=10, begins=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        checked(view, wanted)
    assert refused.value.errors[0].message.startswith("From %(day)s the law allows at most")
    assert checked(view, replace(wanted, ends=date(2027, 1, 1))) is OLD
    assert checked(view, replace(wanted, value=7)) is OLD


def test_an_own_value_ends_by_itself_where_a_new_law_forbids_it():
    rows = list(lawful([OLD, NEW], 10, begins=date(2026, 1, 1), ends=None))
    assert [(row.value, row.effective_from, row.effective_to) for row in rows] == [
        (10, date(2026, 1, 1), date(2027, 1, 1))
    ]
    assert [row.effective_to for row in lawful([OLD, NEW], 6, begins=date(2026, 1, 1), ends=None)] == [
        date(2027, 1, 1),
        None,
    ]
    assert list(lawful([replace(OLD, overridable=False)], 10, begins=date(2026, 1, 1), ends=None)) == []


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [(3, "5", 5), (3, " 12 ", 12), (Decimal("0.5"), "0.25", Decimal("0.25")), (True, "no", False), ("09:00", "10:30", "10:30")],
)  # fmt: skip
def test_a_value_is_read_in_the_declared_kind_and_kept_without_loss(declared, text, value):
    row = law(declared, date(2020, 1, 1), unit="local_time" if isinstance(declared, str) else "days", maximum=None)
    found = parse(text, row)
    assert (found, type(found)) == (value, type(value))
    assert from_json(as_json(found), row) == value
    assert parse(as_text(found), row) == value


@pytest.mark.parametrize(
    ("declared", "text"),
    [(3, ""), (3, "2.5"), (3, "-1"), (3, "nan"), (3, "1e3"), (3, "9" * 40), (Decimal("0.5"), "a half"), (True, "maybe"),
     ("09:00", "25:00"), ("09:00", "9:00"), ("09:00", "09:00:00")],
)  # fmt: skip
def test_what_is_no_value_of_that_kind_is_refused(declared, text):
    row = law(declared, date(2020, 1, 1), unit="local_time" if isinstance(declared, str) else "days", maximum=None)
    with pytest.raises(Invalid):
        parse(text, row)
