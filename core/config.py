"""Configuration: every `KEHUB_*` variable, read once, validated together, refused with one message that names every bad one."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class ConfigError(RuntimeError):
    """One or more variables are wrong. The message has a line for each."""


@dataclass(frozen=True)
class Config:
    """What the process was told. Paths are absolute; a missing database URL means the embedded server."""

    database_url: str | None = None
    owner_database_url: str | None = None
    secret_key: str | None = None
    verticals: tuple[str, ...] | None = None
    data_dir: Path = Path(".kehub")
    bind: tuple[str, int] = ("127.0.0.1", 8000)
    workers: int = 2
    upload_limit_mb: int = 200
    session_hours: int = 12
    sign_up: bool = True
    trial_days: int = 30
    grace_days: int = 30
    idle_minutes: int = 60
    hash_slots: int = 0
    limits: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    log_level: str = "INFO"
    pg_bin: Path | None = None
    public_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "Kehub <kehub@localhost>"
    private_network: bool = False
    trusted_proxies: int = 0
    dns_server: str | None = None
    testing: bool = False

    @property
    def embedded(self) -> bool:
        return self.database_url is None

    @property
    def address(self) -> str:
        """Where people reach the application, without a slash at its end."""
        host, port = self.bind
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def rp_id(self) -> str:
        """The name that passkeys are bound to (WebAuthn's relying party): never an address, which browsers refuse."""
        host = urlsplit(self.address).hostname or "localhost"
        return "localhost" if host in LOOPBACK else host


PREFIX = "KEHUB_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0"})  # noqa: S104 - a name for it, nothing is bound
URL_WANTED = "is not a URL like postgresql://user:password@host:5432/database"


