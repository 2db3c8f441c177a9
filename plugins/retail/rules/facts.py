"""What rules of retail have in common: where the vertical's values stand in a subject, and a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.plugin import Reason, label

FEN = 100
"""Minor units of the yuan, in which parameters of law are."""


def held(of: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The values of a record, case or customer; none of what is not there."""
    found: Mapping[str, Any] = of["attributes"].get("retail", {}) if of is not None else {}
    return found


def denied(code: str, zh: str, en: str, *parameters: str) -> Reason:
    return Reason(code=f"retail.{code}", text=label(zh, en), verdict="deny", parameters=parameters)
