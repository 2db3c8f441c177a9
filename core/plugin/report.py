"""What the installed verticals declare and what is wrong with them, as JSON-able reports for `kehub vertical`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import Any

from core.plugin import specs
from core.plugin.catalog import LoadedVertical
from core.plugin.faults import Fault
from core.plugin.host import Check, inspect_verticals
from core.plugin.imports import forbidden_imports

DEFAULT_CHECKS: tuple[Check, ...] = (forbidden_imports,)


def list_verticals(*, allowed: Sequence[str], found: Iterable[metadata.EntryPoint] | None = None) -> dict[str, Any]:
    """The allowed verticals, and under `installed` every name a distribution brings, allowed or not."""
    points = list(metadata.entry_points(group=specs.ENTRY_POINT_GROUP) if found is None else found)
    report = check_verticals(allowed=allowed, found=points, checks=())
    return {**report, "installed": sorted({point.name for point in points})}


def check_verticals(
    *,
    allowed: Sequence[str],
    checks: Sequence[Check] = DEFAULT_CHECKS,
    found: Iterable[metadata.EntryPoint] | None = None,
) -> dict[str, Any]:
    """`{"verticals": [{"key", "ok", "fields": [...], ...}], "faults": [...]}`; a faulty one lists no declarations."""
    inspection = inspect_verticals(allowed=allowed, checks=checks, found=found)
    sound = {each.key: each for each in inspection.verticals}
    faults = [_fault(each) for each in inspection.faults]
    return {"verticals": [_row(key, loaded=sound.get(key)) for key in dict.fromkeys(allowed)], "faults": faults}


def _row(key: str, *, loaded: LoadedVertical | None) -> dict[str, Any]:
    if loaded is None:
        return {"key": key, "ok": False, "fields": [], "workflows": [], "rules": [], "kpis": [], "parameters": []}
    return {
        "key": key,
        "ok": True,
        "version": loaded.vertical.version,
        "distribution": loaded.distribution,
        "fields": [field.key if field.on == "customer" else f"{field.on}.{field.key}" for field in loaded.fields],
        "record_types": [each.key for each in loaded.record_types],
        "workflows": [each.key for each in loaded.workflows],
        "rules": [each.key for each in loaded.rules],
        "kpis": [each.key for each in loaded.kpis],
        "parameters": sorted(loaded.parameters.keys),
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"vertical": fault.vertical, "where": fault.where, "problem": fault.problem, "fix": fault.fix}
