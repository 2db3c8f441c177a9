"""What a browser calls itself, in two words a person knows: `Chrome, Windows`."""

from __future__ import annotations

BROWSERS = (
    ("Edg", "Edge"), ("MicroMessenger", "WeChat"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("HarmonyOS", "HarmonyOS"), ("Linux", "Linux"),
)  # fmt: skip


CARRIED = ("Android", "iPhone", "iPad", "HarmonyOS")


def carried(agent: str) -> bool:
    """Whether it is a telephone or a tablet."""
    return any(mark in agent for mark in CARRIED)


def named(agent: str) -> str:
    """Browser and system; the beginning of what it said where neither is known, empty where it said nothing."""
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or agent[:40]
