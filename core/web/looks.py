"""Looks: what an answered page or API request showed of whom, told to whoever keeps the trail.

A view need not do anything: the row in its address is the subject, and a list is told with a digest of what was asked. It may
say more while it runs: how many rows (`counted`), which fields and which of them masked (`showed`), whose they are (`of`).
Only an answer that was given is told, in the request's transaction and before its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from core.context import Context
from core.web.current import maybe_context


@dataclass(kw_only=True)
class Look:
    """One answered GET. `args` are the values in its address, `asked` its query."""

    context: Context
    endpoint: str
    permission: str
    args: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, list[str]] = field(default_factory=dict)
    rows: int | None = None
    fields: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    customer_id: UUID | None = None


OnLook = Callable[[Look], None]


def counted(rows: int) -> None:
    """The page shows so many rows."""
    _said()["rows"] = rows


def showed(fields: Iterable[str], *, masked: Iterable[str] = ()) -> None:
    """The page shows these fields of one row; of `masked` ones only what the mask leaves."""
    named = frozenset(fields)
    _said().update(fields=named, masked=named.intersection(masked))


def of(customer_id: UUID | None) -> None:
    """What the page shows is this customer's."""
    _said()["customer_id"] = customer_id


def tell(
    hooks: Iterable[OnLook], *, permission: str | None, args: Mapping[str, Any], answer: ResponseReturnValue
) -> None:
    """Tell the hooks of an answer that shows something. One that is streamed is told by whoever makes it."""
    context = maybe_context()
    if context is None or permission is None or request.method != "GET" or not _shows(answer):
        return
    asked = request.args.to_dict(flat=False)
    look = Look(
        context=context, endpoint=request.endpoint or "", permission=permission, args=dict(args), asked=asked, **_said()
    )
    for hook in hooks:
        hook(look)


def _said() -> dict[str, Any]:
    if "look" not in g:
        g.look = {}
    said: dict[str, Any] = g.look
    return said


def _shows(answer: ResponseReturnValue) -> bool:
    if isinstance(answer, Response):
        return answer.status_code == 200 and not answer.is_streamed
    status = answer[1] if isinstance(answer, tuple) and len(answer) > 1 else 200
    return not isinstance(status, int) or status == 200
