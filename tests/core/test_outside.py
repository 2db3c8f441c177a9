"""Which addresses the server calls for a tenant: public ones, whatever they are called and however they are written."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from core.outside import Outside

PRIVATE = (
    "127.0.0.1", "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::",
    "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.8", "::ffff:169.254.169.254", "::10.0.0.8",
    "64:ff9b::10.0.0.8", "64:ff9b:1::1", "2002:a00:8::1", "2001::a00:8", "2001:db8::1",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "2606:4700::1111", "64:ff9b::93.184.216.34", "::ffff:93.184.216.34", "2002:5db8:d822::1")


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`named(addresses)`: what every name leads to. No connection is made; `called` are the addresses of those that would be."""
    called: list[str] = []

    def connect(address: tuple[str, int], *_rest: Any, **_more: Any) -> Any:
        called.append(address[0])
        raise OSError("nobody is there")

    def lead(*addresses: str) -> list[str]:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: found)
        monkeypatch.setattr(socket, "create_connection", connect)
        return called

    return lead


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_a_private_address_is_not_called(named: Any, address: str) -> None:
    called = named(address)
    with Outside() as client, pytest.raises(httpx.ConnectError, match="private"):
        client.post("https://hooks.example/", content=b"{}")
    assert called == []


def test_one_private_address_among_public_ones_is_enough(named: Any) -> None:
    called = named("93.184.216.34", "10.0.0.8")
    with Outside() as client, pytest.raises(httpx.ConnectError, match="private"):
        client.get("https://hooks.example/")
    assert called == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called_as_it_was_checked_and_not_asked_for_again(named: Any, address: str) -> None:
    called = named(address)
    with Outside() as client, pytest.raises(httpx.ConnectError, match="nobody is there"):
        client.get("https://hooks.example/")
    assert called == [address]
