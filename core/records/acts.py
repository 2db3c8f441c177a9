# ruff: noqa: ARG002 - acts have one signature, and not each needs all of it
"""Acts on many records of a type: set a field, bring them into a state (`core.lists.acts`).

Each record goes the way that one alone goes: its checks, the gate, its trail and story, its clocks. Where one of them refuses, the
record is left and the reason told. What is taken back is looked at again by clocks and watching rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.api.parsing import as_written
from core.context import Context
from core.errors import N_, DomainError, Invalid
from core.fields import FieldSet, stored
from core.fields.controls import controls
from core.fields.display import display
from core.fields.storage import typed
from core.gate.acts import GateRefused
from core.jobs.models import BulkRun
from core.lists.acts import Act, Problem, Target, Verdict, refused
from core.plugin import Field
from core.plugin.catalog import CatalogView
from core.records import policy, queries, service, standing
from core.records.events import RecordsChanged
from core.records.listing import Listing
from core.records.models import Record
from core.records.shown import RecordReader
from core.tenants.queries import filled_context
from core.undo import service as undo
from core.web.forms import Control, control
from core.web.i18n import label, language

NOT_SHOWN = N_("The field does not apply to this record.")
NO_STEP = N_("This state does not follow the one it is in.")
CHANGED = ("state", "attributes", "history")
Asked = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _OnRecords:
    """What acts on records of a type share."""

    key: str
    label: Any
    type: str
    permission: str = policy.WRITE

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        if self.type not in view.record_types:  # its vertical was switched off meanwhile
            return {}
        reader = RecordReader(context, view, self.type)
        rows = session.execute(
            select(Record.id, Record.version, Record.state, Record.attributes).where(
                Record.type == self.type, _among(ids)
            )
        )
        return {row.id: self._judge(row, reader, asked) for row in rows}

    def done(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, run: BulkRun, ids: Sequence[UUID]
    ) -> Mapping[UUID, Problem]:
        versions = {
            row.id: row.version for row in session.execute(select(Record.id, Record.version).where(_among(ids)))
        }
        left: dict[UUID, Problem] = {}
        for each in ids:
            try:
                with session.begin_nested():  # a record that is left keeps no image: an undo has nothing to put back
                    undo.remember(session, run_id=run.id, table="record", rows=[each], columns=CHANGED)
                    service.update_record(
                        session, context=context, view=view, record_id=each, version=versions[each],
                        **self._change(context, view, asked),
                    )  # fmt: skip
            except DomainError as error:
                if error.evidence is not None:  # the gate's decision was undone with the change
                    error.evidence(session)
                left[each] = _told(error)
        return left

    def _judge(self, row: Any, reader: RecordReader, asked: Asked) -> Verdict:
        raise NotImplementedError

    def _change(self, context: Context, view: CatalogView, asked: Asked) -> dict[str, Any]:
        """As `service.update_record` takes it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class SetField(_OnRecords):
    """One field that everybody sees in clear and that is no number the record is known by; left empty it is taken away."""

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        known, name = settable(view, context=context, type=self.type), sent.get("field", "")
        made = [control("field", _l("Field"), kind="select", required=True, value=name, placeholder=_("Choose a field"),
                        options=[(key, label(each.label)) for key, each in known.items()])]  # fmt: skip
        if name in known:
            one = FieldSet(fields={"value": replace(known[name], required=False, show_when=None)})
            made += controls(one, {"value": sent.get("value")}, zone=ZoneInfo(context.zone), currency=context.currency)
        return made

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        name, known = str(sent.get("field") or ""), settable(view, context=context, type=self.type)
        if name not in known:
            raise Invalid(N_("Choose a field."), field="field")
        one = FieldSet(fields={"value": replace(known[name], show_when=None)})
        values, errors = one.parse({"value": sent.get("value")}, zone=ZoneInfo(context.zone), currency=context.currency)
        if errors:
            raise Invalid(errors=errors)
        return {"field": name, "value": stored(values.get("value"))}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        field = settable(view, context=context, type=self.type).get(asked["field"])
        if field is None:
            return str(asked["field"])
        value, zone = typed(field, asked["value"]), ZoneInfo(context.zone)
        shown = display(field, value, locale=language(), zone=zone, currency=context.currency)
        return str(_("%(field)s: %(value)s", field=label(field.label), value=shown))

    def _judge(self, row: Any, reader: RecordReader, asked: Asked) -> Verdict:
        flat, shows = reader.fields.flat(row.attributes), reader.fields.tests.get(asked["field"])
        if shows is not None and not shows(flat):
            return refused(row.version, NOT_SHOWN)
        same = flat.get(asked["field"]) == asked["value"]
        return Verdict(version=row.version, outcome="same" if same else "possible")

    def _change(self, context: Context, view: CatalogView, asked: Asked) -> dict[str, Any]:
        owner, _dot, key = asked["field"].partition(".")
        declared = view.fields(on=f"record:{self.type}")
        return {"values": as_written({owner: {key: asked["value"]}}, declared=declared, currency=context.currency)}


