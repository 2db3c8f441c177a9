"""The card of attachments, as it stands on the pages of customers and cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from markupsafe import Markup

from core.attachments import policy, queries
from core.attachments.service import kind_word
from core.context import Context
from core.db.base import db
from core.fields.masks import written

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    row: Any
    name: str
    note: Any
    kind: Any
    icon: str


def card(
    context: Context, *, customer_id: UUID | None = None, case_id: UUID | None = None, open_: bool = True
) -> Markup:
    """What is attached, in one statement."""
    page = queries.attached(db.session(), context=context, customer_id=customer_id, case_id=case_id, limit=SHOWN)
    lines = [
        Line(
            row=row, name=queries.shown_name(row, context=context), note=written(row.note, sight=context.sight),
            kind=kind_word(row.media_type), icon="mic" if row.media_type.startswith("audio/") else "file",
        )
        for row in page.rows
    ]  # fmt: skip
    add = None
    if open_ and context.may(policy.ADD):
        add = (
            url_for("attachments.new_on_case", case_id=case_id)
            if case_id
            else url_for("attachments.new", customer_id=customer_id)
        )
    drawn = render_template(
        "attachments/card.html", lines=lines, add=add, more=page.next is not None, on="case" if case_id else "customer",
        manages=context.may(policy.MANAGE) and context.party == "client",
    )  # fmt: skip
    return Markup(drawn)  # noqa: S704 - Jinja has escaped what is in it
