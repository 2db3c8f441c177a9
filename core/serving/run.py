"""Run an application: pages, a worker, and the embedded database if it is ours to keep; the database is stopped last.

Several commands may use one embedded database. Each holds a shared lock meanwhile, and the last to leave stops it.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from core.config import Config
from core.db import home
from core.db.base import db
from core.jobs.worker import run_worker
from core.serving import logging as logs
from core.serving.address import ServeRefused
from core.serving.child import Child
from core.serving.steady import settle
from core.serving.supervisor import Supervisor
from core.serving.web import serve_web

READY_PATH = "/login"


def run(
    app: Flask,
    config: Config,
    *,
    listener: socket.socket,
    say: Callable[[str], object],
    welcome: Callable[[], object],
    log_folder: Path | None = None,
) -> int:
    """Serve until asked to stop; the exit code. The processes are forked from this one, with the application made.

    With `log_folder` each writes to a file of its own there, otherwise to our standard output.
    """

    def log(name: str) -> Path | None:
        return log_folder / f"{name}.log" if log_folder else None

    children = [
        Child("web", lambda: serve_web(_own(app), config, listener), log=log("web")),
        Child("worker", lambda: work(_own(app), config), log=log("worker")),
    ]
    if config.embedded:
        children.append(Child("database watch", lambda: watch(config), log=log("database")))
    settle()  # before they are forked
    supervisor = Supervisor(children, say=say, close=listener.close)
    return supervisor.run(ready=lambda: answers(config), welcome=welcome)


def _own(app: Flask) -> Flask:
    """The application in a process of its own: connections of the parent are not ours to use or to close."""
    with app.app_context():
        db.engine.dispose(close=False)
    return app


def work(app: Flask, config: Config) -> None:
    """Work on jobs until told to end; the running slice is finished first."""
    logs.configure(config.log_level)
    run_worker(app)


@contextmanager
def using_database(config: Config, *, say: Callable[[str], object], alone: bool = False) -> Iterator[None]:
    """Hold the embedded database, and stop it at the end unless others hold it too. A configured one is left alone.

    With `alone`, nobody else may hold it at the beginning. Raises ServeRefused.
    """
    if not config.embedded:
        yield
        return
    config.data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(config.data_dir / "in-use", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if alone and not _only_holder(lock):
            raise ServeRefused(f"Another Kehub is running on {config.data_dir}. Stop it first (ctrl-C where it runs).")
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            server = home.server(config)
            if _only_holder(lock) and server.is_running():
                say("Stopping the database ...")
                server.stop()
    finally:
        os.close(lock)


def _only_holder(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def watch(config: Config) -> None:
    """Start the database again whenever it is gone."""
    logs.configure(config.log_level)
    home.server(config).keep_alive(threading.Event())


def answers(config: Config) -> bool:
    """Whether the sign-in page is served."""
    connection = http.client.HTTPConnection(*config.bind, timeout=2)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
