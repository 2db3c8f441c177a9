"""How the server reaches an address that a tenant named: over HTTPS, no private address, no redirect, little, and soon.

The name is resolved here and the connection made to the address that was checked, so that a name which changes its address
between the check and the call (DNS rebinding) gains nothing. TLS still proves the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from core.errors import N_, Unavailable

PATIENCE = 5.0
"""Seconds for each of connecting, writing and reading."""
WHOLE = 20.0
"""Seconds for a whole answer: one that comes byte by byte holds nobody up."""
MOST = 1_000_000
"""Bytes of an answer."""

UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out on the public internet (RFC 4291, 2.4)."""
CARRYING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""Addresses of IPv4 in their last four bytes: NAT64 (RFC 6052), and as it once was compatible (RFC 4291, 2.5.5)."""

UNREACHABLE = N_("%(host)s cannot be reached from here: %(reason)s.")


class Refused(httpx.TransportError):
    """The address is none that may be called. The message is English, for `UNREACHABLE`."""


class Outside(httpx.Client):
    """A client for addresses of tenants. `private` lets it call the own network, and HTTP there."""

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        transport = httpx.HTTPTransport()
        transport._pool = httpcore.ConnectionPool(  # httpx has no public way to give its pool a network
            ssl_context=ssl.create_default_context(), network_backend=_Network(private=private), max_connections=2
        )
        super().__init__(transport=transport, timeout=PATIENCE, follow_redirects=False, trust_env=False)

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Raises httpx.TransportError, httpx.HTTPError for what does not come, redirects or comes too large."""
        if request.url.scheme != "https" and not self._private:
            raise Refused("only https is called", request=request)
        answer = super().send(request, **{**options, "stream": True})
        try:
            if answer.is_redirect:
                raise Refused("it redirects", request=request)
            answer._content = _read(answer)
        finally:
            answer.close()
        return answer


def _read(answer: httpx.Response) -> bytes:
    found, until = bytearray(), time.monotonic() + WHOLE
    for piece in answer.iter_bytes():
        found += piece
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer takes too long", request=answer.request)
        if len(found) > MOST:
            raise Refused("the answer is too large", request=answer.request)
    return bytes(found)


class _Network(httpcore.SyncBackend):
    def __init__(self, *, private: bool) -> None:
        self._private = private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = host if self._private else public_address(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)


def public_address(host: str, port: int) -> str:
    """One address of a host, all of which must be on the public internet. Raises httpcore.ConnectError."""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        raise httpcore.ConnectError("there is no such name") from None
    if not found or not all(_is_public(each) for each in found):
        raise httpcore.ConnectError("its address is private")
    return min(found, key=lambda each: (":" in each, each))


def _is_public(text: str) -> bool:
    """One of IPv6 that carries one of IPv4 leads where that leads, whichever way it carries it."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in each for each in CARRYING):
            carried = ipaddress.IPv4Address(int(address) % 2**32)
        if carried is None:
            return address in UNICAST and address.is_global
        address = carried
    return address.is_global and not address.is_multicast


def unreachable(url: str, error: Exception, *, field: str | None = None) -> Unavailable:
    """What a failed call means to whoever named the address; without what the other side said."""
    host = urlsplit(url).hostname or url
    reason = str(error) if isinstance(error, Refused | httpx.ConnectError) else type(error).__name__
    return Unavailable(UNREACHABLE, field=field, host=host, reason=reason)
