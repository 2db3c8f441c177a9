"""Table of contents: what auto declares, and where."""

from __future__ import annotations

from core.plugin import Vertical, hookimpl, label


@hookimpl
def vertical() -> Vertical:
    summary = label("车辆、里程与三包", "Vehicles, odometers and statutory warranty")
    name = label("汽车", "Automotive")
    return Vertical(key="auto", label=name, version="0.1.0", requires=">=1.0,<2", icon="car", summary=summary)