def _postgres_url(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(URL_WANTED) from None
    if url.get_backend_name() != "postgresql":
        raise ValueError(f"must be PostgreSQL, not {url.get_backend_name()}")
    if not url.username or not url.database:
        raise ValueError(URL_WANTED)
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError(f"has {len(value)} characters, it needs at least 32")
    return value


def _verticals(value: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in value.split(",") if part.strip())
    bad = [key for key in keys if not re.fullmatch(r"[a-z][a-z0-9_]*", key)]
    if bad:
        raise ValueError(f"names {', '.join(bad)}: keys are lower-case words separated by commas")
    return keys


def _bind(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("is not an address like 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _limits(value: str) -> Mapping[str, tuple[int, int] | None]:
    """`reset=5/3600,export=off`: how much in how many seconds."""
    found: dict[str, tuple[int, int] | None] = {}
    for part in filter(None, (each.strip() for each in value.split(","))):
        budget = re.fullmatch(r"([a-z_]+)=(?:(\d{1,9})/(\d{1,6})|off)", part)
        if budget is None or (budget[2] is not None and 0 in (int(budget[2]), int(budget[3]))):
            raise ValueError(f"has {part!r}, which is not like reset=5/3600 (so many in so many seconds) or reset=off")
        found[budget[1]] = (int(budget[2]), int(budget[3])) if budget[2] is not None else None
    return found


def _open(value: str) -> bool:
    if value not in {"open", "closed"}:
        raise ValueError("must be open or closed")
    return value == "open"


def _level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def _yes(value: str) -> bool:
    if value.casefold() not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return value.casefold() == "yes"


def _dns_server(value: str) -> str:
    host, port = _bind(value)
    return f"{host}:{port}"


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is not an address like https://crm.example.com, without a path")
    return value.rstrip("/")


def _smtp_url(value: str) -> str:
    wanted = "is not a URL like smtp://user:password@host:587 or smtps://host:465"
    parts = urlsplit(value)
    try:
        good = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.path.strip("/"):
        raise ValueError(wanted)
    return value


def _mail_from(value: str) -> str:
    found = getaddresses([value])
    try:
        [(name, address)] = found
        if "." not in address.partition("@")[2] and not address.endswith("@localhost"):
            raise ValueError
        return str(Address(display_name=name, addr_spec=address))
    except (ValueError, HeaderParseError):
        raise ValueError("is not a sender like Kehub <kehub@example.com>") from None


def _folder(value: str) -> Path:
    path = Path(value).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ValueError("is a file, not a folder")
    return path


VARIABLES: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "KEHUB_DATABASE_URL": (_postgres_url, "database the app serves from (login role that bypasses nothing)"),
    "KEHUB_OWNER_DATABASE_URL": (_postgres_url, "owner of the schema; only for `kehub db`"),
    "KEHUB_SECRET_KEY": (_secret, "at least 32 characters; keys of digests and encryption come from it"),
    "KEHUB_VERTICALS": (_verticals, "verticals to load, separated by commas; default: those that ship with Kehub"),
    "KEHUB_DATA_DIR": (_folder, "folder of the embedded database, uploaded files and the demo's secret"),
    "KEHUB_BIND": (_bind, "address to serve on; plain http only on loopback"),
    "KEHUB_WORKERS": (_between(1, 64), "web processes"),
    "KEHUB_UPLOAD_LIMIT_MB": (_between(1, 4096), "largest upload"),
    "KEHUB_SESSION_HOURS": (_between(1, 720), "hours until a sign-in ends"),
    "KEHUB_SIGN_UP": (_open, "open or closed: whether an organisation may sign up by itself"),
    "KEHUB_TRIAL_DAYS": (_between(1, 365), "days of trial after a sign-up"),
    "KEHUB_GRACE_DAYS": (_between(1, 365), "days in which the closing of an organisation can be called back"),
    "KEHUB_IDLE_MINUTES": (_between(5, 1440), "minutes without use until a sign-in ends"),
    "KEHUB_HASH_SLOTS": (
        _between(1, 64),
        "passwords that are checked at once on this machine, 64 MiB each; default: processors, 4 at most",
    ),
    "KEHUB_LIMITS": (
        _limits,
        "budgets other than the usual, such as reset=5/3600,export=off; docs/guide/limits.md names all",
    ),
    "KEHUB_LOG_LEVEL": (_level, "DEBUG, INFO, WARNING or ERROR"),
    "KEHUB_PUBLIC_URL": (_public_url, "address in links of mails, as people type it"),
    "KEHUB_SMTP_URL": (
        _smtp_url,
        "mail server; without one mails stay in the outbox page. TLS unless it is on this machine",
    ),
    "KEHUB_MAIL_FROM": (_mail_from, "sender of mails"),
    "KEHUB_PRIVATE_NETWORK": (
        _yes,
        "yes: identity providers of tenants may have private addresses, and plain http there; for a company's own installation",
    ),
    "KEHUB_TRUSTED_PROXIES": (
        _between(0, 5),
        "reverse proxies in front, each of which adds to X-Forwarded-For; with 0 no such header is read",
    ),
    "KEHUB_DNS_SERVER": (
        _dns_server,
        "host:port of the name server that is asked for domain proofs; default: the machine's",
    ),
    "KEHUB_PG_BIN": (_folder, "folder of PostgreSQL programs to use instead of the embedded ones"),
}
"""Parser and meaning of each variable. The README's table is made from this."""

CHECKOUT = Path(__file__).resolve().parent.parent


def read(environment: Mapping[str, str] | None = None) -> Config:
    """Read `KEHUB_*` from the environment. Raises ConfigError naming every wrong or unknown variable."""
    environment = os.environ if environment is None else environment
    given = {name: value.strip() for name, value in environment.items() if name.startswith(PREFIX) and value.strip()}
    faults: list[str] = []
    values: dict[str, Any] = {}
    for name, raw in sorted(given.items()):
        if name not in VARIABLES:
            # Without the prefix, which would make any two names alike.
            near = difflib.get_close_matches(name[len(PREFIX) :], [known[len(PREFIX) :] for known in VARIABLES], n=1)
            faults.append(f"{name} is not a variable of Kehub" + (f"; did you mean {PREFIX}{near[0]}?" if near else ""))
            continue
        try:
            values[name.removeprefix(PREFIX).lower()] = VARIABLES[name][0](raw)
        except ValueError as fault:
            faults.append(f"{name} {fault}")
    if "database_url" in values and "secret_key" not in values:
        faults.append("KEHUB_SECRET_KEY must be set together with KEHUB_DATABASE_URL")
    if "owner_database_url" in values and "KEHUB_DATABASE_URL" not in given:
        faults.append("KEHUB_DATABASE_URL must be set together with KEHUB_OWNER_DATABASE_URL")
    if faults:
        raise ConfigError("Configuration refused:\n" + "\n".join(f"  - {fault}" for fault in faults))
    values.setdefault("data_dir", CHECKOUT / ".kehub")
    return Config(**values)
