"""Loads verticals, each time in a process that has our own loaded and never saw another partner's wheel.

`python -m tests.core.plugin.boots` reads a request per line, forks, and answers with a line. Starting Python anew for each
would cost ten times as much.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence

import core.facade
import plugins.telecom.plugin
from core.plugin.faults import BootError
from core.plugin.host import load
from core.plugin.report import check_verticals, list_verticals

COMMANDS = {"load": load, "check": check_verticals, "list": list_verticals}
OURS = (core.facade, plugins.telecom.plugin)
"""What a partner's wheel or an allow-list names of ours."""


def answer(*, sites: Sequence[str], allowed: Sequence[str], command: str) -> tuple[int, str, str]:
    """Exit status, what it said, what it complained of: 0, or 3 with the refusal."""
    sys.path[:0] = sites
    importlib.invalidate_caches()
    try:
        result = COMMANDS[command](allowed=list(allowed))
    except BootError as refusal:
        return 3, f"{refusal}\n", ""
    except BaseException:
        return 1, "", traceback.format_exc()
    return 0, json.dumps(result) if isinstance(result, dict) else str(list(result.verticals)), ""


def main() -> None:
    for line in sys.stdin:
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            with os.fdopen(writer, "w", encoding="utf-8") as told:
                json.dump(answer(**json.loads(line)), told)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as told:
            print(told.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
