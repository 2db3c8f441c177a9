"""How reveals are wired to the features below: called once by `app.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l

from core.customers import finding
from core.customers import parts as customer_parts
from core.customers.parts import ListLink
from core.events import bus
from core.privacy import api, jobs, parts, policy, search, search_api, views
from core.privacy.events import ValueRevealed
from core.web.current import maybe_context
from core.web.links import REVEALS

PAGES = views.pages
API = (api, search_api)


def wire() -> None:
    """Masked values get their button, searches are counted, reveals are scored."""
    REVEALS[:] = [reveal_address]
    finding.HEARD[:] = [search.note_search]
    bus.subscribe(ValueRevealed, jobs.follow)
    customer_parts.PAGE_PARTS += parts.PAGE_PARTS
    customer_parts.LIST_LINKS += [
        ListLink(label=_l("Find by number"), icon="search", endpoint="privacy.find", permission=policy.MAKE)
    ]


def reveal_address(*, field: str, customer_id: UUID | None = None, record_id: UUID | None = None) -> str | None:
    """Where one value is asked for; None for who may not ask."""
    context: Any = maybe_context()
    if context is None or not context.may(policy.MAKE):
        return None
    if record_id is not None:
        return url_for("privacy.ask_of_record", record_id=record_id, field=field)
    return url_for("privacy.ask", customer_id=customer_id, field=field)
