"""A sale of one unit: `subscribed -> signed -> filed -> [mortgage] -> delivered`, or `cancelled`.

Opening it is the subscription, which takes the unit (`holds.py`); each step moves the unit's own state. Once a contract is
signed a second person must agree to cancel it. A contract is filed within 30 days (《城市房地产开发经营管理条例》第二十六条).
"""

from __future__ import annotations

from core.plugin import Escalation, State, Timer, Transition, Workflow, label

ENDS = ("delivered", "cancelled")


def cancel(source: str, *, approval: bool = True) -> Transition:
    return Transition(
        key="cancel",
        label=label("退房", "Cancel the sale"),
        source=source,
        target="cancelled",
        required=("cancel_reason",),
        effects=("set_record_state:available",),
        approval=approval,
    )


def deliver(source: str) -> Transition:
    return Transition(
        key="deliver",
        label=label("交付", "Deliver"),
        source=source,
        target="delivered",
        effects=("set_record_state:delivered",),
    )


SALE = Workflow(
    key="sale",
    label=label("商品房销售", "Sale of a unit"),
    version=1,
    record_type="unit",
    record_required=True,
    fields=("price", "deposit", "contract_no", "filing_no", "cancel_reason"),
    states=(
        State(key="subscribed", label=label("已认购", "Subscribed"), kind="initial"),
        State(key="signed", label=label("已签约", "Contract signed")),
        State(key="filed", label=label("已备案", "Contract filed")),
        State(key="mortgage", label=label("按揭办理中", "Mortgage under way")),
        State(key="delivered", label=label("已交付", "Delivered"), kind="done"),
        State(key="cancelled", label=label("已退房", "Cancelled"), kind="failed"),
    ),
    transitions=(
        Transition(
            key="sign",
            label=label("签订合同", "Sign the contract"),
            source="subscribed",
            target="signed",
            required=("contract_no",),
            effects=("set_record_state:signed",),
        ),
        Transition(
            key="file",
            label=label("合同备案", "File the contract"),
            source="signed",
            target="filed",
            required=("filing_no",),
            effects=("set_record_state:filed",),
        ),
        Transition(
            key="apply_mortgage",
            label=label("办理按揭", "Apply for a mortgage"),
            source="filed",
            target="mortgage",
            optional=True,
        ),
        deliver("filed"),
        deliver("mortgage"),
        cancel("subscribed", approval=False),
        cancel("signed"),
        cancel("filed"),
        cancel("mortgage"),
    ),
    timers=(
        Timer(
            key="signing",
            label=label("签约期限", "Contract to be signed"),
            parameter="signing_days",
            start="subscribed",
            stops=("signed", "cancelled"),
            escalations=(Escalation(percent=70, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
        Timer(
            key="filing",
            label=label("备案期限", "Contract to be filed"),
            parameter="filing_days",
            start="signed",
            stops=("filed", "cancelled"),
            escalations=(Escalation(percent=80, role="client_manager"), Escalation(percent=100, role="client_admin")),
        ),
    ),
)

WORKFLOWS = (SALE,)
