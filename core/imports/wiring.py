"""How imports are wired: called once by `app.py`."""

from __future__ import annotations

from core.imports import images, records, service
from core.undo import service as undo


def wire() -> None:
    """An import can be undone as a whole."""
    undo.register(service.KIND, images.UNDOABLE)
    undo.register(records.KIND, records.UNDOABLE)
    undo.FOLLOWERS.setdefault("record", []).append(records.follow_undone)
