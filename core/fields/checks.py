"""What a vertical's fields must not say, asked at boot: a condition of showing that names or compares wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from core.conditions import ConditionError, fields_of, parse
from core.fields.fieldset import FieldSet
from core.plugin.catalog import Catalog, LoadedVertical


def field_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    view = Catalog([loaded]).everything
    for field in loaded.fields:
        if field.show_when is None:
            continue
        kind, _, bare = field.on.partition(":")
        types = FieldSet.of(view, target=f"{kind}:{loaded.key}.{bare}" if bare else kind).types()
        where = f"field {field.key!r} on {field.on}"
        try:
            parse(field.show_when, types=types)
        except ConditionError as error:
            yield f"{where}: its show_when cannot be used: {error}"
            continue
        if f"{loaded.key}.{field.key}" in fields_of(field.show_when):
            yield f"{where}: its show_when names the field itself, which then nobody could fill; name another one"
