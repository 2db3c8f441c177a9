"""The three small forms of contacts: what they ask, and how the answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.contacts.addresses import PARTS
from core.context import Context
from core.errors import N_, Invalid
from core.web.current import context as own_context
from core.web.forms import Control, control
from core.web.words import WORDS


@dataclass(frozen=True, kw_only=True)
class SmallForm:
    """`read` gives the keyword arguments of the service's function. Raises Invalid."""

    title: Any
    done: Any
    failed: Any
    help: Any
    controls: Callable[[], list[Control]]
    read: Callable[[Mapping[str, str], Context], dict[str, Any]]


def _options(kind: str, *, without: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    return [(key, text) for key, text in WORDS[kind].items() if key not in without]


def _text(sent: Mapping[str, str], name: str) -> str | None:
    return sent.get(name, "").strip() or None


def end_of_day(sent: Mapping[str, str], name: str, context: Context) -> datetime | None:
    """A last day becomes the moment it ends in the workspace's zone."""
    text = _text(sent, name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(context.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(N_("This is not a date such as 2027-01-31."), field=name) from None


def _morning(sent: Mapping[str, str], name: str, context: Context) -> datetime | None:
    """A day becomes the moment it begins in the workspace's zone; today is now."""
    ended = end_of_day(sent, name, context)
    begun = ended - timedelta(days=1) if ended else None
    return None if begun is None or begun <= datetime.now(UTC) < begun + timedelta(days=1) else begun


def _one_of(sent: Mapping[str, str], name: str) -> str:
    chosen = sent.get(name, "") or "consent"
    if chosen not in WORDS[name]:
        raise Invalid(N_("Choose one of the values."), field=name)
    return chosen


def address_controls(country: str) -> list[Control]:
    """The parts in the order in which they are asked."""
    return [
        control("country", _("Country or region"), value=country, maxlength=2, autocomplete="off", required=True,
                help=_("Two letters, such as CN")),
        control("region", _("Province or state"), autocomplete="off", maxlength=80),
        control("city", _("City"), autocomplete="off", maxlength=80),
        control("district", _("District"), autocomplete="off", maxlength=80,
                help=_("Who sees masks is told the address down to here.")),
        control("street", _("Street and number"), required=True, autocomplete="off", maxlength=200),
        control("postal_code", _("Postal code"), autocomplete="off", maxlength=12),
    ]  # fmt: skip


def _address_controls() -> list[Control]:
    return [
        *address_controls(own_context().country),
        control("label", _("Label"), autocomplete="off", maxlength=40, help=_("For example home, or deliveries")),
        control("preferred", _("Use this one first"), kind="checkbox"),
    ]


def _read_address(sent: Mapping[str, str], _context: Context) -> dict[str, Any]:
    return {
        "parts": {name: sent.get(name, "") for name in PARTS},
        "label": _text(sent, "label"),
        "preferred": bool(sent.get("preferred")),
        "source": "page",
    }


def _person_controls() -> list[Control]:
    return [
        control("name", _("Name"), required=True, autocomplete="off", maxlength=200),
        control(
            "role", _("What they do there"), autocomplete="off", maxlength=80, help=_("For example buyer, or accounts")
        ),
        control("locale", _("Language"), autocomplete="off", maxlength=20, help=_("Such as zh-CN or en")),
        control("preferred", _("Speak to them first"), kind="checkbox"),
    ]


def read_person(sent: Mapping[str, str], _context: Context) -> dict[str, Any]:
    return {
        **{name: _text(sent, name) or "" for name in ("name", "role", "locale")},
        "preferred": bool(sent.get("preferred")),
    }


def _person_point_controls() -> list[Control]:
    return _point_controls()[:3]


def _point_controls() -> list[Control]:
    kinds = _options("contact_kind")
    return [
        control("kind", _("Kind"), kind="select", options=kinds, required=True, value="phone"),
        control("value", _("Number or address"), required=True, autocomplete="off", maxlength=500),
        control("label", _("Label"), autocomplete="off", maxlength=40, help=_("For example office, or after 18:00")),
        control("preferred", _("Use this one first"), kind="checkbox"),
    ]


def _read_point(sent: Mapping[str, str], _context: Context) -> dict[str, Any]:
    if not _text(sent, "value"):
        raise Invalid(N_("This must be filled in."), field="value")
    return {
        "kind": sent.get("kind", ""),
        "value": sent["value"],
        "label": _text(sent, "label"),
        "preferred": bool(sent.get("preferred")),
        "source": "page",
    }


def _purpose_and_channel() -> list[Control]:
    return [
        control("purpose", _("Purpose"), kind="select", options=_options("purpose"), required=True, value="marketing"),
        control("channel", _("Channel"), kind="select", options=_options("channel"), required=True, value="phone"),
    ]


def _consent_controls() -> list[Control]:
    return [
        *_purpose_and_channel(),
        control("status", _("Answer"), kind="radio", required=True, value="granted",
                options=_options("consent", without=("expired", "never"))),
        control("until", _("Last day"), kind="date", help=_("Empty: until it is taken back")),
        control("given", _("Given on"), kind="date", help=_("Empty: now")),
        control("basis", _("Basis"), kind="select", options=_options("basis"), required=True, value="consent"),
        control("evidence", _("Evidence"), autocomplete="off", maxlength=300,
                help=_("Where it can be proved: a recording, a form, a message")),
        control("text_version", _("Wording they agreed to"), autocomplete="off", maxlength=60,
                help=_("Version of the text, such as 2026-03")),
    ]  # fmt: skip


def _read_consent(sent: Mapping[str, str], context: Context) -> dict[str, Any]:
    return {
        "purpose": sent.get("purpose", ""),
        "channel": sent.get("channel", ""),
        "status": sent.get("status", ""),
        "expires_at": end_of_day(sent, "until", context),
        "captured_at": _morning(sent, "given", context),
        "basis": _one_of(sent, "basis"),
        "evidence": _text(sent, "evidence"),
        "text_version": _text(sent, "text_version"),
        "source": "page",
    }


def _do_not_contact_controls() -> list[Control]:
    purpose, channel = _purpose_and_channel()
    return [
        purpose,
        channel,
        control("reason", _("Reason"), required=True, autocomplete="off", maxlength=300),
        control("until", _("Last day"), kind="date", help=_("Empty: for good")),
    ]


def _read_do_not_contact(sent: Mapping[str, str], context: Context) -> dict[str, Any]:
    return {
        "purpose": sent.get("purpose", ""),
        "channel": sent.get("channel", ""),
        "reason": sent.get("reason", ""),
        "until": end_of_day(sent, "until", context),
        "source": "page",
    }


POINT = SmallForm(
    title=_l("Add a contact point"),
    done=_l("The contact point was added"),
    failed=_l("The contact point was not added"),
    help=_l("Numbers without a country code are read as of the customer's country."),
    controls=_point_controls,
    read=_read_point,
)
CONSENT = SmallForm(
    title=_l("Record a consent"),
    done=_l("The consent was recorded"),
    failed=_l("The consent was not recorded"),
    help=_l("Nothing is overwritten: the latest answer counts, the earlier ones stay as evidence."),
    controls=_consent_controls,
    read=_read_consent,
)
DO_NOT_CONTACT = SmallForm(
    title=_l("Do not contact"),
    done=_l("The customer will not be contacted"),
    failed=_l("The entry was not made"),
    help=_l("It holds at once, for both sides."),
    controls=_do_not_contact_controls,
    read=_read_do_not_contact,
)
ADDRESS = SmallForm(
    title=_l("Add an address"),
    done=_l("The address was added"),
    failed=_l("The address was not added"),
    help=_l("It is written on one line as its country does."),
    controls=_address_controls,
    read=_read_address,
)
PERSON = SmallForm(
    title=_l("Add a person"),
    done=_l("The person was added"),
    failed=_l("The person was not added"),
    help=_l("Somebody to speak to at this customer."),
    controls=_person_controls,
    read=read_person,
)
POINT_OF_PERSON = SmallForm(
    title=_l("Add a number or address of this person"),
    done=_l("The contact point was added"),
    failed=_l("The contact point was not added"),
    help=_l("Only this person is reached by it."),
    controls=_person_point_controls,
    read=_read_point,
)
