"""Two cases of a bank: a complaint with its statutory clocks, and the sale of a product that has to suit the customer.

1. Complaint (《银行业保险业消费投诉处理管理办法》): decided within 15 days of the day it was received; within 30 where it
   is complex; within 30 more with a special approval. Whoever handles it has no part in the matter.
2. Sale: nothing is signed that was not disclosed, matched with the customer and recorded. The rules of suitability look
   at the steps `match` and `sign`.
"""

from __future__ import annotations

from core.plugin import Condition, Escalation, Label, State, Timer, Transition, Workflow, label

WARN_THEN_TELL = (
    Escalation(percent=80, role="provider_manager"),
    Escalation(percent=100, role="client_manager"),
    Escalation(percent=120, role="client_admin"),
)
INDEPENDENT: Condition = {"op": "eq", "field": "banking.independent_handler", "value": True}
INDEPENDENT_REASON = label(
    "投诉须由与投诉事项无直接利益关系的人员处理，请先确认。",
    "A complaint is handled by somebody who has no part in the matter. Confirm it first.",
)
HANDLED_IN = ("handling", "extended", "extended_again")


def decide(source: str) -> Transition:
    return Transition(
        key="decide",
        label=label("作出处理决定并告知", "Decide and tell the customer"),
        source=source,
        target="decided",
        required=("decision", "root_cause"),
        guard=INDEPENDENT,
        guard_reason=INDEPENDENT_REASON,
    )


def withdraw(source: str) -> Transition:
    return Transition(
        key="withdraw", label=label("投诉人撤回", "Customer withdraws"), source=source, target="withdrawn"
    )


def due(key: str, name: Label, parameter: str, start: str, *stops: str) -> Timer:
    """Days of the complaint are counted from the day it was received, whatever it went through since."""
    return Timer(
        key=key,
        label=name,
        parameter=parameter,
        start=start,
        stops=("decided", "withdrawn", *stops),
        from_field="received_on",
        calendar="CN",
        escalations=WARN_THEN_TELL,
    )


COMPLAINT = Workflow(
    key="complaint",
    label=label("消费投诉", "Complaint"),
    version=1,
    blocks_marketing=True,
    record_type="account",
    fields=(
        "received_on",
        "complaint_kind",
        "independent_handler",
        "extension_reason",
        "decision",
        "root_cause",
    ),
    states=(
        State(key="received", label=label("已收到", "Received"), kind="initial"),
        State(key="handling", label=label("处理中", "In hand")),
        State(key="extended", label=label("已延期（情况复杂）", "Extended: complex")),
        State(key="extended_again", label=label("再次延期（特别复杂）", "Extended again: by approval")),
        State(key="decided", label=label("已决定并告知", "Decided")),
        State(key="closed", label=label("已办结", "Closed"), kind="done"),
        State(key="withdrawn", label=label("已撤回", "Withdrawn"), kind="failed"),
    ),
    transitions=(
        Transition(
            key="accept",
            label=label("受理", "Take in hand"),
            source="received",
            target="handling",
            required=("received_on", "complaint_kind", "independent_handler"),
        ),
        Transition(
            key="extend",
            label=label("延期至 30 日", "Extend: complex"),
            source="handling",
            target="extended",
            required=("extension_reason",),
        ),
        Transition(
            key="extend_again",
            label=label("经批准再延长 30 日", "Extend again"),
            source="extended",
            target="extended_again",
            required=("extension_reason",),
            approval=True,
        ),
        *(decide(source) for source in HANDLED_IN),
        Transition(
            key="close",
            label=label("溯源整改后办结", "Close after the cause is mended"),
            source="decided",
            target="closed",
            sides=("client",),
        ),
        *(withdraw(source) for source in ("received", *HANDLED_IN)),
    ),
    timers=(
        Timer(
            key="take_up",
            label=label("受理时限", "Take in hand by"),
            parameter="complaint_take_up_days",
            unit="working_days",
            start="received",
            stops=("handling", "withdrawn"),
            calendar="CN",
            escalations=WARN_THEN_TELL,
        ),
        due("decision", label("处理决定时限", "Decision due"), "complaint_days", "handling", "extended"),
        due(
            "extended_decision",
            label("复杂投诉处理时限", "Decision due: complex"),
            "complaint_extended_days",
            "extended",
            "extended_again",
        ),
        due(
            "special_decision",
            label("再延期处理时限", "Decision due: extended again"),
            "complaint_special_days",
            "extended_again",
        ),
    ),
)


def decline(source: str) -> Transition:
    return Transition(
        key="decline",
        label=label("未成交", "Not sold"),
        source=source,
        target="declined",
        required=("decline_reason",),
    )


SALE = Workflow(
    key="product_sale",
    label=label("产品销售", "Product sale"),
    version=1,
    fields=("product", "product_risk", "issuer_risk", "recording", "decline_reason"),
    states=(
        State(key="offered", label=label("已推介", "Offered"), kind="initial"),
        State(key="disclosed", label=label("已揭示风险", "Risks disclosed")),
        State(key="suitable", label=label("已匹配", "Found suitable")),
        State(key="signed", label=label("已签约", "Signed"), kind="done"),
        State(key="declined", label=label("未成交", "Not sold"), kind="failed"),
    ),
    transitions=(
        Transition(
            key="disclose",
            label=label("揭示产品风险", "Disclose the risks"),
            source="offered",
            target="disclosed",
            required=("product", "product_risk"),
        ),
        Transition(
            key="match",
            label=label("适当性匹配", "Match with the customer"),
            source="disclosed",
            target="suitable",
        ),
        Transition(
            key="sign",
            label=label("双录并签约", "Record and sign"),
            source="suitable",
            target="signed",
            required=("recording",),
        ),
        *(decline(source) for source in ("offered", "disclosed", "suitable")),
    ),
)

WORKFLOWS = (COMPLAINT, SALE)
