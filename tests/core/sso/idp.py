"""An identity provider on loopback that says what a test wants it to say, true or not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "kehub", "only-for-tests"


@dataclass
class Provider:
    """`claims` change what its next ID token says; `signs_with` may be a stranger's key."""

    issuer: str
    key: RSAKey
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", **self.metadata,
        }  # fmt: skip

    def tokens(self, body: dict[str, str]) -> dict[str, Any]:
        self.asked.append(body)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300, "nonce": body["code"]}
        claims |= {"email_verified": True, **self.claims}
        said = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.key
        return {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, key),
        }


def make_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@contextmanager
def running() -> Iterator[Provider]:
    key = make_key()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            self.answer(
                provider.described() if path.startswith("/.well-known") else {"keys": [key.as_dict(private=False)]}
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(provider.tokens({name: values[0] for name, values in parse_qs(body).items()}))

        def answer(self, said: Any) -> None:
            data = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", key)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
