"""Where Kehub listens: on this machine only, and never half started on a port somebody else has."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from core.config import Config
from core.serving.address import ServeRefused, at_port, listen, url


@pytest.fixture
def taken() -> int:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_in_use_is_named_with_what_to_do(taken):
    with pytest.raises(ServeRefused) as refused:
        listen(at_port(Config(), taken))
    for said in (f"Port {taken} on 127.0.0.1 is in use", f"--port {taken + 1}", f"KEHUB_BIND=127.0.0.1:{taken + 1}"):
        assert said in str(refused.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "kehub.example"])
def test_plain_http_is_refused_where_others_could_listen(host):
    with pytest.raises(ServeRefused, match=r"plain http on .*in clear.*TLS"):
        listen(Config(bind=(host, 8000)))


def test_a_free_port_is_taken_and_its_address_told():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = at_port(Config(), port)
    with listen(config) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)
    assert url(config) == f"http://127.0.0.1:{port}/"
    assert url(replace(config, bind=("::1", port))) == f"http://[::1]:{port}/"
