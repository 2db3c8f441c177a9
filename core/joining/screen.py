"""What the pages of joining show: the form with what was typed, and the words about an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.errors import DomainError
from core.joining.signup import Asked
from core.plugin.catalog import Catalog
from core.tenants import address
from core.tenants.choices import countries, currencies, languages, zones
from core.web.forms import Control, Option, control, errors_of, filled
from core.web.i18n import label, language

USUAL = {"zh-CN": ("CN", "Asia/Shanghai", "CNY"), "en": ("GB", "Europe/London", "GBP")}


def catalog() -> Catalog:
    found: Catalog = current_app.extensions["kehub"]["catalog"]
    return found


def form(error: DomainError | None = None) -> dict[str, Any]:
    """The form: what was typed with what is wrong with it, or what is usual for the reader's language."""
    country, zone, currency = USUAL.get(language(), USUAL["zh-CN"])
    values: Mapping[str, Any] = {"country": country, "time_zone": zone, "currency": currency, "locale": language()}
    if request.method == "POST":
        values = {**request.form.to_dict(), "verticals": request.form.getlist("verticals"), "password": ""}
    elif request.args.get("kind"):
        values = {**values, "kind": request.args["kind"]}
    wrong = errors_of(error) if error is not None else {}
    parts = {name: filled(controls, values=values, errors=wrong) for name, controls in _parts().items()}
    days = current_app.extensions["kehub"]["config"].trial_days
    return {"days": days, "parts": parts, "error": error, "all": [each for part in parts.values() for each in part]}


def _parts() -> dict[str, Sequence[Control]]:
    sectors = [Option(value=key, label=label(each.vertical.label)) for key, each in catalog().verticals.items()]
    kinds = [("client", _("We hand work on our customers to providers")), ("provider", _("We work on the customers of clients")),
             ("both", _("Both"))]  # fmt: skip
    return {
        "organisation": [
            control("name", _("Organisation"), required=True, maxlength=120, autocomplete="organization"),
            control("kind", _("What it does here"), kind="radio", required=True, options=kinds, value="client"),
        ],
        "sectors": [
            control("verticals", _("Sectors"), kind="checks", options=sectors, value=[],
                    help=_("They add their fields, workflows and rules. You can change this later.")),
        ],
        "place": [
            control("country", _("Country"), kind="select", options=countries(), required=True,
                    help=_("Whose public holidays count in deadlines.")),
            control("locale", _("Language"), kind="select", options=languages(), required=True),
            control("time_zone", _("Time zone"), kind="select", options=zones(), required=True),
            control("currency", _("Currency"), kind="select", options=currencies(), required=True),
        ],
        "person": [
            control("person", _("Your name"), required=True, maxlength=120, autocomplete="name"),
            control("email", _("Work e-mail"), kind="email", required=True, autocomplete="username"),
            control("password", _("Password"), kind="password", required=True, autocomplete="new-password",
                    help=_("15 characters or more. Several words in a row are good.")),
        ],
    }  # fmt: skip


def asked_of(given: Any, *, session: Session) -> Asked:
    """What the form says. An address left empty is the one we would suggest."""
    typed = {
        name: given.get(name, "").strip()
        for name in Asked.__dataclass_fields__
        if name not in ("verticals", "password")
    }
    asked = Asked(**typed, verticals=tuple(given.getlist("verticals")), password=given.get("password", ""))
    slug = asked.slug.lower() or address.suggested(session, name=asked.name, email=asked.email)
    return replace(asked, slug=slug, country=asked.country.upper(), currency=asked.currency.upper())


def address_hint(session: Session, given: Mapping[str, str]) -> dict[str, Any]:
    """The field of the address with whether it is free. `name` and `email` make a suggestion while it is empty."""
    typed = given.get("slug", "").strip().lower()
    slug = typed or address.suggested(session, name=given.get("name", "")[:120], email=given.get("email", "")[:254])
    problem = address.problem_with(session, slug=slug) if slug else None
    error = errors_of(problem).get("slug", "") if problem is not None else ""
    return {"slug": slug, "error": error, "free": bool(slug) and not error}
