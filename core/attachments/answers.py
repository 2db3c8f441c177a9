"""A file as an answer: for saving only, under a forced name and the media type of its content."""

from __future__ import annotations

from flask import Response, send_file

from core.attachments import queries, service
from core.attachments.models import Attachment
from core.db.base import db
from core.web import looks
from core.web.current import context


def download(row: Attachment) -> Response:
    """Never drawn in a page of ours, whatever it holds: saved, not sniffed, and without rights if something opens it."""
    path = service.handed_out(db.session(), context=context(), row=row)
    looks.of(row.customer_id)
    name = queries.shown_name(row, context=context())
    answer = send_file(path, mimetype=row.media_type, as_attachment=True, download_name=name, conditional=False)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
