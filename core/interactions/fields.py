"""What verticals and tenants keep of a contact beside the core's own: read, checked, and as form controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from core.context import Context
from core.errors import N_, FieldError, Invalid
from core.fields import FieldSet, merge_attributes
from core.fields.controls import controls
from core.fields.unseen import open_fields
from core.plugin.catalog import CatalogView
from core.web.forms import Control


def interaction_fields(view: CatalogView) -> FieldSet:
    return FieldSet.of(view, target="interaction")


def attributes_of(view: CatalogView, values: Mapping[str, Any], *, context: Context) -> dict[str, Any]:
    """The document to store, of values by qualified name. Raises Invalid with all that is wrong or no field here."""
    fields = interaction_fields(view)
    typed, errors = fields.parse(values, zone=ZoneInfo(context.zone), currency=context.currency)
    errors += [
        FieldError(field=name, code="unknown", message=N_("There is no such field."))
        for name in sorted(values.keys() - fields.fields.keys())
    ]
    if errors:
        raise Invalid(errors=errors)
    return merge_attributes({}, fields.changes({name: value for name, value in typed.items() if value is not None}))


def field_controls(
    view: CatalogView, sent: Mapping[str, Any], context: Context, *, errors: Mapping[str, str]
) -> Sequence[Control]:
    """A control for each field that the reader may write in the clear."""
    fields = interaction_fields(view)
    known = open_fields(list(fields.fields), fields=fields.fields, held={}, sight=context.sight)
    return controls(fields, sent, names=known, errors=errors, zone=ZoneInfo(context.zone), currency=context.currency)


def sent_values(view: CatalogView, form: MultiDict[str, str]) -> dict[str, Any]:
    """What a form says of them; of several ticks all."""
    return {
        name: form.getlist(name) if field.kind == "choices" else form.get(name)
        for name, field in interaction_fields(view).fields.items()
        if name in form
    }
