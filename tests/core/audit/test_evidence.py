"""An evidence pack proves itself: the program in it says so, and says what was changed in it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import evidence, jobs, packs
from core.audit.models import AuditEntry
from core.audit.queries import Filters
from core.db import scope
from core.errors import Invalid, NotFound
from core.files.models import StoredFile
from core.testing.people import World, make_world
from tests.core.audit.conftest import note, seal_all
from tests.core.audit.test_pages import work
from tests.core.audit.test_reads import made

SignIn = Callable[[Any], Any]


@pytest.fixture
def world(session: Session, app: Flask) -> World:
    world = make_world(app, verticals=())
    made(session, world)
    for count in (3, 2):
        note(session, world, count)
        seal_all(session, world)
    return world


def packed(session: Session, world: World, **asked: Any) -> tuple[UUID, bytes]:
    session.rollback()
    scope.enter(session, world.alice.context)
    run = jobs.begin_pack(session, context=world.alice.context, asked=Filters(**asked).stored(), note="for the court")
    run_id = run.id
    work(session, world, run)
    scope.enter(session, world.alice.context)
    file = packs.opened(session, context=world.alice.context, run_id=run_id)
    session.commit()
    return run_id, file.path.read_bytes()


def checked(place: Path) -> subprocess.CompletedProcess[str]:
    """What the enclosed program says, in a folder that has nothing of Kehub."""
    return subprocess.run(
        [sys.executable, "-I", str(place / "verify.py")], cwd=place, capture_output=True, text=True, check=False
    )


def unpacked(data: bytes, place: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        pack.extractall(place)
    return place


def test_the_program_in_the_pack_finds_that_all_holds_and_names_what_was_changed(
    session: Session, world: World, tmp_path: Path
) -> None:
    _, data = packed(session, world, action="unit.created")
    place = unpacked(data, tmp_path / "pack")
    said = checked(place)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "5 entries in 2 batches: all hold" in said.stdout
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["asked"] == {"action": "unit.created"}
    assert manifest["note"] == "for the court"
    assert str(world.alice.context.participant_id) in (place / "names.json").read_text()
    changed = (place / "entries.jsonl").read_text()
    (place / "entries.jsonl").write_text(changed.replace('"count":1', '"count":7', 1))
    said = checked(place)
    assert said.returncode == 1
    assert "entries.jsonl: changed since the pack was made" in said.stdout
    assert "it is not what was sealed in batch" in said.stdout


def test_a_pack_whose_digests_were_made_anew_does_not_hold_either(
    session: Session, world: World, tmp_path: Path
) -> None:
    import hashlib

    _, data = packed(session, world)
    place = unpacked(data, tmp_path / "pack")
    lines = (place / "entries.jsonl").read_bytes().splitlines(keepends=True)
    proofs = (place / "proofs.jsonl").read_bytes().splitlines(keepends=True)
    (place / "entries.jsonl").write_bytes(b"".join(lines[1:]))
    (place / "proofs.jsonl").write_bytes(b"".join(proofs[1:]))
    manifest = json.loads((place / "manifest.json").read_text())
    for name in ("entries.jsonl", "proofs.jsonl"):
        manifest["sha256"][name] = hashlib.sha256((place / name).read_bytes()).hexdigest()
    manifest["entries"] -= 1
    (place / "manifest.json").write_text(json.dumps(manifest))
    said = checked(place)
    assert said.returncode == 1
    assert "manifest.json: the signature does not hold" in said.stdout


def test_a_pack_holds_no_clear_value_and_taking_it_is_in_the_trail(session: Session, world: World) -> None:
    _, data = packed(session, world)
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        everything = b"".join(pack.read(name) for name in pack.namelist() if name != "names.json").decode()
    assert "Quillon" not in everything
    assert "13970204417" not in everything
    scope.enter(session, world.alice.context)
    taken = select(AuditEntry.action).where(AuditEntry.subject_type == "audit_pack").order_by(AuditEntry.sequence)
    assert session.scalars(taken).all() == ["audit.exported", "audit.pack_opened"]
    assert session.scalars(select(StoredFile).where(StoredFile.purpose == evidence.PART)).all() == []


def test_a_pack_is_made_and_fetched_on_its_page_until_its_time_is_over(
    session: Session, world: World, sign_in: SignIn
) -> None:
    run_id, _ = packed(session, world)
    alice = sign_in(world.alice)
    answer = alice.post("/audit/packs", data={"action": "unit.created", "note": "again"})
    assert answer.status_code == 303
    assert "for the court" in alice.get("/audit/packs").text
    fetched = alice.get(f"/audit/packs/{run_id}/file")
    assert fetched.data[:2] == b"PK"
    session.rollback()
    scope.enter(session, world.alice.context)
    session.execute(
        update(StoredFile).where(StoredFile.purpose == evidence.PURPOSE).values(expires_at=StoredFile.created_at)
    )
    session.commit()
    assert alice.get(f"/audit/packs/{run_id}/file").status_code == 404
    session.rollback()
    scope.enter(session, world.alice.context)
    assert evidence.purge(session) == 1
    session.commit()
    scope.enter(session, world.alice.context)
    with pytest.raises(NotFound):
        packs.opened(session, context=world.alice.context, run_id=run_id)


def test_nothing_and_too_much_are_refused_with_the_reason(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope.enter(session, world.alice.context)
    with pytest.raises(Invalid, match="nothing to prove"):
        evidence.count(session, context=world.alice.context, asked={"action": "case.opened"})
    monkeypatch.setattr(evidence, "MOST", 2)
    with pytest.raises(Invalid, match="Choose a shorter time"):
        evidence.count(session, context=world.alice.context, asked={})
