"""How contacts are wired: called once by `app.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.contacts import api, people, points, views
from core.customers import policy
from core.undo import parts as undo_parts
from core.undo import service as undo

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire() -> None:
    """Removals can be taken back."""
    removals = (
        (points.REMOVAL, {"zh-CN": "移除联系方式", "en": "Remove a contact point"}),
        (people.REMOVAL, {"zh-CN": "移除联系人", "en": "Remove a contact"}),
    )
    for kind, label in removals:
        undo.register(kind, undo.Undoable(permission=policy.WRITE, label=label))
    undo_parts.TABLES["contact"] = _l("Contact")
    undo_parts.TABLES["contact_point"] = _l("Contact point")
