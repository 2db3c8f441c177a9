"""How attachments are wired: called once by `app.py`, which says whose customers and cases are."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.attachments import api, jobs, policy, service, views
from core.attachments.service import Holder
from core.undo import parts as undo_parts
from core.undo import service as undo

PAGES = (views.pages,)
RESOURCES = (api.endpoints,)


def wire(**holders: Holder) -> None:
    """A removal can be taken back, until the job has taken the bytes."""
    service.HOLDERS.update(holders)
    service.REMOVED[:] = [jobs.ask]
    label = {"zh-CN": "移除附件", "en": "Remove an attachment"}
    undo.register(service.REMOVAL, undo.Undoable(permission=policy.MANAGE, label=label))
    undo_parts.TABLES["attachment"] = _l("Attachment")
