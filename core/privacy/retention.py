"""Clocks of keeping: how long each class of data is kept, when its clock starts, what happens when it has run out.

The time is a parameter (`retain_<clock>`, in months) with its source and place, or the tenant's own, never below what a law asks
for at least (`retain_<clock>_least`). A clock runs by the country of the customer whom a row is about. Rows of a customer under a
legal hold, and of a case that is still open, wait. Which table runs by which clock stands in `forgetting.CLOCKS`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.attachments.models import Attachment
from core.cases.models import Case
from core.contacts.models import Consent
from core.context import Context
from core.customers.models import Customer
from core.db.base import TenantModel
from core.engagements.models import Lease
from core.gate.limits import core_profile
from core.interactions.models import Interaction
from core.parameters.queries import EVERYWHERE, resolve
from core.plugin.types import Label, Parameter
from core.privacy.forgetting import models
from core.privacy.rights_models import RightsRequest
from core.records.models import Record
from core.timeline.models import TimelineEntry

Does = Literal["erase", "anonymise"]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """`begins` is when a row's clock starts; rows that `keeps` holds for are left alone, and `says` tells whether there is
    still something to take away. `what` names a row to a person: a number or a key, never a text of somebody."""

    key: str
    label: Label
    starts: Label
    does: Does
    model: type[TenantModel]
    begins: InstrumentedAttribute[Any]
    says: ColumnElement[bool]
    what: Any
    keeps: Sequence[ColumnElement[bool]] = ()

    @property
    def customer(self) -> ColumnElement[Any]:
        own: Any = Customer.id if self.model is Customer else getattr(self.model, "customer_id")  # noqa: B009 - tables differ
        return own  # type: ignore[no-any-return]


def _filled(
    *columns: InstrumentedAttribute[Any], blank: Sequence[InstrumentedAttribute[Any]] = ()
) -> ColumnElement[bool]:
    """Whether a row still says something: a text that is there, or JSON that is not empty."""
    said = [each.is_not(None) for each in columns]
    return or_(*said, *(each.not_in([literal({}, JSONB), literal([], JSONB)]) for each in blank))


def _open_case(case_id: Any) -> ColumnElement[bool]:
    return exists().where(Case.id == case_id, Case.closed_at.is_(None))


@cache
def clocks() -> Mapping[str, Clock]:
    """By key, in the order of the page."""
    return {clock.key: clock for clock in (*_of_people(), _of_imports(models()["import_row"]))}


def _of_people() -> Sequence[Clock]:
    return (
        Clock(
            key="person", does="erase", model=Customer, begins=Customer.created_at,
            label={"zh-CN": "客户本人", "en": "The person"},
            starts={"zh-CN": "最后一次接触、工单关闭、合同到期或同意，以最晚者为准",
                    "en": "The last contact, closed case, ended contract or consent, whichever is latest"},
            says=Customer.state.in_(("active", "archived")), what=Customer.number,
        ),
        Clock(
            key="interactions", does="anonymise", model=Interaction, begins=Interaction.started_at,
            label={"zh-CN": "客户接触的内容", "en": "What was said in contacts"},
            starts={"zh-CN": "接触发生时", "en": "When the contact took place"},
            says=_filled(Interaction.note, Interaction.outcome, Interaction.number_shown, Interaction.next_step,
                         Interaction.recording, blank=[Interaction.attributes]),
            what=Interaction.number, keeps=(_open_case(Interaction.case_id),),
        ),
        Clock(
            key="timeline", does="anonymise", model=TimelineEntry, begins=TimelineEntry.occurred_at,
            label={"zh-CN": "时间线上的备注", "en": "Notes on the timeline"},
            starts={"zh-CN": "事情发生时", "en": "When it happened"},
            says=TimelineEntry.note.is_not(None), what=TimelineEntry.kind,
            keeps=(and_(TimelineEntry.subject_type == "case", _open_case(TimelineEntry.subject_id)),),
        ),
        Clock(
            key="cases", does="anonymise", model=Case, begins=Case.closed_at,
            label={"zh-CN": "工单的内容", "en": "What cases say"},
            starts={"zh-CN": "工单关闭时", "en": "When the case was closed"},
            says=Case.lapsed_at.is_(None), what=Case.number,
        ),
        Clock(
            key="records", does="anonymise", model=Record, begins=Record.ends_at,
            label={"zh-CN": "业务记录（合同、账户等）", "en": "Records (contracts, accounts and the like)"},
            starts={"zh-CN": "合同或记录结束时", "en": "When the contract or record ended"},
            says=and_(Record.customer_id.is_not(None), _filled(blank=[Record.attributes, Record.history])),
            what=Record.number, keeps=(exists().where(Case.record_id == Record.id, Case.closed_at.is_(None)),),
        ),
        Clock(
            key="attachments", does="erase", model=Attachment, begins=Attachment.created_at,
            label={"zh-CN": "附件", "en": "Attachments"}, starts={"zh-CN": "上传时", "en": "When it was attached"},
            says=Attachment.removed_at.is_(None), what=Attachment.media_type, keeps=(_open_case(Attachment.case_id),),
        ),
    )  # fmt: skip


def _of_imports(row: Any) -> Clock:
    return Clock(
        key="imports", does="anonymise", model=row, begins=row.created_at,
        label={"zh-CN": "导入报告", "en": "Reports of imports"}, starts={"zh-CN": "导入时", "en": "When it was imported"},
        says=_filled(row.key, row.digest, blank=[row.problems]), what=row.line,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Span:
    """How long in one place, and until which moment a clock must have begun to have run out. `own`: the tenant's own time."""

    place: str
    months: int
    ended: datetime
    parameter: Parameter
    least: Parameter | None = None
    own: bool = False


def spans(clock: Clock, *, context: Context, months: int | None, on: date) -> list[Span]:
    """Where the tenant is first, then each place that says otherwise. Raises LookupError for a clock without a parameter."""
    rows = core_profile().parameters["core"].rows
    names = {f"retain_{clock.key}", f"retain_{clock.key}_least"}
    others = sorted({row.jurisdiction for row in rows if row.key in names} - {EVERYWHERE, context.country or ""})
    return [_span(clock, context, place, months, on) for place in (context.country, *others)]


def _span(clock: Clock, context: Context, place: str | None, own: int | None, on: date) -> Span:
    key, at = f"core.retain_{clock.key}", [place, context.country]
    parameter = resolve(core_profile(), key=key, jurisdictions=at, on=on)
    try:
        least: Parameter | None = resolve(core_profile(), key=f"{key}_least", jurisdictions=[place], on=on)
    except LookupError:
        least = None
    wanted = int(str(parameter.value)) if own is None else own
    months = max(wanted, int(str(least.value))) if least is not None else wanted
    return Span(
        place=place or EVERYWHERE, months=months, ended=_begin(before(on, months), context), parameter=parameter,
        least=least, own=own is not None,
    )  # fmt: skip


def images_since(context: Context) -> datetime:
    """Runs that ended earlier are not undone any more, and what rows were before them is forgotten."""
    today = datetime.now(ZoneInfo(context.zone)).date()
    kept = resolve(core_profile(), key="core.retain_images", jurisdictions=[context.country], on=today)
    return _begin(before(today, int(str(kept.value))), context)


def before(day: date, months: int) -> date:
    """The same day that many months ago, or the last of its month."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _begin(day: date, context: Context) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(context.zone))


def due(clock: Clock, given: Sequence[Span]) -> Select[Any]:
    """`id, customer_id, customer_number, started_at, what` of rows whose clock has run out, in no order."""
    started = _last_of_person() if clock.model is Customer else clock.begins
    ended = _ended(given)
    wanted = (
        select(
            clock.model.id.label("id"),
            clock.customer.label("customer_id"),
            Customer.number.label("customer_number"),
            started.label("started_at"),
            clock.what.label("what"),
        )
        .select_from(clock.model)
        .where(clock.begins < max(each.ended for each in given), started < ended, clock.says)
        .where(*(~each for each in clock.keeps))
    )
    if clock.model is Customer:
        wanted = wanted.where(*(~each for each in _person_waits()))
    else:
        wanted = wanted.outerjoin(Customer, Customer.id == clock.customer)
    return wanted.where(or_(Customer.id.is_(None), Customer.legal_hold.is_(False)))


def _ended(given: Sequence[Span]) -> ColumnElement[Any]:
    home, *others = given
    if not others:
        return literal(home.ended)
    return case(*((Customer.country == each.place, literal(each.ended)) for each in others), else_=literal(home.ended))


def _last_of_person() -> ColumnElement[Any]:
    """The last thing that happened with a customer."""
    moments = (
        select(func.max(Interaction.started_at)).where(Interaction.customer_id == Customer.id),
        select(func.max(Case.closed_at)).where(Case.customer_id == Customer.id),
        select(func.max(Record.ends_at)).where(Record.customer_id == Customer.id),
        select(func.max(Consent.captured_at)).where(Consent.customer_id == Customer.id),
        select(func.max(Lease.ended_at)).where(Lease.customer_id == Customer.id),
    )
    return func.greatest(Customer.created_at, *(each.correlate(Customer).scalar_subquery() for each in moments))


def _person_waits() -> Sequence[ColumnElement[bool]]:
    """An open case, a record without an end, a provider that has them on lease, an open request of theirs."""
    return (
        exists().where(Case.customer_id == Customer.id, Case.closed_at.is_(None)),
        exists().where(Record.customer_id == Customer.id, Record.ends_at.is_(None)),
        exists().where(Lease.customer_id == Customer.id, Lease.ended_at.is_(None)),
        exists().where(RightsRequest.customer_id == Customer.id, RightsRequest.state.in_(("open", "deciding"))),
    )


def count(session: Session, *, clock: Clock, given: Sequence[Span], most: int) -> int:
    """How many rows are due, up to one more than `most`."""
    found = due(clock, given).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
