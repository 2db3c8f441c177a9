"""Ask for rows as a file, have another person decide, and hand the file out to who asked, until it expires.

1. `ask` counts the rows, has the gate decide, and asks for approval. A denial keeps its decision and is told with the reason.
2. Approved, a job writes the file as the asker sees the rows (`jobs.py`): what they see is kept with the request, since masks and
reach are theirs and not the job's.  3. `take` gives it to the asker alone, in the sight they had when they asked; each time is
noted. A provider's grant must allow export then too.  4. The file goes when its days are over; the request stays as evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit import service as audit
from core.context import CLEAR, READ_ONLY, Context, Grant, Reach
from core.engagements.granting import LIVE
from core.engagements.models import DataGrant
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound
from core.exports import policy
from core.exports.models import FORMATS, ExportRequest
from core.exports.sources import CARDS, SOURCES, Asker, Chosen
from core.files import service as files
from core.gate.acts import refuse
from core.gate.answers import Answer
from core.gate.exports import decide_export
from core.gate.facts import PURPOSES
from core.jobs.queue import enqueue
from core.plugin.catalog import CatalogView
from core.tenants.service import next_numbers

KIND = "export.rows"
LASTS = timedelta(days=7)
MOST_IDS = 1000
REASON_LIMIT = 500
GRANTED = "export"
"""The method that a data grant names where a provider may take files away."""
ASKED = N_("Export %(count)s rows as a file: %(what)s")
GRANT, NOTHING = "core.export_grant", "core.export_rows"


def ask(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    what: str,
    chosen: Chosen,
    fields: Sequence[str],
    format: str,  # noqa: A002 - the trade's own word
    purpose: str,
    reason: str,
) -> ExportRequest:
    """A request that waits for its second person. Raises Denied, Invalid with every fault, GateDenied with its evidence."""
    _allowed(context, what)
    asker = Asker(session, context, view)
    names = _checked(asker, what, chosen, fields, format, purpose, reason)
    count = SOURCES[what].count(asker, chosen)
    about = {"what": what, "type": chosen.get("type"), "fields": names, "rows": count, "format": format}
    decision = decide_export(
        session, context=context, view=view, purpose=purpose, answers=_answers(session, context, count), about=about
    )
    if decision.verdict == "deny":
        refuse(decision)
    row = ExportRequest(
        number=next_numbers(session, kind="export_request")[0], what=what, chosen={**chosen, "seen_as": seen_as(context)},
        fields=names, format=format, purpose=purpose, reason=reason.strip(), state="requested", rows_asked=count,
        requested_by=context.participant_id, requested_name=context.shown_name, requested_party=context.party,
        engagement_id=context.engagement_id, gate_decision_id=decision.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    asked = approvals.request(
        session, context=context, kind=KIND, permission=policy.APPROVE, message=ASKED,
        values={"count": count, "what": {"zh-CN": _ZH[what], "en": what.capitalize()}},
        subject=("export", row.id), payload={"export": str(row.id)}, reason=row.reason,
    )  # fmt: skip
    row.approval_id = asked.id
    session.flush()
    note(session, context, row, "export.asked")
    return row


_ZH = {"customers": "客户", "contacts": "联系人", "records": "记录", "cases": "工单", "interactions": "客户接触"}


def _allowed(context: Context, what: str) -> None:
    if context.life.state == "provider_suspended":  # open to a client that is suspended: the data are its own
        raise Denied(READ_ONLY["provider_suspended"])
    source = SOURCES.get(what)
    if source is None:
        raise NotFound
    if context.participant_id is None or not context.may(policy.ASK) or not context.may(source.permission):
        raise Denied(N_("Your role does not include this."), permission=policy.ASK)


def refuse_unknown(view: CatalogView, what: str, chosen: Chosen) -> None:
    """Raises NotFound for records of a type that is none."""
    if what == "records" and chosen.get("type") not in view.record_types:
        raise NotFound


def _checked(
    asker: Asker, what: str, chosen: Chosen, fields: Sequence[str], written_as: str, purpose: str, reason: str
) -> list[str]:
    refuse_unknown(asker.view, what, chosen)
    errors = []
    if written_as not in FORMATS or (written_as == "vcard" and what not in CARDS):
        errors.append(FieldError(field="format", code="choice", message=N_("Choose a format that fits these rows.")))
    if purpose not in PURPOSES:
        errors.append(FieldError(field="purpose", code="choice", message=N_("Say what the data are for.")))
    if not reason.strip() or len(reason.strip()) > REASON_LIMIT:
        message = N_("Say in a few words why, so that another person can decide.")
        errors.append(FieldError(field="reason", code="required", message=message))
    if len(chosen.get("ids") or ()) > MOST_IDS:
        errors.append(
            FieldError(field="ids", code="length", message=N_("Choose by a condition instead of so many rows."))
        )
    known = SOURCES[what].fields(asker, chosen)
    names = (
        list(CARDS[what].values())
        if written_as == "vcard" and what in CARDS
        else [n for n in known if n in set(fields)]
    )
    if not names or not set(fields) <= known.keys():
        errors.append(FieldError(field="fields", code="choice", message=N_("Choose at least one of the fields.")))
    if errors:
        raise Invalid(errors=errors)
    return names


def _answers(session: Session, context: Context, count: int) -> dict[str, Answer | None]:
    """What only exports know: whether the grant allows it, and whether there is anything to take."""
    granted = context.party != "provider" or grant_allows(session, context=context)
    return {
        GRANT: None if granted else _deny(
            GRANT, "core.export_not_granted", "数据授权不含导出，或已被冻结。请联系发包方。",
            "The data grant does not include export, or it is frozen. Ask the client.", "个人信息保护法第二十一条",
        ),
        NOTHING: None if count else _deny(
            NOTHING, "core.export_empty", "没有可导出的行。", "There are no rows to export.", ""
        ),
    }  # fmt: skip


def _deny(rule: str, code: str, zh: str, en: str, citation: str) -> Answer:
    return Answer(rule=rule, verdict="deny", code=code, text={"zh-CN": zh, "en": en}, citation=citation)


def grant_allows(session: Session, *, context: Context) -> bool:
    """Whether every live grant of the provider's engagement names export, and none is frozen."""
    if context.grant is not None and context.grant.frozen:
        return False
    now = func.now()
    rows = session.scalars(
        select(DataGrant.methods).where(
            DataGrant.engagement_id == context.engagement_id, DataGrant.state.in_(LIVE),
            DataGrant.starts_at <= now, DataGrant.ends_at > now,
        )
    ).all()  # fmt: skip
    return bool(rows) and all(GRANTED in methods for methods in rows)