@dataclass(frozen=True, kw_only=True)
class MoveTo(_OnRecords):
    """A state of the type, where it follows."""

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        states = [(each.key, each.label) for each in view.record_types[self.type].states]
        return [control("state", _l("State"), kind="select", required=True, value=sent.get("state", ""),
                        placeholder=_("Choose a state"), options=states)]  # fmt: skip

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        state = str(sent.get("state") or "")
        if state not in {each.key for each in view.record_types[self.type].states}:
            raise Invalid(N_("Choose a state."), field="state")
        return {"state": state}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        shown, _tone = RecordReader(context, view, self.type).state(asked["state"])
        return str(_("%(field)s: %(value)s", field=_("State"), value=shown))

    def _judge(self, row: Any, reader: RecordReader, asked: Asked) -> Verdict:
        if row.state == asked["state"]:
            return Verdict(version=row.version, outcome="same")
        if asked["state"] not in service.may_follow(reader.kind, row.state):
            return refused(row.version, NO_STEP)
        return Verdict(version=row.version, outcome="possible")

    def _change(self, context: Context, view: CatalogView, asked: Asked) -> dict[str, Any]:
        return {"state": asked["state"]}


def settable(view: CatalogView, *, context: Context, type: str) -> dict[str, Field]:  # noqa: A002
    """The fields that may be set for many at once."""
    reader = RecordReader(context, view, type)
    known = {f"{reader.owner}.{scheme}" for scheme in reader.kind.identifiers}
    return {
        name: each
        for name, each in reader.fields.fields.items()
        if name not in known and each.sensitivity == "plain" and each.mask is None and reader.clear(name)
    }


def target(type: str) -> Target:  # noqa: A002
    """Records of one type."""
    acts: Sequence[Act] = (
        SetField(key="field", label=_l("Set a field"), type=type),
        MoveTo(key="state", label=_l("Bring into a state"), type=type),
    )
    return Target(
        key="record", model=Record, permission=policy.WRITE, row_endpoint="records.show", row_argument="record_id",
        told=lambda context, run_id, act, counts: RecordsChanged(
            context=context, subject=run_id, type=type, act=act, counts=counts
        ),
        found=_Found(type), among=[Record.type == type], acts={each.key: each for each in acts},
    )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """What the list of a type finds for the arguments of its address."""

    type: str

    def __call__(
        self, session: Session, context: Context, view: CatalogView, args: MultiDict[str, str]
    ) -> Sequence[ColumnElement[bool]]:
        return queries.conditions(context, self.type, Listing(session, context, view, self.type, args).filters)


class LookAgain:
    """What an undo put back is as it was: its clocks and the rules that watch it are told."""

    def __init__(self, view_of: Callable[[Session, Context], CatalogView]) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, context: Context, ids: Sequence[UUID]) -> None:
        full = filled_context(session, context=context)
        view, now = self._view_of(session, full), datetime.now(UTC)
        for record in session.scalars(
            select(Record).where(_among(ids)).execution_options(populate_existing=True)
        ).all():
            standing.follow(session, context=full, view=view, record=record, at=now)


def _told(error: DomainError) -> Problem:
    """An error as a row keeps it: of several wrong fields the first."""
    first = error.errors[0] if error.errors else None
    message, params = (first.message, first.params) if first is not None else (error.message, error.params)
    kept: dict[str, Any] = {name: value if isinstance(value, int) else str(value) for name, value in params.items()}
    if isinstance(error, GateRefused):
        kept["reason"] = dict(error.reasons[0]["text"])
    return {"message": message, "params": kept}


def _among(ids: Sequence[UUID]) -> Any:
    return Record.id == any_(bindparam("ids", list(ids), type_=ARRAY(Uuid)))
