"""A claim for a shipment, and the review of a shipper's credit.

`opened -> evidence -> liability -> offered -> agreed -> paid`, or `rejected`, against which the shipper may appeal. A remedy
put off for more than 15 days counts as put off on purpose (《侵害消费者权益行为处罚办法》第八条).
"""

from __future__ import annotations

from core.plugin import Escalation, Timer, Workflow, label, state, step

CLAIM = Workflow(
    key="claim",
    label=label("理赔", "Claim"),
    version=1,
    blocks_marketing=True,
    record_type="claim",
    record_required=True,
    fields=("evidence", "finding", "offer", "rejection", "payment_ref"),
    states=(
        state("opened", "已受理", "Opened", "initial"),
        state("evidence", "取证中", "Evidence asked for"),
        state("liability", "责任认定", "Who answers"),
        state("offered", "已提出方案", "Offered"),
        state("agreed", "已达成一致", "Agreed"),
        state("appealed", "客户申诉", "Appealed"),
        state("paid", "已赔付", "Paid", "done"),
        state("rejected", "不予赔付", "Refused"),
        state("closed", "客户接受不予赔付", "Refusal accepted", "failed"),
    ),
    transitions=(
        step("ask", "收集证据", "Ask for evidence", "opened", "evidence"),
        step("weigh", "认定责任", "Find who answers", "evidence", "liability", required=("evidence", "finding")),
        step("offer", "提出赔偿方案", "Make an offer", "liability", "offered", required=("offer",),
             effects=("set_record_state:offered",)),
        step("reject", "不予赔付", "Refuse", "liability", "rejected", required=("rejection",),
             effects=("set_record_state:rejected",), approval=True),
        step("agree", "客户同意", "The customer agrees", "offered", "agreed"),
        step("decline", "客户不同意", "The customer declines", "offered", "appealed"),
        step("appeal", "客户申诉", "The customer appeals", "rejected", "appealed"),
        step("accept", "客户接受", "The customer accepts", "rejected", "closed"),
        step("reconsider", "重新认定", "Look at it again", "appealed", "liability", effects=("set_record_state:opened",)),
        step("pay", "赔付", "Pay", "agreed", "paid", required=("payment_ref",), effects=("set_record_state:paid",)),
    ),
    timers=(
        Timer(
            key="remedy",
            label=label("视为故意拖延的期限", "Counts as put off on purpose"),
            parameter="remedy_days",
            start="opened",
            stops=("paid", "rejected", "closed"),
            pauses=("evidence",),
            escalations=(Escalation(percent=70, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
    ),
)  # fmt: skip
CREDIT = Workflow(
    key="credit",
    label=label("信用审批", "Credit review"),
    version=1,
    fields=("requested_limit", "assessment", "granted_limit"),
    states=(
        state("requested", "已申请", "Asked for", "initial"),
        state("assessed", "已评估", "Assessed"),
        state("granted", "已批准", "Granted", "done"),
        state("refused", "未批准", "Refused", "failed"),
    ),
    transitions=(
        step("assess", "评估", "Assess", "requested", "assessed", sides=("client",),
             required=("requested_limit", "assessment")),
        step("grant", "批准额度", "Grant", "assessed", "granted", sides=("client",), required=("granted_limit",), approval=True),
        step("refuse", "不批准", "Refuse", "assessed", "refused", sides=("client",)),
    ),
    timers=(
        Timer(
            key="decision",
            label=label("审批期限", "Credit to be decided"),
            parameter="credit_review_days",
            unit="working_days",
            start="requested",
            stops=("granted", "refused"),
            escalations=(Escalation(percent=100, role="client_manager"),),
        ),
    ),
)  # fmt: skip
