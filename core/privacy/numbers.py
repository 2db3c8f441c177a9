"""The core's parameters of reveals as plain numbers, each with the row it comes from."""

from __future__ import annotations

from datetime import UTC, datetime

from core.context import Context
from core.gate.limits import core_profile
from core.parameters.queries import resolve
from core.plugin.types import Parameter


def parameter(key: str, *, context: Context) -> Parameter:
    """The row in force today where the tenant is."""
    today = datetime.now(UTC).date()
    return resolve(core_profile(), key=f"core.{key}", jurisdictions=[context.country], on=today)


def number(key: str, *, context: Context) -> int:
    return int(str(parameter(key, context=context).value))
