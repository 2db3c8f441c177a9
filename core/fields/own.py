"""Fields that a tenant declares itself: made, changed, retired, taken up again, indexed.

1. A field is `own.<key>` of one target; key, target and kind stay what they were, since rows hold values by them.
2. Everything a declaration of a vertical is checked for at boot is checked here when it is saved, each fault at its place.
3. A retired field keeps its values, unseen, until it is restored. Each act is audited and refreshes the tenant's view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args
from uuid import UUID

from babel.numbers import is_currency
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.audit import service as audit
from core.conditions import ConditionError, fields_of, parse
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound, Stale
from core.fields import slots
from core.fields.changes import changed
from core.fields.fieldset import FieldSet
from core.fields.models import FieldSlot, TenantField
from core.fields.targets import known_targets
from core.plugin import Choice, Field
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.plugin.types import LOCALES, FieldKind, Label, MaskKind, Sensitivity

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_FIELDS = 100
"""Of a target, retired ones included."""
MOST_CHOICES = 200
LONGEST_LABEL = 80
LONGEST_HELP = 300
MASKABLE: frozenset[str] = frozenset({"text", "long_text"})
KINDS: tuple[str, ...] = get_args(FieldKind)
SENSITIVITIES: tuple[str, ...] = get_args(Sensitivity)
MASKS: tuple[str, ...] = get_args(MaskKind)
CHOSEN = ("choice", "choices")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants an own field to be. Labels by locale; blank texts of a locale are left out."""

    label: Label
    kind: str
    help: Label = field(default_factory=dict)
    required: bool = False
    choices: Sequence[Choice] = ()
    sensitivity: str = "plain"
    mask: str | None = None
    currency: str | None = None
    show_when: Mapping[str, Any] | None = None


def create_field(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    target: str,
    key: str,
    wanted: Wanted,
    indexed: bool = False,
) -> TenantField:
    """A new field of the tenant's own. Raises Invalid with every fault, Conflict for a taken key and a full target."""
    if target not in known_targets(view):
        raise NotFound
    errors = list(_faults(wanted, view=view, target=target, key=key))
    if not KEY.fullmatch(key):
        message = N_(
            "A key has small letters, digits and underscores, begins with a letter and has at most 40 of them."
        )
        errors.insert(0, FieldError(field="key", code="key", message=message))
    if indexed and wanted.kind not in slots.SLOTS_OF:
        errors.append(FieldError(field="indexed", code="kind", message=N_("A field of this kind cannot be indexed.")))
    if errors:
        raise Invalid(errors=errors)
    taken = dict(_states(session, target))
    if key in taken:
        raise Conflict(RETIRED if taken[key] == "retired" else TAKEN, field="key")
    if len(taken) >= MOST_FIELDS:
        raise Conflict(N_("There are already %(count)s own fields here, retired ones included."), count=len(taken))
    row = TenantField(target=target, key=key, kind=wanted.kind, indexed=indexed, position=len(taken))
    _write(row, wanted)
    session.add(row)
    session.flush()
    if indexed:
        slots.index_one(session, context=context, target=target, name=f"{OWN}.{key}", field=declared(row))
    _note(session, context, row, "field.created", [f"{OWN}.{key}"])
    return row


TAKEN = N_("There is already a field with this key.")
RETIRED = N_("A retired field has this key. Restore it, or choose another key.")


def change_field(
    session: Session, *, context: Context, view: CatalogView, field_id: UUID, version: int, wanted: Wanted
) -> TenantField:
    """Raises NotFound, Stale, and Invalid with every fault: another kind, a choice taken away that rows still hold."""
    row = _found(session, field_id)
    if row.version != version:
        raise Stale
    errors = list(_faults(wanted, view=view, target=row.target, key=row.key))
    if wanted.kind != row.kind:
        message = N_("The kind of a field stays as it was: rows hold values of it. Make another field.")
        errors.insert(0, FieldError(field="kind", code="kind", message=message))
    errors += _lost_choices(session, row, wanted)
    if errors:
        raise Invalid(errors=errors)
    before = {name: getattr(row, name) for name in WRITTEN}
    _write(row, wanted)
    names = [name for name in WRITTEN if getattr(row, name) != before[name]]
    if not names:
        return row
    try:
        session.flush()
    except StaleDataError:
        raise Stale from None
    _note(session, context, row, "field.changed", names)
    return row


