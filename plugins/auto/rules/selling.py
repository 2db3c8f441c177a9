"""What a sale waits for: no open recall, a true odometer, a test drive with a licence, a delivery as article 13 has it; and
leads that are answered in time, followed up as their grade asks, not given up untried, and not taken from another dealer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.plugin import Count, Reason, Rule, label
from plugins.auto.records import OPEN_RECALL
from plugins.auto.rules.watched import ODOMETER, jumps, own

DELIVERY = ("inspected", "checked_together", "papers_handed_over", "terms_told")
MISSING = {
    "inspected": ("交付前检查", "the pre-delivery inspection"),
    "checked_together": ("与消费者共同查验", "looking the car over with the consumer"),
    "papers_handed_over": ("交付随车文件和购车发票", "handing over papers and invoice"),
    "terms_told": ("告知三包条款", "telling the warranty terms"),
}
ENDS_OF = {"vehicle": "sold", "order": "delivered", "test_drive": "driven"}
GRADES = ("h", "a", "b", "c")


def comes_to(subject: Mapping[str, Any], state: str) -> bool:
    """Whether the record is brought to the state by this act."""
    before = subject["before"]
    return subject["record"]["state"] == state and (before is None or before["state"] != state)


def kind(subject: Mapping[str, Any]) -> str:
    return str(subject["record"]["type"]).partition(".")[2]


def recalled(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """No sale, delivery or test drive of a vehicle with an open recall; a visit to the workshop is to remedy it."""
    record, what = subject["record"], kind(subject)
    if all(each["state"] not in OPEN_RECALL for each in subject["children"].get("recall", ())):
        return None
    if what == "service_visit":
        if record["state"] != "received" or own(record).get("purpose") == "recall":
            return None
        zh, en = (
            "该车有未完成的召回，请在本次进厂一并处理。",
            "This vehicle has an open recall. Remedy it in this visit.",
        )
        return Reason(code="auto.recall_here", text=label(zh, en), verdict="warn")
    if not comes_to(subject, ENDS_OF[what]):
        return None
    return Reason(
        code="auto.recall_open",
        text=label(
            "该车有未完成的召回，消除缺陷前不得销售、交付或试驾。",
            "This vehicle has an open recall. It is not sold, delivered or test driven before that is remedied.",
        ),
        verdict="deny",
    )


def doubted(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A vehicle whose odometer is in doubt is not sold until the reading is explained."""
    if not comes_to(subject, "sold") or not jumps(subject, parameters):
        return None
    zh = "里程记录存疑，说明原因或补记更换里程表之前不得销售。"
    en = "The odometer is in doubt. Explain it, or note the replaced instrument, before the vehicle is sold."
    return Reason(code="auto.odometer_sale", text=label(zh, en), verdict="deny", parameters=ODOMETER)


