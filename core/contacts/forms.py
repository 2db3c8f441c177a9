"""The three small forms of contacts: what they ask, and how the answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.context import Context
from core.errors import N_, Invalid
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
        control("evidence", _("Evidence"), autocomplete="off", maxlength=300,
                help=_("Where it can be proved: a recording, a form, a message")),
    ]  # fmt: skip


def _read_consent(sent: Mapping[str, str], context: Context) -> dict[str, Any]:
    return {
        "purpose": sent.get("purpose", ""),
        "channel": sent.get("channel", ""),
        "status": sent.get("status", ""),
        "expires_at": end_of_day(sent, "until", context),
        "evidence": _text(sent, "evidence"),
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
