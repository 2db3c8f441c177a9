"""An animal with its weight, its yearly vaccination, and treatments: one of each thing that has states and deadlines."""

from core.facade import Conflict, Record, find_case, set_field
from core.plugin import (
    Count,
    Counter,
    Escalation,
    Field,
    Kpi,
    Reason,
    RecordType,
    Rule,
    State,
    Subscriber,
    Timer,
    Transition,
    Workflow,
    choice,
    label,
)

FIELDS = [
    Field(key="chip_name", label=label("登记名", "Registered name"), kind="text", on="record:animal"),
    Field(key="diagnosis", label=label("诊断", "Diagnosis"), kind="text", on="case"),
    Field(key="treated", label=label("曾就诊", "Was treated"), kind="boolean"),
]

ANIMAL = RecordType(
    key="animal",
    label=label("宠物", "Animal"),
    states=[choice("healthy", "健康", "Healthy", "ok"), choice("ill", "生病", "Ill", "warn")],
    identifiers=["chip"],
    title=["chip_name"],
    columns=["chip_name"],
    moves={"healthy": ["ill"], "ill": ["healthy"]},
    counters=[Counter(key="weight", label=label("体重", "Weight"), unit=label("克", "g"))],
    timers=[
        Timer(
            key="vaccination",
            label=label("免疫期限", "Vaccination due"),
            parameter="reminder_days",
            start="healthy",
            stops=["ill"],
            counter="weight",
            counter_parameter="growth",
            escalations=[Escalation(percent=90, role="client_manager")],
        )
    ],
)

TREATMENT = Workflow(
    key="treatment",
    label=label("诊疗", "Treatment"),
    version=1,
    record_type="animal",
    record_required=True,
    fields=["diagnosis"],
    states=[
        State(key="waiting", label=label("候诊", "Waiting"), kind="initial"),
        State(key="treated", label=label("已诊", "Treated"), kind="done"),
    ],
    transitions=[
        Transition(
            key="treat",
            label=label("诊疗", "Treat"),
            source="waiting",
            target="treated",
            required=["diagnosis"],
            effects=["settle_findings"],
        )
    ],
    timers=[
        Timer(
            key="seen",
            label=label("接诊时限", "Seen by"),
            parameter="reminder_days",
            start="waiting",
            stops=["treated"],
        )
    ],
)


def too_light(subject, parameters):
    """Below a pound."""
    weighed = subject["readings"].get("weight", ())
    if not weighed or weighed[0]["value"] >= 500:
        return None
    return Reason(code="petcare.light", text=label("体重不足 500 克。", "It weighs less than 500 g."), verdict="warn")


RULES = [
    Rule(
        key="too_often",
        label=label("就诊过密", "Treated too often"),
        action="case_step",
        on=["treatment"],
        steps=["treat"],
        citation="Petcare handbook 4.2",
        counts=[Count(key="treated", of="case:treatment", states=["treated"], days="reminder_days")],
        when={"op": "ge", "field": "counts.treated", "value": 2},
        reason=label("近期已就诊两次，请先会诊。", "Treated twice lately; ask a colleague first."),
    ),
    Rule(
        key="light",
        label=label("体重过轻", "Too light"),
        action="record_watch",
        on=["animal"],
        citation="Petcare handbook 5.1",
        verdict="warn",
        opens="treatment",
        decide=too_light,
    ),
]

KPIS = [
    Kpi(
        key="healthy",
        label=label("健康率", "Healthy animals"),
        on="record:animal",
        numerator={"op": "eq", "field": "state", "value": "healthy"},
        denominator={"op": "is_set", "field": "state"},
    )
]


def refuse_anonymous(session, event):
    """No treatment of an animal without a name."""
    record = session.get_one(Record, (event.context.tenant_id, find_case(session, case_id=event.subject)["record_id"]))
    if not record.attributes.get("petcare", {}).get("chip_name"):
        raise Conflict("Give the animal its registered name first.")


def remember(session, event):
    if event.closed:
        set_field(session, context=event.context, customer_id=event.customer_id, field="petcare.treated", value=True)


SUBSCRIBERS = [
    Subscriber(event="case.opened", handle=refuse_anonymous, mode="inline"),
    Subscriber(event="case.transitioned", handle=remember),
]
