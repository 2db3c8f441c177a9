"""What fields belong to: customers, cases and each type of record."""

from __future__ import annotations

from core.plugin.catalog import CatalogView
from core.plugin.types import Label

CUSTOMER: Label = {"zh-CN": "客户", "en": "Customers"}
CASE: Label = {"zh-CN": "工单", "en": "Cases"}


def known_targets(view: CatalogView) -> dict[str, Label]:
    """Every target that has a form, by its name, with its label."""
    records = {f"record:{key}": kind.label for key, kind in view.record_types.items()}
    return {"customer": CUSTOMER, "case": CASE, **records}
