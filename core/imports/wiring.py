"""How imports are wired: called once by `app.py`."""

from __future__ import annotations

from core.imports import images, service
from core.undo import service as undo


def wire() -> None:
    """An import of customers can be undone as a whole."""
    undo.register(service.KIND, images.UNDOABLE)
