"""The life of an engagement: one table of steps, each with its guard, its side, its permission and what it brings about.

`take` locks the engagement, asks the guard, moves it and writes the step into its history; effects run in the same transaction.
A suspended engagement shows its provider's people nothing from that moment on, since the database asks for its state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.engagements import ending, policy
from core.engagements.events import EngagementMoved
from core.engagements.granting import LIVE
from core.engagements.models import DataGrant, Engagement, EngagementStep, LeaseList
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.plugin.types import Label

Guard = Callable[[Session, Engagement], str | None]
Effect = Callable[[Session, Context, Engagement, str], None]

WORKING = frozenset({"transition", "live", "remediation", "renewing"})
"""States in which customers may be lent."""
SEEING = WORKING | {"exiting"}
"""States in which the provider's people may enter."""
PATH = (
    "idea", "business_case", "sourcing", "due_diligence", "contracting", "transition", "live", "renewing", "exiting",
    "closed",
)  # fmt: skip
"""The way without detours, as the stepper shows it."""
REASON_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Step:
    """`guard` answers why the step is not possible, None where it is. `why`: a reason must be given."""

    event: str
    sources: Sequence[str]
    target: str
    label: Label
    about: Label
    guard: Guard | None = None
    effect: Effect | None = None
    why: bool = False
    grave: bool = False
    permission: str = policy.MANAGE


def _accepted(_session: Session, row: Engagement) -> str | None:
    return None if row.accepted_at else N_("No provider has accepted the engagement yet.")


def _dated(session: Session, row: Engagement) -> str | None:
    if row.ends_at is None:
        return N_("The engagement has no last day yet.")
    return _accepted(session, row) or _ahead(session, row)


def _ahead(_session: Session, row: Engagement) -> str | None:
    over = row.ends_at is not None and row.ends_at <= datetime.now(UTC)
    return N_("The engagement's last day is over. Set a later one first.") if over else None


def _granted(session: Session, row: Engagement) -> str | None:
    live = session.scalar(
        select(func.count())
        .select_from(DataGrant)
        .where(DataGrant.engagement_id == row.id, DataGrant.state.in_(LIVE), DataGrant.ends_at > func.now())
    )
    return _ahead(session, row) if live else N_("No data grant is approved, so its people would see no customer.")


def _returned(session: Session, row: Engagement) -> str | None:
    held = session.scalar(
        select(func.count())
        .select_from(LeaseList)
        .where(LeaseList.engagement_id == row.id, LeaseList.state.in_(("lending", "live")))
    )
    return N_("Lists are still leased. Take them back first.") if held else None


def _step(event: str, sources: str, target: str, zh: str, en: str, about_zh: str, about_en: str, **more: Any) -> Step:
    label, about = {"zh-CN": zh, "en": en}, {"zh-CN": about_zh, "en": about_en}
    return Step(event=event, sources=tuple(sources.split()), target=target, label=label, about=about, **more)


