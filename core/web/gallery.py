"""Every component on one page, for looking at and for axe. Registered only where the app is in debug or testing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template

from core.web.chart import draw_bars
from core.web.flow import draw_flow
from core.web.formats import now
from core.web.forms import control
from core.web.routes import Pages

pages = Pages("gallery", __name__)


@pages.page("/gallery", permission=None)
def index() -> str:
    return render_template("gallery.html", here="gallery", **samples())


def samples() -> dict[str, Any]:
    """Values for the gallery; the drawings are the ones of the design pages."""
    return {
        "flow": sample_flow(),
        "chart": sample_chart(),
        "controls": sample_controls(),
        "entries": sample_entries(),
        "explain": {
            "numerator": 412,
            "denominator": 1312,
            "formula": "save_rate",
            "version": 3,
            "cut": datetime(2026, 11, 15, 16, tzinfo=UTC),
        },
    }


def sample_flow() -> Any:
    states = ["due", "scored", "call", "offered", "lost", "reviewed", "kept"]
    return draw_flow(
        [(key, key.capitalize()) for key in states],
        transitions=[
            ("due", "scored"), ("scored", "call"), ("call", "offered"), ("call", "lost"), ("offered", "reviewed"),
            ("reviewed", "kept"), ("reviewed", "call"),
        ],
        title="Retention",
        current="call",
        done={"due", "scored"},
    )  # fmt: skip


def sample_chart() -> Any:
    return draw_bars(
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        series=[
            ("Interactions", [826, 934, 901, 1034, 1298, 512, 422]),
            ("Reached", [541, 640, 603, 718, 921, 318, 254]),
            ("Saved", [58, 66, 61, 74, 97, 31, 25]),
        ],
        title="Interactions a day",
        summary="Highest on Friday, 1,298",
    )


def sample_controls() -> list[Any]:
    options = [("nanjing", "Nanjing"), ("hangzhou", "Hangzhou")]
    return [
        control("name", "Name", required=True, error="Enter the name"),
        control("mobile", "Mobile", kind="tel", help="11 digits", value="138 0013 800", error="10 digits, it needs 11"),
        control("city", "City", kind="select", options=options, value="nanjing", help="Sets the local calling hours"),
        control("amount", "Amount", kind="money", currency="CNY", value="1,280.00"),
        control("until", "Contract until", kind="date", value="2026-11-20"),
        control(
            "document", "Document", value="3201 **** 0017", readonly=True, reason="Only the client may change this"
        ),
        control("note", "Note", kind="textarea", rows=2),
        control(
            "consent", "Consent", kind="radio", options=[("given", "Given"), ("refused", "Refused")], value="given"
        ),
        control("days", "Days", kind="checks", options=[("sat", "Saturday"), ("sun", "Sunday")], value=["sun"]),
        control("keep", "Keep what is there", kind="checkbox", value=True),
    ]


def sample_entries() -> list[dict[str, Any]]:
    def entry(icon: str, tone: str, title: str, text: str, actor: str, party: str, hours: int) -> dict[str, Any]:
        at = now() - timedelta(hours=hours)
        return {"icon": icon, "tone": tone, "title": title, "text": text, "actor": actor, "party": party, "at": at,
                "href": None}  # fmt: skip

    return [
        entry("phone", "teal", "Outbound call", "Wants a call back.", "Alice Morgan", "provider", 2),
        entry("shield", "ok", "Gate: allowed", "9 rules passed.", "Kehub", "system", 3),
        entry("mail", "info", "Message delivered", "Template T-17.", "Harbour Bank", "client", 90),
    ]
