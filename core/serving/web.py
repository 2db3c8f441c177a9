"""The web process: gunicorn with our settings, on a socket that is already listening.

The application is made by the supervisor and forked, so a fault of the boot is told once and workers start at once.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from core.config import Config
from core.serving import logging as logs
from core.serving.requests import traced

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 4
GRACE_SECONDS = 30


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own messages go the way of all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Flask, config: Config, listener: socket.socket) -> None:
        self._app = app
        self._config = config
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        for name, value in settings(self._config, self._listener).items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        return traced(self._app)


def settings(config: Config, listener: socket.socket) -> dict[str, Any]:
    return {
        "bind": [f"fd://{listener.fileno()}"],
        "worker_class": "gthread",
        "workers": config.workers,
        "threads": THREADS,
        "preload_app": True,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        "proc_name": "kehub",
        "control_socket_disable": True,
        "accesslog": None,  # our own line instead: gunicorn's has the query and the address
        "logger_class": Log,
    }


def serve_web(app: Flask, config: Config, listener: socket.socket) -> None:
    """Serve until told to stop. Never returns: gunicorn ends the process."""
    logs.configure(config.log_level)
    Web(app, config, listener).run()
