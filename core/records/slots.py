"""The slot columns of records: which field of a type lies where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from core.plugin.catalog import CatalogView
from core.records.models import Record


def slot_columns(view: CatalogView, *, type: str) -> Mapping[str, ColumnElement[Any]]:  # noqa: A002
    """Fields whose slot is filled, with their column."""
    return {name: getattr(Record, slot) for name, slot in view.slots(on=f"record:{type}").items()}
