"""The real thing for a test: gunicorn and a worker under the supervisor, on a free port of loopback, beside the tests' database.

Run as a module it serves the configuration of its environment, tells its address on the first line and ends with TERM.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.config import Config

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class Served:
    """Where it answers, what it logs, and the environment in which the `kehub` command sees the same database."""

    url: str
    log_folder: Path
    environment: dict[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def logged(self) -> str:
        """Every line of every process until now."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.log_folder.glob("*.log")))

    def faults(self) -> list[str]:
        """The lines that tell of errors."""
        return [line for line in self.logged().splitlines() if '"level": "error"' in line or "Traceback" in line]

    def kehub(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command of that name, as an operator would."""
        return subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            cwd=ROOT, env=self.environment, text=True, capture_output=True, timeout=PATIENCE * 2, check=False,
        )  # fmt: skip


@contextmanager
def serving(config: Config, *, log_folder: Path) -> Iterator[Served]:
    """Serve until the block ends. The database must be migrated."""
    environment = {**os.environ, "KEHUB_DATA_DIR": str(config.data_dir), "KEHUB_WORKERS": "2"}
    command = [sys.executable, "-m", "core.testing.serving", str(log_folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        heard, _, _ = select.select([process.stdout], [], [], PATIENCE)
        first = process.stdout.readline().strip() if heard else ""
        if not first.startswith("http://"):
            logs = {path.name: path.read_text(encoding="utf-8")[-2000:] for path in log_folder.glob("*.log")}
            raise RuntimeError(f"nothing is served; it said {first!r}, logs: {logs}")
        yield Served(first.rstrip("/"), log_folder, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.stdout.close()


def main(log_folder: Path) -> int:
    from core import config as configuration
    from core.app import create_app
    from core.serving.address import listen, url
    from core.serving.run import run

    listener = listen(replace(configuration.read(), bind=("127.0.0.1", 0)))
    config = replace(configuration.read(), bind=listener.getsockname()[:2])

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201 - to the process that started us

    def welcome() -> None:
        say(url(config))

    return run(create_app(config), config, listener=listener, say=say, welcome=welcome, log_folder=log_folder)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