# -- in whose eyes --------------------------------------------------------------------------------------------------


def seen_as(context: Context) -> dict[str, Any]:
    """What the asker sees, so that the job sees no more: masks, grant and reach."""
    grant = context.grant
    return {
        "clear": context.may(CLEAR),
        "grant": {"fields": dict(grant.fields), "frozen": grant.frozen} if grant is not None else None,
        "reach": json.loads(json.dumps(asdict(context.reach), default=str)) if context.reach is not None else None,
    }


def in_their_eyes(context: Context, row: ExportRequest) -> Context:
    """A job's context, filled with the tenant's own, as the asker's."""
    kept = row.chosen["seen_as"]
    reach, grant = kept["reach"], kept["grant"]
    return replace(
        context,
        party="provider" if row.engagement_id is not None else "client",
        permissions=frozenset({CLEAR}) if kept["clear"] else frozenset(),
        grant=Grant(**grant) if grant is not None else None,
        reach=Reach(
            own=UUID(reach["own"]) if reach["own"] else None,
            units=tuple(UUID(each) for each in reach["units"]), where=tuple(reach["where"]),
        ) if reach is not None else None,
    )  # fmt: skip


# -- what comes of it -----------------------------------------------------------------------------------------------


def approved(session: Session, context: Context, approval: Approval) -> Mapping[str, Any]:
    """The second person has approved: the file is written."""
    from core.exports.jobs import make_export  # it calls back into this module

    row = locked(session, UUID(approval.payload["export"]))
    row.state = "running"
    session.flush()
    enqueue(
        session, task=make_export, to="bulk", lock=f"export:{row.id}", tenant_id=row.tenant_id, export_id=row.id,
        participant_id=row.requested_by, engagement_id=row.engagement_id,
    )  # fmt: skip
    note(session, context, row, "export.approved")
    return {"export": str(row.id)}


