"""The marshmallow schema of a target's `attributes`, made from the declared fields and kept for each set of verticals.

JSON in, stored JSON out: `{"<vertical>": {"<key>": value}}`. Loading is strict (a number is no text, "yes" no boolean)
and refuses a vertical or a key that is not there by its name; dumping passes through, since the document is the answer.
On PATCH (`partial=True`) null stands for removal and stays in the result for `merge_attributes`.
"""

# ruff: noqa: ARG002 - the signatures are marshmallow's
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from flask_babel import gettext
from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from core.errors import N_
from core.fields.fieldset import FieldSet, validated
from core.fields.readers import Settings, check_limits, no_such_choice, read_text
from core.fields.storage import stored
from core.plugin.catalog import CatalogView
from core.plugin.types import Field, Wrong

NUMBER = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,28})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_schemas: WeakKeyDictionary[CatalogView, dict[str, type[Schema]]] = WeakKeyDictionary()


def attributes_schema(view: CatalogView, *, target: str = "customer") -> type[Schema]:
    """The schema class for the fields of the enabled verticals on one target; the same class for the same view."""
    made = _schemas.setdefault(view, {})
    if target not in made:
        made[target] = _schema(view, target=target)
    return made[target]


def _schema(view: CatalogView, *, target: str) -> type[Schema]:
    by_vertical: dict[str, dict[str, fields.Field[Any]]] = {}
    needed: set[str] = set()
    for name, field in view.fields(on=target).items():
        owner, _, key = name.partition(".")
        by_vertical.setdefault(owner, {})[key] = _FIELDS[field.kind](name, field)
        if field.required and field.show_when is None:
            needed.add(owner)
    suffix = "".join(part.title() for part in re.split("[^a-z]+", target)) + "Attributes"
    nested: dict[str, fields.Field[Any]] = {
        owner: fields.Nested(
            _Strict.from_dict(inner, name=owner.title() + suffix), required=owner in needed, error_messages=_MISSING
        )
        for owner, inner in by_vertical.items()
    }
    made = _Strict.from_dict(nested, name=suffix)
    conditional = FieldSet.of(view, target=target)
    if not any(field.required for name, field in conditional.fields.items() if name in conditional.tests):
        return made
    return type(suffix, (made,), {"whole": _asks_what_is_shown(conditional)})


def _asks_what_is_shown(fields: FieldSet) -> Any:
    """A field that is required where it is shown. Of a PATCH only the row knows, so it is not asked there."""

    @validates_schema
    def whole(_: Schema, data: Mapping[str, Any], *, partial: Any = None, **_rest: Any) -> None:
        flat = {} if partial else fields.flat(data)
        unseen = fields.not_shown(flat)
        missing: dict[str, dict[str, list[str]]] = {}
        for name in () if partial else fields.tests:
            if fields.fields[name].required and name not in unseen and flat.get(name) is None:
                owner, key = name.split(".")
                missing.setdefault(owner, {})[key] = [gettext(_MISSING["required"])]
        if missing:
            raise ValidationError(missing)

    return whole


class _Strict(Schema):
    """Refuses what it does not know, in the language of the request."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": N_("There is no such field."), "type": N_("An object is expected here.")}

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        own = {self.error_messages["unknown"], self.error_messages["type"], *_MISSING.values()}
        error.messages = _translated(error.messages, own=own)


_MISSING: dict[str, Any] = {"required": N_("This must be filled in."), "null": N_("This cannot be removed.")}


def _translated(messages: Any, *, own: set[str]) -> Any:
    if isinstance(messages, Mapping):
        return {key: _translated(each, own=own) for key, each in messages.items()}
    if isinstance(messages, list):
        return [_translated(each, own=own) for each in messages]
    return gettext(messages) if messages in own else messages


class _Declared(fields.Field[Any]):
    """A field of a vertical: subclasses read JSON strictly, limits and validator are the field's."""

    def __init__(self, name: str, field: Field, **rest: Any) -> None:
        super().__init__(
            required=field.required and field.show_when is None,
            allow_none=not field.required or field.show_when is not None,
            metadata=described(field),
            error_messages=_MISSING,
            **rest,
        )
        self._declared_name = name
        self._declared = field

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            read = self._read(value)
            check_limits(self._declared, read)
            return stored(validated(self._declared_name, self._declared, read))
        except Wrong as wrong:
            raise ValidationError(gettext(wrong.message, **wrong.params)) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value

    def _read(self, value: Any) -> Any:
        raise NotImplementedError


