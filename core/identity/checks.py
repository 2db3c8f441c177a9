"""What a vertical must not say of people, asked at boot: roles that nobody can hold, permissions that no role includes."""

from __future__ import annotations

from collections.abc import Iterator

from core.identity.roles import ROLES, roles_with
from core.plugin.catalog import LoadedVertical
from core.plugin.processes import Timer


def role_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    for where, timer in _timers(loaded):
        for each in timer.escalations:
            if each.role not in ROLES:
                yield f"{where}: it tells the role {each.role!r}, which does not exist; use one of {', '.join(ROLES)}"
    for flow in loaded.workflows:
        for step in flow.transitions:
            if not roles_with(step.permission):
                yield (
                    f"workflow {flow.key!r}, transition {step.key!r}: no role includes the permission "
                    f"{step.permission}; use one that a role has"
                )


def _timers(loaded: LoadedVertical) -> Iterator[tuple[str, Timer]]:
    for flow in loaded.workflows:
        yield from ((f"workflow {flow.key!r}, timer {timer.key!r}", timer) for timer in flow.timers)
    for each in loaded.record_types:
        yield from ((f"record type {each.key!r}, timer {timer.key!r}", timer) for timer in each.timers)
