"""What the settings of the organisation show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import request
from flask_babel import gettext as _

from core.db.base import db
from core.errors import DomainError
from core.tenants import brand, choices, colour, life, organisation, policy
from core.web.current import context
from core.web.forms import Control, control, errors_of, filled

Picture = tuple[Path, str]


def data(error: DomainError | None = None) -> dict[str, Any]:
    """The form of the organisation's data, with what was typed."""
    row = organisation.organisation(db.session(), context=context())
    values = {name: getattr(row, name) for name in organisation.FIELDS}
    typed = request.form.to_dict() if error is not None else {}
    wrong = errors_of(error) if error is not None else {}
    controls = filled(_controls(), values={**values, **typed}, errors=wrong)
    return {"row": row, "form": {each.name: each for each in controls}, "controls": controls, "error": error}


def _controls() -> list[Control]:
    why = None if context().may(policy.MANAGE) else _("Only an administrator of the organisation can do this.")
    locked = {"readonly": why is not None, "reason": why}
    return [
        control("name", _("Name"), required=True, maxlength=120, help=_("As people see it."), **locked),
        control("legal_name", _("Legal name"), maxlength=120, help=_("As it is registered."), **locked),
        control("uscc", _("Unified social credit code"), maxlength=18, **locked),
        control("lei", _("LEI"), maxlength=20, help=_("Legal Entity Identifier, ISO 17442."), **locked),
        control("country", _("Country"), kind="select", options=choices.countries(), required=True,
                help=_("Whose public holidays count in deadlines. Your own days are in the calendar."), **locked),
        control("locale", _("Language"), kind="select", options=choices.languages(), required=True,
                help=_("For people who have chosen none."), **locked),
        control("time_zone", _("Time zone"), kind="select", options=choices.zones(), required=True, **locked),
        control("currency", _("Currency"), kind="select", options=choices.currencies(), required=True, **locked),
    ]  # fmt: skip


def looks(error: DomainError | None = None) -> dict[str, Any]:
    """The form of the looks, with the contrast of the colours as they are."""
    stored = brand.brand_now(db.session(), context=context())
    typed = {**request.form.to_dict(), "door": bool(request.form.get("door"))} if error is not None else stored
    wrong = errors_of(error) if error is not None else {}
    why = None if context().may(policy.MANAGE) else _("Only an administrator of the organisation can do this.")
    locked = {"readonly": why is not None, "reason": why}
    controls = filled(
        [
            control("accent", _("Accent colour"), placeholder="#2a5ad1", maxlength=7,
                    help=_("For links and the main button. Its contrast is 4.5 : 1 or more."), **locked),
            control("accent_dark", _("Accent colour on dark pages"), placeholder="#86a7ff", maxlength=7,
                    help=_("Left empty, it is a lighter shade of the same colour."), **locked),
            control("logo", _("Logo"), kind="file", accept="image/png,image/jpeg",
                    help=_("PNG or JPEG, at most 512 KB and 2000 points a side."), **locked),
            control("door", _("Show name, colours and logo at the sign-in form of the workspace's address, and in mails"),
                    kind="checkbox", help=_("Then whoever knows the address sees whose it is."), **locked),
        ],
        values=typed, errors=wrong,
    )  # fmt: skip
    pairs = ((stored.get("accent"), False), (stored.get("accent_dark"), True))
    contrasts = [(each, dark, colour.lowest(each, dark=dark)) for each, dark in pairs if each]
    return {"controls": controls, "stored": stored, "contrasts": contrasts, "error": error}


def history() -> dict[str, Any]:
    """Where the organisation stands, what led there, and which steps there are."""
    row = organisation.organisation(db.session(), context=context())
    steps = [
        {"row": each, "step": life.STEPS.get(each.event), "reason": _(each.reason) if each.reason else None}
        for each in life.history(db.session())
    ]
    return {"row": row, "changes": steps, "steps": life.STEPS}
