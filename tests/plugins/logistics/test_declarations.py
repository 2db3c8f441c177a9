"""What logistics declares holds together: complaints walkable to their end, periods as the articles have them."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest

from core.fields.fieldset import FieldSet
from plugins.logistics import plugin
from tests.plugins.asking import article, walk

TODAY = date(2026, 11, 20)


def test_the_table_of_contents_fits_a_screen() -> None:
    assert len(Path(plugin.__file__).read_text(encoding="utf-8").splitlines()) <= 80


def test_a_complaint_is_answered_and_accepted(view) -> None:
    walked = walk(view, "logistics.complaint", "acknowledge", "investigate", "answer", "accept")
    assert walked == ["received", "acknowledged", "investigating", "answered", "accepted"]


def test_who_is_not_content_turns_to_12305(view) -> None:
    walked = walk(view, "logistics.complaint", "acknowledge", "answer", "escalate", "close")
    assert walked == ["received", "acknowledged", "answered", "escalated_12305", "closed"]


def test_of_a_delay_the_customer_is_told_and_may_complain(view) -> None:
    assert walk(view, "logistics.delay", "tell", "settle") == ["found", "told", "settled"]
    (complain,) = [step for step in view.workflow("logistics.delay").transitions if step.key == "complain"]
    assert "open_case:complaint" in complain.effects


@pytest.mark.parametrize(
    ("timer", "title", "number", "says"),
    [
        ("answer", "快递暂行条例", "二十八", "应当自接到投诉之日起{}日内予以处理并告知用户"),
        ("remedy", "侵害消费者权益行为处罚办法", "八", "并超过{}日的，视为故意拖延或者无理拒绝"),
        ("authority", "邮政法", "六十五", "自接到申诉之日起{}日内作出答复"),
    ],
)
def test_each_period_of_a_complaint_is_that_of_its_article(view, law, timer, title, number, says) -> None:
    (declared,) = [each for each in view.workflow("logistics.complaint").timers if each.key == timer]
    row = view.parameter(f"logistics.{declared.parameter}", jurisdiction="CN", on=TODAY)
    written = {7: "7", 15: "十五", 30: "三十"}[row.value]
    assert says.format(written) in article(law, title, number)
    assert (declared.unit, row.source_article, row.verified) == ("calendar_days", f"第{number}条", True)


def test_a_tenant_may_promise_an_answer_sooner_but_never_later(view) -> None:
    row = view.parameter("logistics.complaint_days", jurisdiction="CN", on=TODAY)
    assert (row.overridable, row.minimum, row.maximum) == (True, 1, 7)


def test_an_answer_that_is_late_is_noted_by_the_system_from_wherever_the_complaint_stands(view) -> None:
    flow = view.workflow("logistics.complaint")
    (timer,) = [each for each in flow.timers if each.key == "answer"]
    steps = [step for step in flow.transitions if step.key == timer.on_breach]
    assert {step.source for step in steps} == {"received", "acknowledged", "investigating"}
    assert all(step.source == step.target and step.sides == ("system",) for step in steps)
    assert {step.effects for step in steps} == {("set_field:overdue.true",)}


def test_the_promised_time_is_itself_the_deadline_of_a_shipment(view) -> None:
    shipment = view.record_types["logistics.shipment"]
    (timer,) = [each for each in shipment.timers if each.key == "promise"]
    assert (timer.parameter, timer.from_field, timer.ends) == (None, "promised_at", "moment")
    assert set(timer.stops) == {"delivered", "returned", "closed"}
    assert shipment.holder == "optional"


def test_a_shipment_gets_from_the_order_to_the_signature_and_never_back(view) -> None:
    moves = view.record_types["logistics.shipment"].moves
    way = [
        "created",
        "accepted",
        "in_transit",
        "out_for_delivery",
        "failed_attempt",
        "agent_point",
        "delivered",
        "closed",
    ]
    assert all(after in moves[before] for before, after in itertools.pairwise(way))
    assert not any("created" in after for after in moves.values())


def test_the_number_of_a_postal_item_is_checked_and_told_wrong(view) -> None:
    fields = FieldSet.of(view, target="record:logistics.shipment")
    given = {"logistics.waybill": "SF1", "logistics.carriage": "express"}
    values, errors = fields.parse({**given, "logistics.s10": "rb 123456785 gb"})
    assert (values["logistics.s10"], errors) == ("RB123456785GB", [])
    _, errors = fields.parse({**given, "logistics.s10": "RB123456786GB", "logistics.sscc": "123"})
    assert [(error.field, error.code) for error in errors] == [
        ("logistics.s10", "s10.check_digit"),
        ("logistics.sscc", "sscc.length"),
    ]


@pytest.mark.parametrize(
    ("key", "written", "kept"),
    [("un_number", "3480", "UN3480"), ("un_number", "UN34", None), ("origin", "cn sha", "CNSHA"), ("origin", "CN0AA", None),
     ("awb", "12312345675", "123-12345675"), ("container_no", "CSQU3054384", None), ("imo_no", "9319466", "9319466")],
)  # fmt: skip
def test_numbers_of_the_trade_are_kept_in_their_canonical_form_or_refused(view, key, written, kept) -> None:
    given = {"logistics.waybill": "SF1", "logistics.carriage": "express", f"logistics.{key}": written}
    values, errors = FieldSet.of(view, target="record:logistics.shipment").parse(given)
    assert (values.get(f"logistics.{key}") if not errors else None) == kept


def test_a_failed_delivery_ends_with_the_consignee_the_sender_or_the_law(view) -> None:
    assert (
        walk(view, "logistics.shipment", "ask", "redeliver", "fail_again", "ask", "redirect", "deliver")[-1]
        == "delivered"
    )
    assert walk(view, "logistics.shipment", "ask", "keep", "expire", "return")[-1] == "returned"
    assert walk(view, "logistics.shipment", "ask", "send_back", "give_up", "dispose")[-1] == "disposed"


def test_a_claim_is_weighed_offered_and_paid_or_refused_by_two_and_appealed(view) -> None:
    assert walk(view, "logistics.claim", "ask", "weigh", "offer", "agree", "pay")[-1] == "paid"
    assert walk(view, "logistics.claim", "ask", "weigh", "reject", "appeal", "reconsider")[-1] == "liability"
    (refuse,) = [step for step in view.workflow("logistics.claim").transitions if step.key == "reject"]
    (remedy,) = view.workflow("logistics.claim").timers
    assert refuse.approval
    assert (remedy.parameter, remedy.pauses) == ("remedy_days", ("evidence",))


def test_credit_is_granted_by_two_of_the_client(view) -> None:
    assert walk(view, "logistics.credit", "assess", "grant")[-1] == "granted"
    (grant,) = [step for step in view.workflow("logistics.credit").transitions if step.key == "grant"]
    assert (grant.approval, grant.sides) == (True, ("client",))
