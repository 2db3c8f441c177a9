"""A partner's wheel for tests: built from `petcare/`, installed into a folder, and spoilt in one named way.

    wheel = build_wheel(tmp_path)
    site = install(wheel, into=tmp_path / "site")
    bad = spoilt(site, "misspelt_hook", into=tmp_path / "bad")
    run = boot(bad, allowed=["petcare"])      # another process; run.stdout holds the report or the refusal

A process sees an installed folder when it stands on its PYTHONPATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "petcare"
ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "kehub_petcare"
METADATA = "kehub_petcare-1.2.0.dist-info"

FAULTS: Mapping[str, tuple[str, str, str]] = {
    "misspelt_hook": (f"{PACKAGE}/plugin.py", "def fields()", "def feilds()"),
    "unmarked_hook": (f"{PACKAGE}/plugin.py", "@hookimpl\ndef panels()", "def panels()"),
    "planned_hook": (f"{PACKAGE}/plugin.py", "def personal_data()", "def clauses()"),
    "hook_with_arguments": (f"{PACKAGE}/plugin.py", "def fields()", "def fields(tenant)"),
    "raising_hook": (f"{PACKAGE}/plugin.py", "    return PANELS", "    return PANELS[7]"),
    "no_list": (f"{PACKAGE}/plugin.py", "    return FIELDS + processes.FIELDS", "    return None"),
    "wrong_item": (f"{PACKAGE}/plugin.py", "    return FIELDS + processes.FIELDS", '    return [{"key": "species"}]'),
    "wrong_type": (f"{PACKAGE}/declared.py", "max_length=40", 'max_length="40"'),
    "one_language": (f"{PACKAGE}/declared.py", '{"zh-CN": "宠物名", "en": "Pet\'s name"}', '{"en": "Pet\'s name"}'),
    "taken_key": (f"{PACKAGE}/plugin.py", 'key="petcare"', 'key="telecom"'),
    "other_key": (f"{PACKAGE}/plugin.py", 'key="petcare"', 'key="vets"'),
    "api_range": (f"{PACKAGE}/plugin.py", 'requires=">=1.0,<2"', 'requires=">=2.0,<3"'),
    "import_error": (
        f"{PACKAGE}/plugin.py",
        "from kehub_petcare import pages, processes",
        "from kehub_petcare import pagez as pages, processes",
    ),
    "exit_at_import": (f"{PACKAGE}/pages.py", '"""The page of visits."""', 'raise SystemExit("licence expired")'),
    "unknown_parameter": (f"{PACKAGE}/declared.py", '["reminder_days"]', '["reminder_weeks"]'),
    "unsourced_parameter": (f"{PACKAGE}/params.toml", 'source_article = "3.1"\n', ""),
    "inner_import": (
        f"{PACKAGE}/pages.py",
        '"""The page of visits."""',
        "from core.errors import NotFound  # noqa: F401",
    ),
    "tenantless_table": (f"{PACKAGE}/models.py", "class Visit(TenantModel)", "class Visit(Model)"),
    "foreign_table": (f"{PACKAGE}/models.py", '"petcare_visit"', '"visit"'),
    "unknown_permission": (f"{PACKAGE}/plugin.py", 'permission="customer.read"', 'permission="visit.read"'),
}
"""What can be wrong: file, the right text, the wrong text."""


def build_wheel(into: Path) -> Path:
    """Build the partner's wheel with nothing from outside. Takes seconds: build once a session."""
    source, dist = into / "source", into / "dist"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(source)])
    (wheel,) = dist.glob("*.whl")
    return wheel


def install(wheel: Path, *, into: Path) -> Path:
    """pip-install the wheel into a folder of its own."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    _run([*command, "--target", str(into), str(wheel)])
    return into


def spoilt(site: Path, fault: str, *, into: Path) -> Path:
    """A copy of an installed folder with one of `FAULTS` in it."""
    file, right, wrong = FAULTS[fault]
    shutil.copytree(site, into, ignore=shutil.ignore_patterns("__pycache__"))
    text = (into / file).read_text(encoding="utf-8")
    assert right in text, f"{file} no longer holds {right!r}"
    text = text.replace(right, wrong)
    if fault == "tenantless_table":
        text = text.replace("import TenantModel, Walls", "import Model, Walls").replace(
            "    customer_id: Mapped[UUID]", "    id: Mapped[UUID] = mapped_column(primary_key=True)"
        )
        text = text.replace("import Mapped", "import Mapped, mapped_column")
        text = text.replace('    __table_args__ = (references("customer", "customer_id", cascade=True),)\n', "")
    (into / file).write_text(text, encoding="utf-8")
    return into


def renamed(site: Path, *, into: Path, distribution: str = "petcare-pirate") -> Path:
    """The same vertical brought by another distribution."""
    shutil.copytree(site, into, ignore=shutil.ignore_patterns("__pycache__"))
    metadata = (into / METADATA).rename(into / f"{distribution.replace('-', '_')}-1.2.0.dist-info") / "METADATA"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace("kehub-petcare", distribution), encoding="utf-8")
    return into


@dataclass(frozen=True)
class Booted:
    """How a process ended, what it said, and what it complained of."""

    returncode: int
    stdout: str
    stderr: str


def boot(*sites: Path, allowed: Sequence[str], command: str = "load") -> Booted:
    """Load the allowed verticals in a fresh process: exit 0, or 3 with the refusal on stdout."""
    server = _boots()
    assert server.stdin is not None
    assert server.stdout is not None
    request = {"sites": [str(site) for site in sites], "allowed": list(allowed), "command": command}
    print(json.dumps(request), file=server.stdin, flush=True)
    return Booted(*json.loads(server.stdout.readline()))


@cache
def _boots() -> subprocess.Popen[str]:
    """Ends with us: its input does."""
    command = [sys.executable, "-m", "tests.core.plugin.boots"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
