"""Words of findings, rules and dry runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

ACTIONS: Mapping[str, Any] = {
    "outbound_contact": _l("Contact with a customer"),
    "reveal": _l("Reveal of personal data"),
    "export": _l("Export"),
    "campaign_start": _l("Start of a campaign"),
    "case_step": _l("Step of a case"),
    "record_change": _l("Change of a record"),
    "record_watch": _l("Watch over a record"),
}
MODES: Mapping[str, tuple[Any, str]] = {
    "on": (_l("On"), "ok"),
    "shadow": (_l("Shadow"), "info"),
    "off": (_l("Off"), "mute"),
}
SEVERITIES: Mapping[str, tuple[Any, str]] = {
    "high": (_l("High"), "bad"),
    "medium": (_l("Medium"), "warn"),
    "low": (_l("Low"), "info"),
}
STATES: Mapping[str, tuple[Any, str]] = {"open": (_l("Open"), "warn"), "settled": (_l("Settled"), "ok")}
SUBJECTS: Mapping[str, Any] = {
    "record": _l("Record"),
    "case": _l("Case"),
    "interaction": _l("Contact made"),
    "customer": _l("Customer"),
}
RUNS: Mapping[str, tuple[Any, str]] = {
    "waiting": (_l("Waiting"), "mute"),
    "running": (_l("Being tried"), "info"),
    "done": (_l("Done"), "ok"),
    "failed": (_l("Failed"), "bad"),
    "cancelled": (_l("Cancelled"), "mute"),
}
TONES = {"allow": "ok", "warn": "warn", "defer": "warn", "hold": "warn", "deny": "bad"}
