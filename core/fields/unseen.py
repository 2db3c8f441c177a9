"""What may be written by somebody who does not see every value.

A masked value that comes back as it was shown is left out: it changes nothing. Any other value for a field that holds one and
is masked for its writer is refused; who may not see a value may not replace it unseen. An empty field may be filled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.context import Sight
from core.errors import N_, FieldError, Invalid
from core.fields.masks import masker
from core.plugin.types import Field

MASKED = N_("You see this field masked, so you cannot change it. Somebody who sees it can.")


def without_echoes(
    values: Mapping[str, Any], *, fields: Mapping[str, Field], held: Mapping[str, Any], sight: Sight
) -> dict[str, Any]:
    """The values that count, by name as in `fields`; `held` are those of the row. Raises Invalid with every masked field."""
    masked = [name for name in values if held.get(name) is not None and is_masked(name, fields=fields, sight=sight)]
    errors = [
        FieldError(field=name, code="masked", message=MASKED)
        for name in masked
        if not _echo(values[name], fields[name], name=name, held=held[name], sight=sight)
    ]
    if errors:
        raise Invalid(errors=errors)
    return {name: value for name, value in values.items() if name not in masked}


def is_masked(name: str, *, fields: Mapping[str, Field], sight: Sight) -> bool:
    return not sight.clear and name in fields and masker(fields[name], name=name, sight=sight) is not None


def open_fields(
    names: Sequence[str], *, fields: Mapping[str, Field], held: Mapping[str, Any], sight: Sight
) -> list[str]:
    """Of the names those that a form may offer: a value that its reader sees masked stands in no control."""
    return [name for name in names if held.get(name) is None or not is_masked(name, fields=fields, sight=sight)]


def _echo(sent: Any, field: Field, *, name: str, held: Any, sight: Sight) -> bool:
    mask = masker(field, name=name, sight=sight)
    return mask is not None and _bare(sent) == _bare(mask(held))


def _bare(value: Any) -> str:
    return "".join(str(value).split())
