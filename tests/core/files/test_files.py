"""Files are kept whole or not at all, outside the web root, under names nobody typed."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import scope
from core.errors import Invalid, NotFound, Unavailable
from core.files import service
from core.files.models import StoredFile
from core.files.sniff import kind_of

MB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path, app: Any) -> Any:
    before = list(service._root)
    service.install(tmp_path / "files")
    yield tmp_path / "files"
    service._root[:] = before


def kept(session: Any, world: Any, data: bytes, *, name: str = "list.csv", limit: int = MB) -> StoredFile:
    scope.enter(session, world.alice.context)
    return service.keep(
        session, stream=io.BytesIO(data), name=name, media_type="text/csv", purpose="import", limit=limit
    )


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_is_kept_with_its_size_and_digest(session: Any, world: Any, root: Path) -> None:
    data = b"a,b\n1,2\n" * 1000
    file = kept(session, world, data)

    path = service.path_of(world.tenant_id, file.id)
    assert path.read_bytes() == data
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_clients_name_is_never_a_path(session: Any, world: Any, root: Path) -> None:
    file = kept(session, world, b"a\n", name="../../../etc/passwd")

    assert file.name == "../../../etc/passwd"
    assert files_in(root) == [root / str(world.tenant_id) / str(file.id)]


def test_a_file_that_is_too_large_leaves_nothing(session: Any, world: Any, root: Path) -> None:
    with pytest.raises(Invalid, match="larger than 1 MB"):
        kept(session, world, b"x" * (MB + 1))

    assert files_in(root) == []
    assert session.scalar(select(func.count(StoredFile.id))) == 0


def test_a_full_disk_leaves_nothing_and_says_what_to_do(
    session: Any, world: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match=r"no space left.+free some space"):
        kept(session, world, b"a,b\n")

    assert files_in(root) == []
    assert session.scalar(select(func.count(StoredFile.id))) == 0


def test_a_file_of_another_tenant_is_not_there(session: Any, world: Any, root: Path, app: Any) -> None:
    from core.testing.people import make_world

    file_id = kept(session, world, b"a\n").id
    session.commit()
    scope.enter(session, make_world(app).alice.context)

    with pytest.raises(NotFound):
        service.find(session, file_id=file_id)


def test_a_file_is_forgotten_with_its_row(session: Any, world: Any, root: Path) -> None:
    file = kept(session, world, b"a\n")
    service.forget(session, file=file)

    assert files_in(root) == []
    with pytest.raises(NotFound):
        service.find(session, file_id=file.id)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("客户号,姓名\n".encode(), "text"),
        ("客户号,姓名\n".encode("gb18030"), "text"),
        ("客户号,姓名\n".encode("utf-16"), "text"),
        (b"a,b\n1,\x002\n" + b"1,2\n" * 100, "text"),
        (b"", "text"),
        (b"PK\x03\x04" + b"\0" * 20 + b"xl/worksheets/sheet1.xml", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
        (b"PK\x03\x04\x14", "archive"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (bytes(range(256)) * 4, "binary"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind
