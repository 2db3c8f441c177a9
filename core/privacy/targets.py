"""What a reveal is about: one value of one customer, record or case, found as its reader would, with the policy that masks it.

`field` names it: a field (`phone`, `<vertical>.<field>`), a contact point (`point:<id>`), a number of the customer (`number:<id>`),
a note on its timeline (`note:<id>`); on a record an identifier that is no field (`number:<scheme>`); on a case its `title`, a
comment (`comment:<id>`) or what was noted with a step (`step:<id>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import keys
from core.cases.definitions import case_fields
from core.cases.queries import case_row, comments_of, steps_of
from core.contacts.models import ContactPoint
from core.contacts.parts import MASKS
from core.context import Context
from core.customers.fields import field_set
from core.customers.models import Customer, CustomerIdentifier
from core.customers.profile import scheme_name
from core.customers.queries import customer_row
from core.customers.shown import spoken
from core.engagements.queries import leased
from core.errors import NotFound
from core.fields import FieldSet
from core.fields.display import display
from core.fields.masks import FREE_TEXT, Policy, policy_for, policy_of, written
from core.plugin.catalog import CatalogView
from core.plugin.types import Label
from core.records.queries import record_row
from core.records.shown import RecordReader
from core.timeline.models import TimelineEntry
from core.web.i18n import label, language
from core.web.words import word

NOTE: Label = {"zh-CN": "备注", "en": "Note"}
TITLE: Label = {"zh-CN": "工单标题", "en": "Title of the case"}
COMMENT: Label = {"zh-CN": "工单评论", "en": "Comment on the case"}
STEP: Label = {"zh-CN": "步骤备注", "en": "Note of a step"}
TEXTS: Mapping[str, Label] = {"note": NOTE, "title": TITLE, "comment": COMMENT, "step": STEP}
"""What people write, by the word that a field's name begins with."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`text` is the clear value as people read it; it leaves through a reveal only. `told` names the field on a timeline."""

    customer_id: UUID
    record_id: UUID | None
    field: str
    label: str
    told: Any
    text: str
    policy: Policy
    sensitive: bool = False
    case_id: UUID | None = None

    def __repr__(self) -> str:
        return f"Target({self.field})"


def target_of(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    customer_id: UUID | None,
    record_id: UUID | None,
    field: str,
    case_id: UUID | None = None,
) -> Target:
    """Raises NotFound where there is no such value for this reader: absent, not leased, empty, no such field."""
    if case_id is not None:
        found = of_case(session, context=context, view=view, case_id=case_id, field=field)
    elif record_id is not None:
        found = _of_record(session, context=context, view=view, record_id=record_id, field=field)
    elif customer_id is not None:
        found = _of_customer(session, context=context, view=view, customer_id=customer_id, field=field)
    else:
        raise NotFound
    if found is None:
        raise NotFound
    return found


def _of_customer(
    session: Session, *, context: Context, view: CatalogView, customer_id: UUID, field: str
) -> Target | None:
    kind, _sep, key = field.partition(":")
    if kind == "point":
        return _point(session, context=context, customer_id=customer_id, point_id=_id(key))
    if kind == "number":
        return _number(session, context=context, customer_id=customer_id, row_id=_id(key))
    if kind == "note":
        return _note(session, context=context, customer_id=customer_id, entry_id=_id(key))
    row = customer_row(session, context=context, customer_id=customer_id)
    fields = field_set(view, region=context.country)
    if row is None or field not in fields.fields:
        return None
    raw = getattr(row, field) if field in fields.columns else fields.shown(row.attributes).get(field)
    return _declared(context, fields, field, raw, customer_id=customer_id)


def _declared(
    context: Context, fields: FieldSet, name: str, raw: Any, *, customer_id: UUID, record_id: UUID | None = None
) -> Target | None:
    if raw in (None, "", []):
        return None
    declared = fields.fields[name]
    text = (
        spoken(str(raw), region=context.country)
        if declared.mask == "phone"
        else display(declared, raw, locale=language(), zone=ZoneInfo(context.zone), currency=context.currency)
    )
    return Target(
        customer_id=customer_id, record_id=record_id, field=name, label=label(declared.label), told=dict(declared.label), text=text,
        policy=policy_of(declared, name=name, sight=context.sight), sensitive=declared.sensitivity == "sensitive",
    )  # fmt: skip


def _point(session: Session, *, context: Context, customer_id: UUID, point_id: UUID | None) -> Target | None:
    row = session.execute(
        select(ContactPoint.kind, ContactPoint.value).where(
            ContactPoint.id == point_id, ContactPoint.customer_id == customer_id
        )
    ).one_or_none()
    if row is None:
        return None
    policy = policy_for("personal", MASKS.get(row.kind), name=row.kind, sight=context.sight)
    text = spoken(row.value, region=context.country) if row.kind == "phone" else row.value
    return Target(customer_id=customer_id, record_id=None, field=f"point:{point_id}", text=text, policy=policy,
                  label=str(word("contact_kind", row.kind)), told={"word": ["contact_kind", row.kind]})  # fmt: skip


def _number(session: Session, *, context: Context, customer_id: UUID, row_id: UUID | None) -> Target | None:
    kept = CustomerIdentifier
    row = session.execute(
        select(kept.scheme, kept.value, kept.sealed, Customer.data_key)
        .join(Customer, Customer.id == kept.customer_id)
        .where(kept.id == row_id, kept.customer_id == customer_id)
    ).one_or_none()
    if row is None:
        return None
    text, policy = row.value, policy_for("personal", None, name=row.scheme, sight=context.sight)
    if row.sealed is not None:
        policy = "masked" if policy == "clear" else policy  # documents and cards are masked for everybody
        with suppress(InvalidTag):
            text = (
                keys.decrypt(row.sealed, data_key=row.data_key, tenant_id=context.tenant_id) if row.data_key else None
            )
    if text is None:
        return None
    return Target(
        customer_id=customer_id, record_id=None, field=f"number:{row_id}", text=text, policy=policy,
        label=scheme_name(row.scheme), told={"word": ["number_scheme", row.scheme]}, sensitive=row.sealed is not None,
    )  # fmt: skip


def _note(session: Session, *, context: Context, customer_id: UUID, entry_id: UUID | None) -> Target | None:
    """What somebody noted with a happening on the timeline, as the reader finds it there."""
    kept = TimelineEntry
    wanted = select(kept.note).where(
        kept.id == entry_id, kept.customer_id == customer_id, leased(kept.customer_id, context)
    )
    return free_text(context, session.scalar(wanted), customer_id=customer_id, field=f"note:{entry_id}", word=NOTE)


def free_text(
    context: Context, text: str | None, *, customer_id: UUID, field: str, word: Label, case_id: UUID | None = None
) -> Target | None:
    """What somebody wrote; clear where the reader sees it as it was written."""
    if not text:
        return None
    seen = written(text, sight=context.sight) == text
    policy: Policy = "clear" if seen else policy_for("personal", "text", name=FREE_TEXT, sight=context.sight)
    return Target(customer_id=customer_id, record_id=None, case_id=case_id, field=field, label=label(word), told=dict(word),
                  text=text, policy=policy)  # fmt: skip


def of_case(session: Session, *, context: Context, view: CatalogView, case_id: UUID, field: str) -> Target | None:
    row = case_row(session, context=context, case_id=case_id)
    if row is None:
        return None
    kind, _sep, key = field.partition(":")
    about: dict[str, Any] = {"customer_id": row.customer_id, "case_id": case_id, "field": field}
    if field == "title":
        return free_text(context, row.title, word=TITLE, **about)
    if kind == "comment":
        said = comments_of(session, context=context, case_id=case_id)
        return free_text(
            context, next((each.body for each in said if str(each.id) == key), None), word=COMMENT, **about
        )
    if kind == "step":
        steps = steps_of(session, case_id=case_id)
        return free_text(context, next((each.note for each in steps if str(each.id) == key), None), word=STEP, **about)
    fields = case_fields(view, vertical=str(row.workflow).partition(".")[0])
    if field not in fields.fields:
        return None
    raw = fields.shown(row.attributes).get(field)
    found = _declared(context, fields, field, raw, customer_id=row.customer_id)
    return replace(found, case_id=case_id) if found is not None else None


def _of_record(session: Session, *, context: Context, view: CatalogView, record_id: UUID, field: str) -> Target | None:
    row = record_row(session, context=context, record_id=record_id)
    if row is None or row.type not in view.record_types or row.customer_id is None:
        return None
    reader = RecordReader(context, view, row.type)
    kind, _sep, scheme = field.partition(":")
    if kind == "number":
        value = (row.identifiers or {}).get(scheme)
        name = f"{reader.owner}.{scheme}"
        if value is None or name in reader.fields.fields:
            return None
        policy = policy_for("personal", None, name=name, sight=context.sight)
        return Target(customer_id=row.customer_id, record_id=record_id, field=field, text=str(value), policy=policy,
                      label=label(reader.scheme(scheme)), told=scheme.upper())  # fmt: skip
    if field not in reader.fields.fields:
        return None
    raw = reader.fields.shown(row.attributes).get(field)
    return _declared(context, reader.fields, field, raw, customer_id=row.customer_id, record_id=record_id)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
