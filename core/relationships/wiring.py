"""How relationships are wired: called once by `app.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.relationships import api, policy, service, views
from core.relationships.parts import PAGE_PARTS
from core.undo import parts as undo_parts
from core.undo import service as undo

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)
__all__ = ["PAGES", "PAGE_PARTS", "RESOURCES", "wire"]


def wire() -> None:
    """A removal can be taken back."""
    label = {"zh-CN": "移除关系", "en": "Remove a relationship"}
    undo.register(service.REMOVAL, undo.Undoable(permission=policy.WRITE, label=label))
    undo_parts.TABLES["relationship"] = _l("Relationship")
