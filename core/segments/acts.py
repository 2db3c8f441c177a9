# ruff: noqa: ARG002 - acts have one signature, and not each needs all of it
"""Acts on many customers that segments and grades add: put them into a snapshot, set their grade by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.errors import N_, Conflict, Invalid
from core.jobs.models import BulkRun
from core.lists.acts import Act, Verdict, refused
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.segments import meaning, overriding, policy, schemes, service
from core.segments.models import GradeStanding, Segment, SegmentMember
from core.undo import service as undo
from core.web.forms import Control, control
from core.web.i18n import label

INACTIVE = N_("The customer is not active.")
Asked = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class PutIntoSegment:
    """A snapshot; one that is live has whoever meets its condition."""

    key: str
    label: Any
    permission: str = policy.MANAGE

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        rows = self._snapshots(session)
        return [control("segment_id", _("Snapshot"), kind="select", required=True, value=sent.get("segment_id", ""),
                        placeholder=_("Choose a segment"), options=[(str(each.id), each.name) for each in rows])]  # fmt: skip

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        row = next((each for each in self._snapshots(session) if str(each.id) == sent.get("segment_id")), None)
        if row is None:
            raise Invalid(N_("Choose a snapshot that is not archived."), field="segment_id")
        return {"segment_id": str(row.id)}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        row = session.get(Segment, (context.tenant_id, UUID(asked["segment_id"])))
        return str(_("Put into the segment “%(name)s”", name=row.name if row else ""))

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        row = service.locked(session, context=context, segment_id=UUID(asked["segment_id"]))
        member = SegmentMember
        inside = set(
            session.scalars(
                select(member.customer_id).where(
                    member.segment_id == row.id, member.round == row.round, member.customer_id.in_(ids)
                )
            )
        )
        rows = session.execute(select(Customer.id, Customer.version, Customer.state).where(_among(ids)))
        return {
            each.id: refused(each.version, INACTIVE)
            if each.state != "active"
            else Verdict(version=each.version, outcome="same" if each.id in inside else "possible")
            for each in rows
        }

    def done(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, run: BulkRun, ids: Sequence[UUID]
    ) -> None:
        """The rows of members are what is made, and what an undo takes out again."""
        segment_id = UUID(asked["segment_id"])
        service.add(session, context=context, segment_id=segment_id, customer_ids=ids)
        row = service.locked(session, context=context, segment_id=segment_id)
        made = session.scalars(
            select(SegmentMember.id).where(
                SegmentMember.segment_id == row.id, SegmentMember.round == row.round, SegmentMember.customer_id.in_(ids)
            )
        ).all()
        undo.remember(session, run_id=run.id, table="segment_member", rows=made, act="made")
        if not run.settings.get("noted"):
            found = meaning.definition(session, view=view, key=f"{OWN}.{row.key}")
            service.note_use(session, context=context, found=found, what="act")
            run.settings = {**run.settings, "noted": True}

    def _snapshots(self, session: Session) -> Sequence[Any]:
        wanted = select(Segment.id, Segment.name).where(Segment.mode == "snapshot", Segment.state == "active")
        return session.execute(wanted.order_by(Segment.name)).all()


@dataclass(frozen=True, kw_only=True)
class SetGrade:
    """A grade of the live scheme, with a reason, until a day."""

    key: str
    label: Any
    permission: str = policy.OVERRIDE

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        scheme = schemes.live(session)
        grades = [(each["key"], label(each["label"])) for each in scheme.grades] if scheme else []
        return [
            control("grade", _("Grade"), kind="select", required=True, value=sent.get("grade", ""), options=grades,
                    help=None if scheme else _("No scheme of grades is live.")),
            control("reason", _("Reason"), kind="textarea", required=True, value=sent.get("reason", ""), attrs={"rows": 2}),
            control("until", _("Until"), kind="date", required=True, value=sent.get("until", ""),
                    help=_("On this day it goes back to its own grade.")),
        ]  # fmt: skip

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        asked = {name: str(sent.get(name) or "").strip() for name in ("grade", "reason", "until")}
        try:
            day = date.fromisoformat(asked["until"])
        except ValueError:
            raise Invalid(N_("Give the last day as a date."), field="until") from None
        until = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(context.zone)).astimezone(UTC)
        overriding.checked(session, context=context, grade=asked["grade"], reason=asked["reason"], until=until)
        return {**asked, "at": until.isoformat()}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        scheme = schemes.live(session)
        names = {each["key"]: label(each["label"]) for each in scheme.grades} if scheme else {}
        grade = names.get(asked["grade"], asked["grade"])
        return str(_("Grade %(grade)s until %(until)s", grade=grade, until=asked["until"]))

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        rows = session.execute(select(Customer.id, Customer.version, Customer.state).where(_among(ids)))
        return {
            each.id: refused(each.version, INACTIVE)
            if each.state != "active"
            else Verdict(version=each.version, outcome="possible")
            for each in rows
        }

    def done(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, run: BulkRun, ids: Sequence[UUID]
    ) -> None:
        scheme = schemes.live(session)
        if scheme is None:
            raise Conflict(N_("No scheme of grades is live."))
        undo.remember(session, run_id=run.id, table="customer", rows=ids, columns=["grade"])
        held = session.scalars(select(GradeStanding.id).where(GradeStanding.customer_id.in_(ids))).all()
        undo.remember(session, run_id=run.id, table="grade_standing", rows=held)
        until = datetime.fromisoformat(asked["at"])
        for customer in session.scalars(select(Customer).where(_among(ids))).all():
            overriding.put(
                session, context=context, scheme=scheme, customer=customer, grade=asked["grade"], reason=asked["reason"],
                until=until,
            )  # fmt: skip
        session.flush()
        now = session.scalars(select(GradeStanding.id).where(GradeStanding.customer_id.in_(ids))).all()
        undo.remember(session, run_id=run.id, table="grade_standing", rows=set(now) - set(held), act="made")


def _among(ids: Sequence[UUID]) -> Any:
    return Customer.id == any_(bindparam("ids", list(ids), type_=ARRAY(Uuid)))


ACTS: Sequence[Act] = (
    PutIntoSegment(key="segment", label=_l("Put into a segment")),
    SetGrade(key="grade", label=_l("Set the grade by hand")),
)