class _Text(_Declared, fields.String):
    def _read(self, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise Wrong("not_a_text", N_("A text that is not empty is expected here; null is none."))
        return read_text(self._declared, value, Settings())


class _Integer(_Declared, fields.Integer):
    def _read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong("not_an_integer", N_("This is not a whole number."))
        return value


class _Decimal(_Declared, fields.String):
    """A JSON text, so that no digit is lost on the way; a JSON number is taken too."""

    def _read(self, value: Any) -> Decimal:
        text = repr(value) if isinstance(value, int | float) else value
        if isinstance(value, bool) or not isinstance(text, str) or not NUMBER.fullmatch(text):
            raise Wrong("not_a_number", N_("This is not a number such as 1234.5."))
        return Decimal(text)


class _Boolean(_Declared, fields.Boolean):
    def _read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong("not_a_boolean", N_("true or false is expected here."))
        return value


class _Date(_Declared, fields.Date):
    def _read(self, value: Any) -> date:
        try:
            if isinstance(value, str) and DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise Wrong("not_a_date", N_("This is not a date such as 2027-01-31."))


class _DateTime(_Declared, fields.DateTime):
    def _read(self, value: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise Wrong("not_a_time", N_("This is not a time with its zone such as 2027-01-31T08:30:00Z."))
        return moment.astimezone(UTC).replace(microsecond=0)


class _Choice(_Declared, fields.String):
    def _read(self, value: Any) -> str:
        return _one_of(self._declared, value)


class _Choices(_Declared, fields.List[Any]):
    def __init__(self, name: str, field: Field) -> None:
        super().__init__(name, field, cls_or_instance=fields.String(metadata={"enum": _keys(field)}))

    def _read(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong("not_a_list", N_("A list is expected here."))
        return tuple(dict.fromkeys(_one_of(self._declared, each) for each in value))


def _one_of(field: Field, value: Any) -> str:
    if value not in _keys(field):
        raise no_such_choice(field)
    return str(value)


def _keys(field: Field) -> list[str]:
    return [each.key for each in field.choices]


def described(field: Field) -> dict[str, Any]:
    """What OpenAPI says beyond the type. Limits of decimals are not said: there they are texts."""
    told: dict[str, Any] = {"title": field.label.get("en", field.key)}
    if field.help:
        told["description"] = field.help.get("en", "")
    if field.kind == "choice":
        told["enum"] = [*_keys(field), *([] if field.required else [None])]
    if field.kind in ("integer", "money"):
        limits = {"minimum": field.minimum, "maximum": field.maximum}
        told |= {name: limit for name, limit in limits.items() if limit is not None}
    if field.kind in ("text", "long_text"):
        told["maxLength"] = field.max_length
    if field.kind == "decimal":
        told["format"] = "decimal"
    if field.kind == "money":
        unit = f"Minor units of {field.currency or 'the currency of the workspace'}."
        told["description"] = f"{unit} {told.get('description', '')}".strip()
    return told


_FIELDS: Mapping[str, type[_Declared]] = {
    "text": _Text,
    "long_text": _Text,
    "integer": _Integer,
    "money": _Integer,
    "decimal": _Decimal,
    "boolean": _Boolean,
    "date": _Date,
    "datetime": _DateTime,
    "choice": _Choice,
    "choices": _Choices,
}