STEPS: Sequence[Step] = (
    _step("propose", "idea", "business_case", "提交商业论证", "Make the business case",
          "写明为什么外包", "Say why the work is handed out"),
    _step("source", "business_case", "sourcing", "开始寻源", "Look for a provider", "论证已批准", "The case is approved"),
    _step("examine", "sourcing", "due_diligence", "开始尽职调查", "Examine the provider",
          "承包方接受邀请之后", "Once a provider accepted", guard=_accepted),
    _step("negotiate", "due_diligence", "contracting", "进入签约", "Negotiate the contract",
          "尽职调查已完成", "The examination is done", guard=_accepted),
    _step("sign", "contracting", "transition", "合同已签，开始移交", "Contract signed: begin the transition",
          "承包方的人员可以进入，尚看不到客户，直到有授权", "Its people may enter; they see customers once data is granted",
          guard=_dated),
    _step("go_live", "transition", "live", "上线", "Go live", "日常工作开始", "Everyday work begins", guard=_granted),
    _step("remediate", "live", "remediation", "开始整改", "Begin remediation",
          "继续工作，缺陷限期改正", "Work goes on while faults are corrected", why=True),
    _step("recover", "remediation", "live", "整改完成", "End remediation", "缺陷已改正", "The faults are corrected"),
    _step("suspend", "live remediation", "suspended", "暂停", "Suspend",
          "承包方人员立即什么也看不到，租借保留", "Its people see nothing at once; leases are kept", why=True, grave=True),
    _step("resume", "suspended", "live", "恢复", "Resume", "承包方人员重新可以工作", "Its people work again",
          guard=_granted, why=True),
    _step("renew", "live", "renewing", "商谈续约", "Negotiate renewal", "工作照常", "Work goes on"),
    _step("renewed", "renewing", "live", "续约完成", "Renewed", "新的最后一天已定", "A new last day is set", guard=_dated),
    _step("exit", "live remediation renewing suspended transition", "exiting", "开始退出", "Begin the exit",
          "移交回来，不再租借新客户", "Work is handed back; nothing new is leased", why=True, grave=True),
    _step("close", "exiting", "closed", "关闭", "Close",
          "租借与授权结束，人员离开，等待删除证明", "Leases and grants end, people leave, proof of deletion is due",
          guard=_returned, effect=ending.close, why=True, grave=True),
    _step("abandon", "idea business_case sourcing due_diligence contracting", "closed", "放弃", "Give up",
          "不再继续这项合作", "The engagement is not pursued", effect=ending.close, why=True, grave=True),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Move:
    """A step out of the present state, and why it is not possible; None where it is."""

    step: Step
    reason: str | None


def moves(session: Session, *, context: Context, row: Engagement) -> list[Move]:
    """Every step out of the state, for the reader."""
    found = []
    for step in STEPS:
        if row.state in step.sources:
            reason = None if context.may(step.permission) else N_("Your role does not include this.")
            found.append(Move(step=step, reason=reason or (step.guard(session, row) if step.guard else None)))
    return found


def take(
    session: Session, *, context: Context, engagement_id: UUID, event: str, reason: str = "", version: int | None = None
) -> Engagement:
    """Take a step. Raises NotFound, Denied, Stale, Conflict with the guard's reason, and Invalid without a reason."""
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    row = locked(session, engagement_id=engagement_id, version=version)
    step = next((each for each in STEPS if each.event == event and row.state in each.sources), None)
    if step is None:
        raise Conflict(N_("This step does not lead out of the engagement's present state."))
    if context.party != "system" and not context.may(step.permission):
        raise Denied(N_("Your role does not include this."), permission=step.permission)
    hindrance = step.guard(session, row) if step.guard else None
    if hindrance is not None:
        raise Conflict(hindrance)
    text = reason.strip()
    if (step.why and not text) or len(text) > REASON_LIMIT:
        raise Invalid(N_("Say why: both sides see it in the history."), field="reason")
    source, row.state = row.state, step.target
    session.flush()
    if step.effect is not None:
        step.effect(session, context, row, text)
    note(session, context=context, row=row, event=event, source=source, reason=text or None)
    details = {"from": source, "to": row.state, "event": event}
    audit.append(session, context=context, action="engagement.moved", subject=("engagement", row.id), details=details)
    bus.emit(session, EngagementMoved(context=context, subject=row.id, source=source, target=row.state))
    return row


def locked(session: Session, *, engagement_id: UUID, version: int | None = None) -> Engagement:
    """The engagement, locked until the transaction ends. Raises NotFound, Stale."""
    wanted = select(Engagement).where(Engagement.id == engagement_id).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def outlasting(session: Session, *, row: Engagement, until: datetime) -> bool:
    """Whether a live grant of the engagement lasts longer than that."""
    wanted = select(DataGrant.id).where(
        DataGrant.engagement_id == row.id, DataGrant.state.in_(LIVE), DataGrant.ends_at > until
    )
    return session.scalar(wanted.limit(1)) is not None


def note(
    session: Session, *, context: Context, row: Engagement, event: str, source: str | None, reason: str | None = None
) -> None:
    """Write a step into the engagement's history, which both sides read."""
    made = EngagementStep(
        engagement_id=row.id, event=event, source=source, target=row.state, reason=reason,
        actor_name=context.shown_name,
    )  # fmt: skip
    session.add(made)
    session.flush()
