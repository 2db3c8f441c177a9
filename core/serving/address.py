"""The address to serve on: taken once, before anything is started, so that a port in use is told at once."""

from __future__ import annotations

import errno
import ipaddress
import socket
from dataclasses import replace

from core.config import Config

BACKLOG = 512


class ServeRefused(RuntimeError):
    """Nothing is served. The message says why and what to do."""


def at_port(config: Config, port: int | None) -> Config:
    """The configuration with another port, if one was given."""
    return config if port is None else replace(config, bind=(config.bind[0], port))


def url(config: Config) -> str:
    host, port = config.bind
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def listen(config: Config) -> socket.socket:
    """A listening socket at the configured address. Raises ServeRefused where it is open to others, taken or not ours."""
    host, port = config.bind
    refuse_open_http(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeRefused(_explained(error, host, port)) from error
    return listener


def refuse_open_http(host: str) -> None:
    """Plain http is for this machine only. Raises ServeRefused."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServeRefused(
            f"Kehub does not serve plain http on {host}: passwords and customers' data would cross the network in "
            "clear, and browsers would refuse the session cookie. Keep KEHUB_BIND on 127.0.0.1 and put a proxy that "
            "ends TLS in front of it."
        )


def _explained(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use. Stop what listens there, or take another port: `--port {port + 1}` "
            f"(`make demo PORT={port + 1}`), or KEHUB_BIND={host}:{port + 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} needs rights this user has not. Take one above 1023: KEHUB_BIND={host}:8000."
    return f"Kehub cannot listen on {host}:{port} ({error.strerror}). Set KEHUB_BIND to an address of this machine."
