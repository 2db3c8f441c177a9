"""`python -m bench [NAME...]`: run the named benchmarks, or all. Progress goes to stderr, one JSON line each to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from bench import (
    audit_reads,
    case_step,
    custom_fields,
    customer_list,
    data,
    gate_decision,
    importing,
    linkage,
    masking,
    rls,
    scale,
    search_names,
    small_jobs,
)

BENCHES: dict[str, Callable[..., dict[str, Any]]] = {
    "list": customer_list.run,
    "masking": masking.run,
    "rls": rls.run,
    "audit": audit_reads.run,
    "jobs": small_jobs.run,
    "cases": case_step.run,
    "gate": gate_decision.run,
    "custom": custom_fields.run,
    "scale": scale.run,
    "import": importing.run,
    "linkage": linkage.run,
    "search": search_names.run,
}


def main(names: list[str]) -> int:
    """A name may bring a size, `import=100000`, where its benchmark takes one."""
    wanted = {name: size for name, _, size in (each.partition("=") for each in names)}
    unknown = sorted(wanted.keys() - BENCHES.keys())
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    try:
        for name in wanted or BENCHES:
            size = [int(wanted[name])] if wanted.get(name) else []
            print(json.dumps({"name": name, **BENCHES[name](*size)}), flush=True)
    finally:
        data.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