def refused(session: Session, *, context: Context, approval_id: UUID, state: str) -> None:
    """The second person refused, or nobody decided in time."""
    row = session.scalar(select(ExportRequest).where(ExportRequest.approval_id == approval_id).with_for_update())
    if row is not None and row.state == "requested":
        row.state = "expired" if state == "expired" else "refused"
        session.flush()
        note(session, context, row, f"export.{row.state}")


def take(session: Session, *, context: Context, export_id: UUID) -> tuple[Path, ExportRequest]:
    """The file, for who asked and as they see today. Raises NotFound, Denied, Conflict once it has gone or they see less."""
    row = find(session, context=context, export_id=export_id)
    if row.requested_by != context.participant_id:
        raise Denied(N_("Only the person who asked for this export takes it."))
    if context.party == "provider" and (context.withheld or not grant_allows(session, context=context)):
        raise Denied(N_("The data grant that allowed this export is over, so its file is not handed out any more."))
    if row.state != "done" or row.file_id is None or row.expires_at is None or row.expires_at <= datetime.now(UTC):
        raise Conflict(N_("This export is not there any more. Ask for another."))
    if row.chosen["seen_as"] != seen_as(context):
        raise Conflict(N_("What you may see has changed since you asked. Ask for the export again."))
    row.taken, row.taken_at = row.taken + 1, datetime.now(UTC)
    session.flush()
    note(session, context, row, "export.taken")
    return files.path_of(row.tenant_id, row.file_id), row


def find(session: Session, *, context: Context, export_id: UUID) -> ExportRequest:
    """One's own, or one that the reader may decide on. Raises NotFound."""
    row = session.scalar(select(ExportRequest).where(ExportRequest.id == export_id))
    if row is None or not (row.requested_by == context.participant_id or context.may(policy.APPROVE)):
        raise NotFound
    return row


def requests(session: Session, *, context: Context, everybodys: bool = False) -> Sequence[ExportRequest]:
    """The reader's own, or all where they decide on them; the newest first."""
    wanted = select(ExportRequest).order_by(ExportRequest.created_at.desc(), ExportRequest.id.desc()).limit(100)
    if not (everybodys and context.may(policy.APPROVE)):
        wanted = wanted.where(ExportRequest.requested_by == context.participant_id)
    return session.scalars(wanted).all()


def forget(session: Session, *, context: Context, export_id: UUID) -> None:
    """Its days are over: the file goes, the request stays."""
    row = locked(session, export_id)
    if row.file_id is None:
        return
    files.path_of(row.tenant_id, row.file_id).unlink(missing_ok=True)
    row.file_id, row.state = None, "expired"
    session.flush()
    note(session, context, row, "export.expired")


def forget_of(session: Session, context: Context, engagement_id: UUID) -> int:
    """Remove every file that an engagement's people took and that is still kept, and stop what is being written. How many."""
    rows = session.scalars(
        select(ExportRequest)
        .where(
            ExportRequest.engagement_id == engagement_id,
            or_(ExportRequest.file_id.is_not(None), ExportRequest.state == "running"),
        )
        .order_by(ExportRequest.id)
        .with_for_update()
        .execution_options(**_FRESH)
    ).all()
    for row in rows:
        if row.file_id is not None:
            files.path_of(row.tenant_id, row.file_id).unlink(missing_ok=True)
        row.file_id, row.state = None, "expired"
        session.flush()
        note(session, context, row, "export.expired")
    return len(rows)


def locked(session: Session, export_id: UUID) -> ExportRequest:
    row = session.scalar(
        select(ExportRequest).where(ExportRequest.id == export_id).with_for_update().execution_options(**_FRESH)
    )
    if row is None:
        raise NotFound
    return row


_FRESH: dict[str, Any] = {"populate_existing": True}


def note(session: Session, context: Context, row: ExportRequest, action: str) -> None:
    details = {"number": row.number, "what": row.what, "rows": row.rows_written or row.rows_asked, "format": row.format,
               "purpose": row.purpose}  # fmt: skip
    audit.append(
        session, context=context, action=action, subject=("export", row.id), fields=list(row.fields), details=details
    )
