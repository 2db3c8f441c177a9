"""What a value in a condition is: constants as the tree writes them, and values as a row or document holds them.

Both compilers read a value by the rules of its kind and call it missing when it does not follow them, so that a
document written by an older version of a vertical can never make one form raise and the other not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from core.errors import N_, Invalid
from core.plugin.types import FieldKind

BIGINT = 2**63
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
"""The one form a point in time has inside a document: UTC, whole seconds. As text it sorts in time's order."""
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL's text has no NUL, UTF-8 has no lone surrogate."""

TEXT_KINDS: frozenset[FieldKind] = frozenset({"text", "long_text", "choice"})
ORDERED_KINDS: frozenset[FieldKind] = frozenset({"integer", "decimal", "money", "date", "datetime"})


class ConditionError(Invalid):
    """The tree cannot be used; `errors` says where (a JSON path) and what is wrong."""

    code: ClassVar[str] = "invalid_condition"
    default: ClassVar[str] = N_("The condition cannot be used as it is.")

    def __str__(self) -> str:
        return "; ".join(f"{each.field}: {each.message % each.params}" for each in self.errors) or self.message


@dataclass(frozen=True, kw_only=True)
class ValueType:
    """The type of a field that a condition may name.

    `column` is the mapped attribute that holds a core field; without it the value lies in `attributes`.
    """

    kind: FieldKind
    choices: frozenset[str] | None = None
    column: str | None = None


class WrongConstant(ValueError):
    """The constant does not fit the kind; the message is a msgid with the place %(name)s."""


def constant(value: Any, *, of: ValueType) -> Any:
    """The constant as str, int, Decimal, bool, date or aware datetime. Raises WrongConstant."""
    return _CONSTANTS[of.kind](value, of)


def _text(value: Any, _: ValueType) -> str:
    if not isinstance(value, str) or not value:
        raise WrongConstant(N_("“%(name)s” needs a text that is not empty."))
    if UNSTORABLE.search(value):
        raise WrongConstant(N_("“%(name)s” holds a character that cannot be stored."))
    return value


def _integer(value: Any, _: ValueType) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -BIGINT <= value < BIGINT:
        raise WrongConstant(N_("“%(name)s” needs a whole number."))
    return value


def _decimal(value: Any, _: ValueType) -> Decimal:
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or not NUMBER.fullmatch(text):
        raise WrongConstant(N_("“%(name)s” needs a number."))
    return Decimal(text)


def _boolean(value: Any, _: ValueType) -> bool:
    if not isinstance(value, bool):
        raise WrongConstant(N_("“%(name)s” needs true or false."))
    return value


def _date(value: Any, _: ValueType) -> date:
    if isinstance(value, str) and DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise WrongConstant(N_("“%(name)s” needs a date such as 2027-01-31."))


def _datetime(value: Any, _: ValueType) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise WrongConstant(N_("“%(name)s” needs a time with its zone such as 2027-01-31T08:00:00Z."))
    return moment.astimezone(UTC)


def _choice(value: Any, of: ValueType) -> str:
    if not isinstance(value, str) or not value or (of.choices is not None and value not in of.choices):
        raise WrongConstant(N_("“%(name)s” needs the key of one of the choices."))
    return value


_CONSTANTS: Mapping[FieldKind, Callable[[Any, ValueType], Any]] = MappingProxyType(
    {
        "text": _text,
        "long_text": _text,
        "integer": _integer,
        "money": _integer,
        "decimal": _decimal,
        "boolean": _boolean,
        "date": _date,
        "datetime": _datetime,
        "choice": _choice,
        "choices": _choice,
    }
)


def comparable(value: Any, *, kind: FieldKind) -> Any:
    """A constant in the form `reader(kind)` gives, so that the two compare."""
    return READERS[kind](value)


def read_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def read_integer(value: Any) -> int | None:
    return value if type(value) is int else None


def read_decimal(value: Any) -> Decimal | None:
    if type(value) is str:
        return Decimal(value) if NUMBER.fullmatch(value) else None
    if type(value) is int:
        return Decimal(value)
    if type(value) is Decimal:
        return value if value.is_finite() else None
    if type(value) is float:
        found = Decimal(repr(value))
        return found if found.is_finite() else None
    return None


def read_boolean(value: Any) -> bool | None:
    return value if type(value) is bool else None


def read_date(value: Any) -> str | None:
    if type(value) is str:
        return value if DATE.fullmatch(value) else None
    return value.isoformat() if type(value) is date else None


def read_datetime(value: Any) -> str | None:
    """Text with microseconds in UTC, which sorts in time's order."""
    if type(value) is str:
        return f"{value[:-1]}.000000Z" if DATETIME.fullmatch(value) else None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    return None


def read_choices(value: Any) -> tuple[str, ...] | None:
    return tuple(value) or None if isinstance(value, list | tuple | set | frozenset) else None


READERS: Mapping[FieldKind, Callable[[Any], Any]] = MappingProxyType(
    {
        "text": read_text,
        "long_text": read_text,
        "choice": read_text,
        "integer": read_integer,
        "money": read_integer,
        "decimal": read_decimal,
        "boolean": read_boolean,
        "date": read_date,
        "datetime": read_datetime,
        "choices": read_choices,
    }
)
"""How a stored or typed value is read for comparison; None means missing."""
