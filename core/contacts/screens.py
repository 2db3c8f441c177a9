"""What the pages of one point, of one person and of all answers show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.contacts import forms, queries
from core.contacts.addresses import PARTS
from core.contacts.labels import STATUS_TONES
from core.contacts.models import Contact, ContactPoint
from core.contacts.parts import shown_evidence, shown_value
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.errors import DomainError, Stale
from core.fields.masks import mask_for, written
from core.identity.models import Participant
from core.web.current import context
from core.web.formats import date_text
from core.web.forms import Control, control, errors_of, filled
from core.web.words import WORDS, word

Whose = Callable[[UUID], ShownCustomer]


def answers_page(customer: ShownCustomer) -> str:
    """Every answer; which of them count; every do-not-contact entry."""
    seen, answers = set(), []
    for row in queries.answers_of(db.session(), customer_id=customer.id):
        key = (row.purpose, row.channel)
        answers.append((row, shown_evidence(row.evidence, context=context()), key not in seen))
        seen.add(key)
    entries = [
        (row, written(row.reason, sight=context().sight))
        for row in queries.entries_of(db.session(), customer_id=customer.id)
    ]
    return render_template(
        "contacts/answers.html", customer=customer, answers=answers, entries=entries, tones=STATUS_TONES
    )


def point_page(row: ContactPoint, whose: Whose, error: DomainError | None = None) -> str:
    customer = whose(row.customer_id)

    def address(endpoint: str) -> str:
        return url_for(f"contacts.{endpoint}", point_id=row.id)

    label_of = str(word("contact_kind", row.kind))
    how = control(
        "how", _("How"), kind="select", required=True, value="call", options=list(WORDS["verified_how"].items())
    )
    why = control("reason", _("Why"), kind="select", required=True, value="unreachable",
                  options=list(WORDS["stale_reason"].items()))  # fmt: skip
    acts: list[tuple[Any, ...]] = [
        (_("It was verified"), _("How, when and by whom is kept."), address("verify_point"), how, _("Verified today"))
    ]
    if row.stale_since is None:
        note = _("Nobody is offered it any more; another of its kind comes first.")
        acts.append((_("It does not reach them"), note, address("stale_point"), why, _("Take it out of use")))
    else:
        acts.append((_("It reaches them again"), None, address("live_point"), None, _("Put it back in use")))
    acts.append((_("It was never theirs"), _("It can be undone."), address("remove_point"), None, _("Remove")))
    facts = [
        (label_of, shown_value(row.kind, row.value, context=context())),
        (_("Verified"), _verified(row)),
        *([(_("Out of use"), f"{word('stale_reason', row.stale_reason or 'unreachable')}, {date_text(row.stale_since)}")]
          if row.stale_since else []),
    ]  # fmt: skip
    return _drawn(
        error, _point_controls(row), customer=customer, title=_("Change: %(what)s", what=label_of), version=row.version,
        save=address("point"), facts=facts, acts=acts,
    )  # fmt: skip


def point_changes(row: ContactPoint, sent: Mapping[str, str]) -> dict[str, Any]:
    """What the form says; parts only of an address whose parts the form showed."""
    changes: dict[str, Any] = {"label": sent.get("label", "").strip() or None}
    if sent.get("preferred") and not row.preferred:
        changes["preferred"] = True
    if "street" in sent and row.kind == "address":
        changes["parts"] = {name: sent.get(name, "") for name in PARTS}
    return changes


def person_page(row: Contact, whose: Whose, error: DomainError | None = None) -> str:
    customer = whose(row.customer_id)
    add, remove = (url_for(f"contacts.{name}", contact_id=row.id) for name in ("new_point_of_person", "remove_person"))
    acts = [
        (_("They left, or were never there"), _("With their own numbers. It can be undone."), remove, None, _("Remove"))
    ]
    values = {"name": row.name, "role": row.role, "locale": row.locale, "preferred": "1" if row.preferred else None}
    controls = [each for each in forms.PERSON.controls() if not (each.name == "name" and _masks_names())]
    return _drawn(
        error, filled(controls, values=request.form or values, errors={}), customer=customer, title=_("Change a person"),
        version=row.version, save=url_for("contacts.person", contact_id=row.id), facts=[], acts=acts, add=add,
    )  # fmt: skip


def person_changes(row: Contact, sent: Mapping[str, str]) -> dict[str, Any]:
    changes = forms.read_person(sent, context())
    if _masks_names():
        changes.pop("name")
    if row.preferred:
        changes.pop("preferred")
    return changes


def _masks_names() -> bool:
    return mask_for("personal", "name", name="name", sight=context().sight) is not None


def _point_controls(row: ContactPoint) -> list[Control]:
    """Without the parts of an address where the reader sees masks: they stand in no control."""
    made: list[Control] = []
    if row.kind == "address" and mask_for("personal", "address", name="address", sight=context().sight) is None:
        made += forms.address_controls(context().country)
    made.append(control("label", _("Label"), autocomplete="off", maxlength=40))
    if not row.preferred and row.stale_since is None and row.contact_id is None:
        made.append(control("preferred", _("Use this one first"), kind="checkbox"))
    parts = row.parts or ({"street": row.value} if row.kind == "address" else {})
    return filled(made, values=request.form or {**parts, "label": row.label}, errors={})


def _verified(row: ContactPoint) -> str:
    if row.verified_at is None:
        return str(_("not yet"))
    who = db.session().scalar(select(Participant.shown_name).where(Participant.id == row.verified_by))
    parts = [str(word("verified_how", row.verified_how)) if row.verified_how else None, date_text(row.verified_at), who]
    return str(_(", ")).join(part for part in parts if part)


def _drawn(error: DomainError | None, controls: list[Control], **values: Any) -> str:
    errors = errors_of(error) if error else {}
    shown = filled(controls, values=request.form, errors=errors) if error else controls
    loose = [text for name, text in errors.items() if name not in {each.name for each in controls}]
    return render_template(
        "contacts/record.html", controls=shown, also=loose, stale=isinstance(error, Stale), **{"add": None, **values}
    )
