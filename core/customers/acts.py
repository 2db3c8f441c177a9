# ruff: noqa: ARG001, ARG002 - acts have one signature, and not each needs all of it
"""Acts on many customers: give them to a person or a unit, set a field, archive, bring back (`core.lists.acts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, any_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.datastructures import MultiDict

from core.audit import service as audit
from core.context import Context
from core.customers import arranged, placing, policy, queries
from core.customers.events import CustomersChanged
from core.customers.fields import field_set
from core.customers.models import Customer
from core.errors import N_, Invalid
from core.fields import FieldSet, merge_attributes, stored
from core.fields.controls import controls
from core.fields.display import display
from core.fields.masks import masker
from core.fields.storage import typed
from core.identity import directory, units
from core.jobs.models import BulkRun
from core.lists.acts import Act, Target, Verdict, refused
from core.plugin.catalog import CatalogView
from core.plugin.types import Field
from core.timeline import service as timeline
from core.undo import service as undo
from core.web.forms import Control, control
from core.web.i18n import label, language

INACTIVE = N_("The customer is not active.")
HELD = N_("The customer is under a legal hold.")
BEYOND = N_("You would not reach this customer any more. Choose an owner or unit that you reach.")
NOT_SHOWN = N_("The field does not apply to this customer.")
CHANGED = N_("Changed: %(fields)s")
ONE_BY_ONE = frozenset({"name", "kind", "salutation", "born_on", "phone", "email", "address"})
"""Core fields that are each customer's own: nobody sets them for many at once."""