def retire_field(session: Session, *, context: Context, view: CatalogView, field_id: UUID) -> None:
    """Nobody sees or asks for it any more; its values stay. Raises Conflict where another field's condition names it."""
    row = _found(session, field_id)
    if row.state == "retired":
        return
    name = f"{OWN}.{row.key}"
    for other, each in view.all_fields(on=row.target).items():
        if other != name and each.show_when is not None and name in fields_of(each.show_when):
            raise Conflict(
                N_("The field “%(other)s” is shown by a condition on this one. Change that first."), other=other
            )
    row.state = "retired"
    if _slot(session, row) is not None:
        slots.release(session, context=context, target=row.target, names=[name])
    _note(session, context, row, "field.retired", [name])


def restore_field(session: Session, *, context: Context, field_id: UUID) -> None:
    """Seen again with the values it had. Raises Conflict where it was indexed and no slot is left."""
    row = _found(session, field_id)
    if row.state == "active":
        return
    row.state = "active"
    if row.indexed:
        index(session, context=context, target=row.target, name=f"{OWN}.{row.key}", field=declared(row))
    _note(session, context, row, "field.restored", [f"{OWN}.{row.key}"])


def set_indexed(
    session: Session, *, context: Context, view: CatalogView, target: str, name: str, indexed: bool
) -> None:
    """Give a field, a vertical's or an own one, a column of its own, or take it away. Raises Invalid and Conflict."""
    field = view.all_fields(on=target).get(name)
    if target not in known_targets(view) or field is None:
        raise NotFound
    owner, _, key = name.partition(".")
    if indexed:
        index(session, context=context, target=target, name=name, field=field)
    else:
        slots.release(session, context=context, target=target, names=[name])
    if owner == OWN:
        row = session.scalars(select(TenantField).where(TenantField.target == target, TenantField.key == key)).one()
        row.indexed = indexed
        changed(session, context=context)


def index(session: Session, *, context: Context, target: str, name: str, field: Field) -> None:
    releasing = session.scalar(
        select(FieldSlot.id).where(FieldSlot.target == target, FieldSlot.field == name, FieldSlot.state == "releasing")
    )
    if releasing is not None:
        raise Conflict(N_("The index of this field is just being taken off. Try again when that is done."))
    slots.index_one(session, context=context, target=target, name=name, field=field)


def declared(row: TenantField) -> Field:
    """The declaration of a tenant's own field, as verticals declare theirs."""
    return Field(
        key=row.key,
        label=dict(row.label),
        kind=row.kind,  # type: ignore[arg-type] # checked when it was saved
        on=row.target,
        required=row.required,
        choices=tuple(Choice(**each) for each in row.choices),
        sensitivity=row.sensitivity,  # type: ignore[arg-type]
        mask=row.mask,  # type: ignore[arg-type]
        indexed=row.indexed,
        help=dict(row.help) or None,
        currency=row.currency,
        show_when=row.show_when,
    )


WRITTEN = ("label", "help", "required", "choices", "sensitivity", "mask", "currency", "show_when")


def _write(row: TenantField, wanted: Wanted) -> None:
    row.label, row.help = _texts(wanted.label), _texts(wanted.help)
    row.required, row.sensitivity = wanted.required, wanted.sensitivity
    row.choices = [{"key": each.key, "label": _texts(each.label), "tone": each.tone} for each in wanted.choices]
    row.mask, row.currency = wanted.mask or None, wanted.currency or None
    row.show_when = dict(wanted.show_when) if wanted.show_when is not None else None


def _texts(label: Label) -> dict[str, str]:
    return {locale: text.strip() for locale, text in label.items() if text.strip()}


def _faults(wanted: Wanted, *, view: CatalogView, target: str, key: str) -> Iterator[FieldError]:
    yield from _label_faults(wanted.label, at="label", limit=LONGEST_LABEL, needed=True)
    yield from _label_faults(wanted.help, at="help", limit=LONGEST_HELP, needed=False)
    if wanted.kind not in KINDS:
        yield FieldError(field="kind", code="kind", message=N_("There is no such kind of field."))
        return
    yield from _choice_faults(wanted)
    if wanted.sensitivity not in SENSITIVITIES:
        yield FieldError(field="sensitivity", code="sensitivity", message=N_("This is not one of the choices."))
    if wanted.mask and (wanted.mask not in MASKS or wanted.kind not in MASKABLE or wanted.sensitivity == "plain"):
        message = N_("A mask fits personal and sensitive texts only; everything else of them is hidden whole.")
        yield FieldError(field="mask", code="mask", message=message)
    if wanted.currency and (wanted.kind != "money" or not is_currency(wanted.currency)):
        message = N_("A currency is three letters such as CNY (ISO 4217), and belongs to amounts of money only.")
        yield FieldError(field="currency", code="currency", message=message)
    if wanted.show_when is not None:
        yield from show_when_faults(wanted.show_when, view=view, target=target, name=f"{OWN}.{key}")


