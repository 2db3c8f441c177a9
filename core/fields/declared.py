"""What follows when a vertical is switched on: the fields it declares `indexed` get slots, as many as are free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog
from sqlalchemy.orm import Session

from core.context import Context
from core.fields import slots
from core.plugin import Field
from core.plugin.catalog import Catalog, LoadedVertical

LOG = structlog.get_logger(__name__)


class IndexDeclared:
    """Called with a vertical's key after it was switched; off keeps the slots, since it keeps the data."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __call__(self, session: Session, context: Context, key: str, enabled: bool) -> None:
        loaded = self._catalog.verticals.get(key)
        if loaded is None or not enabled:
            return
        for target, fields in indexed_fields(loaded):
            left = slots.index(session, context=context, target=target, fields=fields)
            if left:  # lists ask the document for these, slower; the page of fields says so
                LOG.warning("no slot left", tenant_id=str(context.tenant_id), target=target, fields=left)


def indexed_fields(loaded: LoadedVertical) -> Iterator[tuple[str, Mapping[str, Field]]]:
    """The indexed fields of a vertical by target."""
    found: dict[str, dict[str, Field]] = {}
    for field in loaded.fields:
        if field.indexed and field.on != "interaction":
            kind, _, of = field.on.partition(":")
            target = f"{kind}:{loaded.key}.{of}" if of else kind
            found.setdefault(target, {})[f"{loaded.key}.{field.key}"] = field
    yield from found.items()
