"""How reveals are wired to the features below: called once by `app.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l

from core.approvals import service as approvals
from core.customers import finding
from core.customers import parts as customer_parts
from core.customers.parts import ListLink
from core.events import bus
from core.jobs import service as runs
from core.plugin.types import PersonalData
from core.privacy import (
    api,
    erasure,
    jobs,
    parts,
    policy,
    retention,
    retention_acts,
    retention_api,
    retention_jobs,
    retention_service,
    retention_views,
    reveal_limit_api,
    reveal_limit_views,
    reveal_limits,
    rights,
    rights_api,
    rights_views,
    search,
    search_api,
    views,
)
from core.privacy.erasure import Store
from core.privacy.events import ValueRevealed
from core.undo import service as undo
from core.web.current import maybe_context
from core.web.links import LINKS, REVEALS

PAGES = (views.pages, reveal_limit_views.pages, rights_views.pages, retention_views.pages)
API = (api, reveal_limit_api, search_api, rights_api, retention_api)
JOBS = (retention_jobs,)
"""Named, so that the worker knows them."""


def wire(declared: Mapping[str, PersonalData], stores: Mapping[str, Store]) -> None:
    """Masked values get their button, searches are counted, reveals are scored, erasures reach all there is.

    `declared` is what verticals say of their tables, `stores` what features keep beside tables.
    """
    rights.DECLARED[:] = [lambda: declared]
    erasure.STORES.update(stores)
    approvals.HANDLERS[rights.KIND] = rights.approved
    approvals.HANDLERS[reveal_limits.KIND] = reveal_limits.approved
    LINKS["reveal_limit"] = lambda _id: url_for("reveal_limits.index")
    undo.KEPT_SINCE[:] = [retention.images_since]
    retention_acts.DECLARED[:] = rights.DECLARED
    approvals.HANDLERS[retention_service.RUN] = retention_service.approved_run
    approvals.HANDLERS[retention_service.POLICY] = retention_service.approved_policy
    runs.register(retention_acts.KIND, retention_acts.act)
    LINKS["retention_clock"] = lambda _id: url_for("retention.index")
    LINKS["rights_request"] = lambda request_id: url_for("rights.show", request_id=request_id)
    REVEALS[:] = [reveal_address]
    finding.HEARD[:] = [search.note_search]
    bus.subscribe(ValueRevealed, jobs.follow)
    customer_parts.PAGE_PARTS += parts.PAGE_PARTS
    customer_parts.LIST_LINKS += [
        ListLink(label=_l("Find by number"), icon="search", endpoint="privacy.find", permission=policy.MAKE)
    ]


def reveal_address(
    *, field: str, customer_id: UUID | None = None, record_id: UUID | None = None, case_id: UUID | None = None
) -> str | None:
    """Where one value is asked for; None for who may not ask."""
    context: Any = maybe_context()
    if context is None or not context.may(policy.MAKE):
        return None
    if case_id is not None:
        return url_for("privacy.ask_of_case", case_id=case_id, field=field)
    if record_id is not None:
        return url_for("privacy.ask_of_record", record_id=record_id, field=field)
    return url_for("privacy.ask", customer_id=customer_id, field=field)