def _label_faults(label: Label, *, at: str, limit: int, needed: bool) -> Iterator[FieldError]:
    given = _texts(label)
    if needed and not given:
        yield FieldError(field=f"{at}.{LOCALES[0]}", code="required", message=N_("This must be filled in."))
    for locale, text in given.items():
        if locale not in LOCALES:
            yield FieldError(field=f"{at}.{locale}", code="locale", message=N_("There is no such field."))
        elif len(text) > limit:
            message = N_("At most %(limit)s characters.")
            yield FieldError(field=f"{at}.{locale}", code="too_long", message=message, params={"limit": limit})


def _choice_faults(wanted: Wanted) -> Iterator[FieldError]:
    keys = [each.key for each in wanted.choices]
    if wanted.kind not in CHOSEN:
        if keys:
            yield FieldError(field="choices", code="kind", message=N_("Only a choice has choices."))
    elif not keys:
        yield FieldError(field="choices", code="required", message=N_("A choice needs at least one line."))
    elif len(keys) > MOST_CHOICES:
        message = N_("At most %(limit)s choices.")
        yield FieldError(field="choices", code="too_many", message=message, params={"limit": MOST_CHOICES})
    for key in dict.fromkeys(keys):
        if not KEY.fullmatch(key):
            message = N_("“%(key)s” is no key: small letters, digits and underscores, a letter first.")
            yield FieldError(field="choices", code="key", message=message, params={"key": key})
        elif keys.count(key) > 1:
            message = N_("“%(key)s” is there twice.")
            yield FieldError(field="choices", code="twice", message=message, params={"key": key})
    for each in wanted.choices:
        if not _texts(each.label):
            message = N_("“%(key)s” needs a label.")
            yield FieldError(field="choices", code="required", message=message, params={"key": each.key})


def show_when_faults(tree: Any, *, view: CatalogView, target: str, name: str) -> Iterator[FieldError]:
    """What is wrong with a condition of showing; each fault at `show_when` and its place in the tree."""
    types = FieldSet.of(view, target=target).types()
    types.pop(name, None)
    try:
        parse(tree, types=types)
    except ConditionError as error:
        for each in error.errors:
            yield FieldError(field=f"show_when{(each.field or '$')[1:]}", code=each.code, message=each.message,
                             params=each.params)  # fmt: skip


def _lost_choices(session: Session, row: TenantField, wanted: Wanted) -> Iterator[FieldError]:
    kept = {each.key for each in wanted.choices}
    for each in row.choices:
        if each["key"] not in kept and row.kind in CHOSEN and _held(session, row, each["key"]):
            message = N_("“%(key)s” is still held by rows, so it cannot go. Give it another label instead.")
            yield FieldError(field="choices", code="in_use", message=message, params={"key": each["key"]})


def _held(session: Session, row: TenantField, key: str) -> bool:
    """Whether a row of the target holds the choice."""
    held = slots.model_of(row.target).attributes[(OWN, row.key)]
    found = or_(held == func.to_jsonb(key), held.has_key(key))
    return bool(session.scalar(select(exists(slots.rows_of(row.target).where(found)))))


def _states(session: Session, target: str) -> Sequence[tuple[str, str]]:
    rows = session.execute(select(TenantField.key, TenantField.state).where(TenantField.target == target))
    return [(row.key, row.state) for row in rows]


def _slot(session: Session, row: TenantField) -> UUID | None:
    wanted = select(FieldSlot.id).where(FieldSlot.target == row.target, FieldSlot.field == f"{OWN}.{row.key}")
    return session.scalar(wanted)


def _found(session: Session, field_id: UUID) -> TenantField:
    row = session.scalar(select(TenantField).where(TenantField.id == field_id).with_for_update())
    if row is None:
        raise NotFound
    return row


def _note(session: Session, context: Context, row: TenantField, action: str, names: Sequence[str]) -> None:
    audit.append(
        session, context=context, action=action, subject=("tenant_field", row.id), fields=names,
        details={"target": row.target, "key": row.key},
    )  # fmt: skip
    changed(session, context=context)
