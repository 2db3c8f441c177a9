"""What approvals do for this feature, set at boot by `app.py`."""

from __future__ import annotations

from core.approvals import service as approvals
from core.configuration import overrides


def wire(view_of: overrides.ViewOf) -> None:
    approvals.HANDLERS[overrides.KIND] = overrides.Overridden(view_of)