def licensed(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """The licence was seen and is valid on the day, and the agreement is signed."""
    if not comes_to(subject, "driven"):
        return None
    held = own(subject["record"])
    until = held.get("licence_until")
    day = str(subject["local_date"])
    if not held.get("licence_checked"):
        code, zh, en = "licence", "未核验驾驶证原件", "the driving licence was not looked at"
    elif until is None or until < day:
        code, zh, en = (
            "licence_expired",
            "驾驶证已过期或未登记有效期",
            "the licence has run out or its end is not noted",
        )
    elif not held.get("agreement_signed"):
        code, zh, en = "agreement", "未签试驾协议", "the agreement is not signed"
    else:
        return None
    return Reason(
        code=f"auto.test_drive_{code}",
        text=label(f"不能试驾：{zh}。", f"No test drive: {en}."),
        verdict="deny",
    )


def delivery(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """What article 13 asks of the seller has been done."""
    if not comes_to(subject, "delivered"):
        return None
    held = own(subject["record"])
    missing = [MISSING[key] for key in DELIVERY if not held.get(key)]
    if not missing:
        return None
    zh, en = "、".join(each for each, _ in missing), ", ".join(each for _, each in missing)
    return Reason(
        code="auto.delivery_incomplete",
        text=label(f"交付前还须：{zh}。", f"Before delivery there is still to do: {en}."),
        verdict="deny",
    )


def answered_late(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The first contact came later than it was due: it passes, and the lateness is told."""
    received = own(subject["case"]).get("received_at")
    hours = parameters["first_response_hours"]
    if received is None or subject["at"] <= datetime.fromisoformat(received) + timedelta(hours=float(hours)):
        return None
    return Reason(
        code="auto.lead_late",
        text=label(f"首次响应超过 {hours} 小时。", f"The first answer came after more than {hours} hours."),
        verdict="warn",
        parameters=("first_response_hours",),
    )


def followed_up(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The next contact lies no further off than the lead's grade allows."""
    held = own(subject["case"])
    grade, following = held.get("lead_grade"), held.get("next_contact_on")
    if grade not in GRADES or following is None:
        return None
    name = f"follow_up_days_{grade}"
    days = int(parameters[name])
    if date.fromisoformat(following) <= subject["local_date"] + timedelta(days=days):
        return None
    return Reason(
        code="auto.lead_cadence",
        text=label(
            f"{grade.upper()} 级线索须在 {days} 天内跟进，请提前下次跟进日期。",
            f"A lead of grade {grade.upper()} is followed up within {days} days. Choose an earlier day.",
        ),
        verdict="deny",
        parameters=(name,),
    )


def given_up(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Nobody gives up a lead that was hardly tried, unless a second person agrees."""
    attempts, least = own(subject["case"]).get("attempts", 0), int(parameters["defeat_attempts"])
    if attempts >= least:
        return None
    return Reason(
        code="auto.lead_untried",
        text=label(
            f"战败前至少联系 {least} 次，现为 {attempts} 次。",
            f"A lead is tried {least} times before it is given up; so far {attempts}.",
        ),
        verdict="hold",
        parameters=("defeat_attempts",),
    )


def owned(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The customer's earlier lead still belongs to the dealer that has it."""
    if subject["step"] is not None or not subject["counts"].get("leads"):
        return None
    days = int(parameters["ownership_days"])
    return Reason(
        code="auto.lead_owned",
        text=label(
            f"该客户 {days} 天内已有线索，归属原经销商；改派须经第二人同意。",
            f"This customer had a lead within {days} days, which belongs to its dealer. A second person may agree to another.",
        ),
        verdict="hold",
        parameters=("ownership_days",),
    )


CADENCE = tuple(f"follow_up_days_{grade}" for grade in GRADES)
SELLING = (
    Rule(
        key="recall",
        label=label("召回未完成不得销售", "No sale with an open recall"),
        action="record_change",
        on=("vehicle", "order", "test_drive", "service_visit"),
        citation="《缺陷汽车产品召回管理条例》第十一条第二款、第十七条",
        children=("recall",),
        decide=recalled,
    ),
    Rule(
        key="odometer_sale",
        label=label("里程存疑不得销售", "No sale with a doubtful odometer"),
        action="record_change",
        on=("vehicle",),
        citation="《消费者权益保护法》第五十五条第一款（欺诈的三倍赔偿）；阈值为 Kehub 默认值",
        parameters=ODOMETER,
        decide=doubted,
    ),
    Rule(
        key="test_drive",
        label=label("试驾须核验驾驶证并签协议", "Test drive with licence and agreement"),
        action="record_change",
        on=("test_drive",),
        citation="A-TD；《道路交通安全法》第十九条（未核对原文） / Road Traffic Safety Law, article 19 (not verified)",
        decide=licensed,
    ),
    Rule(
        key="delivery",
        label=label("交付须履行法定事项", "Delivery as the law has it"),
        action="record_change",
        on=("order",),
        citation="《家用汽车产品修理更换退货责任规定》第十三条",
        decide=delivery,
    ),
    Rule(
        key="lead_late",
        label=label("首次响应超时", "First answer late"),
        action="case_step",
        on=("lead",),
        steps=("contact",),
        citation="A-LEAD；Kehub 默认值",
        verdict="warn",
        severity="medium",
        mandatory=False,
        parameters=("first_response_hours",),
        decide=answered_late,
    ),
    Rule(
        key="lead_cadence",
        label=label("按等级跟进", "Follow up as the grade asks"),
        action="case_step",
        on=("lead",),
        steps=("contact", "follow_up", "invite", "quote", "requote"),
        citation="A-LEAD；Kehub 默认值",
        severity="medium",
        mandatory=False,
        parameters=CADENCE,
        decide=followed_up,
    ),
    Rule(
        key="lead_untried",
        label=label("未充分联系不得战败", "No giving up untried"),
        action="case_step",
        on=("lead",),
        steps=("give_up",),
        citation="A-LEAD；Kehub 默认值",
        verdict="hold",
        severity="medium",
        mandatory=False,
        parameters=("defeat_attempts",),
        decide=given_up,
    ),
    Rule(
        key="lead_owned",
        label=label("线索归属保护", "A lead belongs to its dealer"),
        action="case_step",
        on=("lead",),
        citation="A-DUP；Kehub 默认值",
        verdict="hold",
        severity="medium",
        mandatory=False,
        counts=(Count(key="leads", of="case:lead", days="ownership_days"),),
        parameters=("ownership_days",),
        decide=owned,
    ),
)
