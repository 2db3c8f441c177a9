"""Write a mail in its reader's language: subject, text and HTML.

A subject is read on locked telephones and kept by mail servers: it is made of the kind's name and numbers, of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core.context import Context
from core.db.base import db
from core.identity.models import Invitation
from core.notify.kinds import KINDS
from core.notify.people import Person
from core.tenants import brand
from core.web.i18n import label
from core.web.links import link_to
from core.web.sentences import sentence


@dataclass(frozen=True, kw_only=True)
class Item:
    """One notice, as its row or the job has it."""

    kind: str
    message: str
    values: Mapping[str, Any]
    subject_type: str | None
    subject_id: UUID | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Letter:
    subject: str
    body: str
    html: str


def notice_letter(item: Item, *, person: Person, context: Context) -> Letter:
    """The mail of one notice."""
    with _reading(person, context):
        return _letter(subject_of(item.kind, item.values), "notice", [_line(item)], context)


def digest_letter(items: Sequence[Item], *, person: Person, context: Context, left_out: int = 0) -> Letter:
    """The mail of a day: its notices by kind, the latest first."""
    with _reading(person, context):
        count = len(items) + left_out
        subject = _("Kehub: %(what)s", what=ngettext("%(num)s notice", "%(num)s notices", count))
        return _letter(subject, "digest", [_line(item) for item in items], context, left_out=left_out)


LINK = "[[link]]"
"""Stands in an invitation's mail where its link goes: the outbox is read by people, and the link lets somebody in."""


def invitation_letter(row: Invitation, *, inviter: str | None, context: Context) -> Letter:
    """The mail that asks somebody in. Its subject names nobody."""
    reader = Person(
        id=row.id, party="client", engagement_id=None, name=row.shown_name, locale=row.locale, zone=context.zone
    )
    with _reading(reader, context):
        subject = _("Kehub: you are invited")
        values = {
            "subject": subject, "name": row.shown_name, "inviter": inviter, "client": context.tenant_name, "link": LINK,
            "until": row.expires_at, "email": row.email,
        }  # fmt: skip
        return Letter(
            subject=subject,
            body=render_template("notify/mail/invitation.text.html", **values).strip() + "\n",
            html=render_template("notify/mail/invitation.html", **values),
        )


def subject_of(kind: str, values: Mapping[str, Any]) -> str:
    """`Kehub: A case is assigned to me, no. 1007`. A value that is no number is left out, whatever it is."""
    name, number = label(KINDS[kind].label), values.get("number")
    if isinstance(number, int) and not isinstance(number, bool):
        return str(_("Kehub: %(what)s, no. %(number)s", what=name, number=number))
    return str(_("Kehub: %(what)s", what=name))


def _line(item: Item) -> dict[str, Any]:
    return {
        "kind": label(KINDS[item.kind].label),
        "text": sentence(item.message, item.values),
        "at": item.at,
        "href": _absolute(link_to(item.subject_type, item.subject_id)),
    }


def _letter(subject: str, template: str, lines: Sequence[Mapping[str, Any]], context: Context, **more: Any) -> Letter:
    door = brand.door_of(db.session(), slug=context.workspace)
    logo = url_for("organisation.door_logo", slug=door.slug, v=door.logo) if door and door.logo else None
    values = {
        "logo": _absolute(logo),
        "subject": subject,
        "lines": lines,
        "left_out": more.get("left_out", 0),
        "client": context.tenant_name,
        "all": _absolute(url_for("notify.index")),
        "preferences": _absolute(url_for("notify.preferences")),
    }
    return Letter(
        subject=subject,
        body=render_template(f"notify/mail/{template}.text.html", **values).strip() + "\n",
        html=render_template(f"notify/mail/{template}.html", **values),
    )


def _absolute(path: str | None) -> str | None:
    base: str = current_app.extensions["kehub"]["config"].address
    return path and base + path


@contextmanager
def _reading(person: Person, context: Context) -> Iterator[None]:
    """Language, zone and workspace of the reader, as in a request of theirs; nothing of the job's own request is seen."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    reader = replace(
        context, participant_id=person.id, party=person.party, engagement_id=person.engagement_id, locale=person.locale,
        zone=person.zone, workspace=person.workspace or "",
    )  # fmt: skip
    with app.app_context(), app.test_request_context():
        g.context = reader
        yield