Asked = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _OnCustomers:
    """What acts on customers share. `columns` are those that the act writes: images keep no others."""

    key: str
    label: Any
    columns: tuple[InstrumentedAttribute[Any], ...] = ()
    permission: str = policy.WRITE

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        base = (Customer.id, Customer.version, Customer.state, Customer.legal_hold, Customer.owner_id, Customer.unit_id)
        wanted = (
            *base,
            *(each for each in self.columns if each not in (Customer.owner_id, Customer.unit_id, Customer.state)),
        )
        rows = session.execute(select(*wanted).where(_among(ids)))
        return {row.id: self._judge(row, context, asked) for row in rows}

    def _judge(self, row: Row[Any], context: Context, asked: Asked) -> Verdict:
        if row.state != "active":
            return refused(row.version, INACTIVE)
        return Verdict(version=row.version, outcome="same" if self._same(row, asked) else "possible")

    def _same(self, row: Row[Any], asked: Asked) -> bool:
        raise NotImplementedError

    def done(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, run: BulkRun, ids: Sequence[UUID]
    ) -> None:
        undo.remember(session, run_id=run.id, table="customer", rows=ids, columns=[each.key for each in self.columns])
        for customer in session.scalars(select(Customer).where(_among(ids))):
            self._put(customer, asked)
        session.flush()
        self._tell(session, context, ids, self._names(asked))

    def _put(self, customer: Customer, asked: Asked) -> None:
        raise NotImplementedError

    def _names(self, asked: Asked) -> list[str]:
        return [each.key for each in self.columns]

    def _tell(self, session: Session, context: Context, ids: Sequence[UUID], names: list[str]) -> None:
        for each in ids:
            audit.append(session, context=context, action="customer.updated", subject=("customer", each), fields=names)
            timeline.tell(
                session, context=context, customer_id=each, kind="customer.updated", message=CHANGED,
                values={"fields": {"fields": names}}, icon="file",
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GiveTo(_OnCustomers):
    """To a colleague, or to nobody."""

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        people = directory.colleagues(session, context=context, permission=policy.READ)
        return [control("owner_id", _l("Looked after by"), kind="select", value=sent.get("owner_id", ""),
                        placeholder=_("Nobody"), options=[(str(each.id), each.shown_name) for each in people])]  # fmt: skip

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        owner_id = _id(sent.get("owner_id"), "owner_id")
        placing.known(session, context, owner_id, None)
        return {"owner_id": str(owner_id) if owner_id else None}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        people = directory.colleagues(session, context=context, permission=policy.READ)
        name = next((each.shown_name for each in people if str(each.id) == asked["owner_id"]), None)
        return str(_("Give to %(name)s", name=name) if name else _("Take from everybody"))

    def _judge(self, row: Row[Any], context: Context, asked: Asked) -> Verdict:
        found = super()._judge(row, context, asked)
        within, owner = context.reach, _id(asked["owner_id"], "owner_id")
        lost = within is not None and not within.where and owner != within.own and row.unit_id not in within.units
        return refused(row.version, BEYOND) if found.outcome == "possible" and lost else found

    def _same(self, row: Row[Any], asked: Asked) -> bool:
        return str(row.owner_id or "") == (asked["owner_id"] or "")

    def _put(self, customer: Customer, asked: Asked) -> None:
        customer.owner_id = _id(asked["owner_id"], "owner_id")


@dataclass(frozen=True, kw_only=True)
class PutInto(_OnCustomers):
    """A unit, or none."""

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        tree = units.unit_tree(session, context=context)
        return [control("unit_id", _l("Unit"), kind="select", value=sent.get("unit_id", ""), placeholder=_("None"),
                        options=[(str(each.id), each.full) for each in tree])]  # fmt: skip

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        unit_id = _id(sent.get("unit_id"), "unit_id")
        placing.known(session, context, None, unit_id)
        return {"unit_id": str(unit_id) if unit_id else None}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        tree = units.unit_tree(session, context=context)
        name = next((each.full for each in tree if str(each.id) == asked["unit_id"]), None)
        return str(_("Unit: %(name)s", name=name) if name else _("Take out of their units"))

    def _judge(self, row: Row[Any], context: Context, asked: Asked) -> Verdict:
        found = super()._judge(row, context, asked)
        within, unit = context.reach, _id(asked["unit_id"], "unit_id")
        lost = within is not None and not within.where and unit not in within.units and row.owner_id != within.own
        return refused(row.version, BEYOND) if found.outcome == "possible" and lost else found

    def _same(self, row: Row[Any], asked: Asked) -> bool:
        return str(row.unit_id or "") == (asked["unit_id"] or "")

    def _put(self, customer: Customer, asked: Asked) -> None:
        customer.unit_id = _id(asked["unit_id"], "unit_id")


@dataclass(frozen=True, kw_only=True)
class SetField(_OnCustomers):
    """One field, of the core or of a vertical, that the person sees in clear; left empty it is taken away."""

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        known = settable(view, context=context)
        name = sent.get("field", "")
        made = [control("field", _l("Field"), kind="select", required=True, value=name, placeholder=_("Choose a field"),
                        options=[(key, label(each.label)) for key, each in known.items()],
                        attrs={"data_looks": True})]  # fmt: skip
        if name in known:
            one = FieldSet(fields={"value": replace(known[name], required=False, show_when=None)})
            zone = ZoneInfo(context.zone)
            made += controls(one, {"value": sent.get("value")}, zone=zone, currency=context.currency)
        return made

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        name, known = str(sent.get("field") or ""), settable(view, context=context)
        if name not in known:
            raise Invalid(N_("Choose a field."), field="field")
        one = FieldSet(fields={"value": known[name]})
        values, errors = one.parse({"value": sent.get("value")}, zone=ZoneInfo(context.zone), currency=context.currency)
        if errors:
            raise Invalid(errors=errors)
        return {"field": name, "value": stored(values.get("value"))}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        field = settable(view, context=context).get(asked["field"])
        if field is None:
            return str(asked["field"])
        value = typed(field, asked["value"])
        zone, currency = ZoneInfo(context.zone), context.currency
        shown = display(field, value, locale=language(), zone=zone, currency=currency)
        return str(_("%(field)s: %(value)s", field=label(field.label), value=shown))

    def judged(
        self, session: Session, *, context: Context, view: CatalogView, asked: Asked, ids: Sequence[UUID]
    ) -> Mapping[UUID, Verdict]:
        """Nobody sets what they would not see: where the field is not shown, the customer is left and counted."""
        found = super().judged(session, context=context, view=view, asked=asked, ids=ids)
        fields = field_set(view, region=context.country)
        shows = fields.tests.get(asked["field"])
        if shows is None:
            return found
        rows = session.execute(select(Customer.id, Customer.attributes).where(_among(ids)))
        unseen = {row.id for row in rows if not shows(fields.flat(row.attributes))}
        return {
            key: refused(each.version, NOT_SHOWN) if key in unseen and each.outcome != "refused" else each
            for key, each in found.items()
        }

    def _same(self, row: Row[Any], asked: Asked) -> bool:
        owner, dot, key = asked["field"].rpartition(".")
        held = row.attributes.get(owner, {}).get(key) if dot else getattr(row, asked["field"])
        return bool(held == asked["value"])

    def _put(self, customer: Customer, asked: Asked) -> None:
        owner, dot, key = asked["field"].rpartition(".")
        if dot:
            customer.attributes = merge_attributes(customer.attributes, {owner: {key: asked["value"]}})
        else:
            setattr(customer, asked["field"], asked["value"])

    def _names(self, asked: Asked) -> list[str]:
        return [asked["field"]]


@dataclass(frozen=True, kw_only=True)
class Archive(_OnCustomers):
    """Out of the lists, or back into them."""

    back: bool = False

    def controls(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, str]
    ) -> Sequence[Control]:
        return []

    def checked(
        self, session: Session, *, context: Context, view: CatalogView, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {}

    def said(self, session: Session, *, context: Context, view: CatalogView, asked: Asked) -> str:
        return str(self.label)

    def _judge(self, row: Row[Any], context: Context, asked: Asked) -> Verdict:
        before, after = ("archived", "active") if self.back else ("active", "archived")
        if row.state == after:
            return Verdict(version=row.version, outcome="same")
        if row.state != before:
            return refused(row.version, INACTIVE)
        return (
            refused(row.version, HELD)
            if row.legal_hold and not self.back
            else Verdict(version=row.version, outcome="possible")
        )

    def _put(self, customer: Customer, asked: Asked) -> None:
        customer.state = "active" if self.back else "archived"


def settable(view: CatalogView, *, context: Context) -> dict[str, Field]:
    """The fields that may be set for many at once."""
    return {
        name: each
        for name, each in field_set(view, region=context.country).fields.items()
        if name not in ONE_BY_ONE
        and masker(each, name=name, sight=context.sight) is None
        and each.sensitivity == "plain"
    }


def _among(ids: Sequence[UUID]) -> Any:
    return Customer.id == any_(bindparam("ids", list(ids), type_=ARRAY(Uuid)))


def _id(text: Any, field: str) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        raise Invalid(N_("This is not one of the choices."), field=field) from None


_CORE = tuple(getattr(Customer, name) for name in ("country", "region", "time_zone", "locale", "currency", "grade"))

ACTS: Sequence[Act] = (
    GiveTo(key="owner", label=_l("Give to a person"), columns=(Customer.owner_id,)),
    PutInto(key="unit", label=_l("Put into a unit"), columns=(Customer.unit_id,)),
    SetField(key="field", label=_l("Set a field"), columns=(*_CORE, Customer.attributes)),
    Archive(key="archive", label=_l("Archive"), columns=(Customer.state,)),
    Archive(key="restore", label=_l("Bring back from the archive"), columns=(Customer.state,), back=True),
)


def _found(
    session: Session, context: Context, view: CatalogView, args: MultiDict[str, str]
) -> Sequence[ColumnElement[bool]]:
    return queries.conditions(context, arranged.listing_of(args).filters)


def target(more: Sequence[Act]) -> Target:
    """`more` are acts that features above add."""
    return Target(
        key="customer", model=Customer, permission=policy.WRITE, found=_found,
        row_endpoint="customers.show", row_argument="customer_id",
        told=lambda context, run_id, act, counts: CustomersChanged(context=context, subject=run_id, act=act, counts=counts),
        acts={each.key: each for each in (*ACTS, *more)},
    )  # fmt: skip
