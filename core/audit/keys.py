"""Keys: per-tenant digests for equality, per-subject encryption for what must be kept, both from one master secret.

A document or card number is stored as HMAC-SHA-256 (to find it) and AES-256-GCM under the subject's data key (to show it).
The data key is itself wrapped under the tenant's key; erasure deletes the wrapped key, and nothing can be read again.

The trail's batches are signed with an Ed25519 key of the installation, from the same secret: whoever has only the database
cannot sign. Its public half is given out (`kehub audit key`, every evidence pack).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_NONCE = 12
_master: list[bytes] = []


def install(secret: str) -> None:
    """Set the master secret of this process (at boot)."""
    _master[:] = [secret.encode()]
    _derived.cache_clear()
    _keyed.cache_clear()
    _signing_key.cache_clear()


@lru_cache(maxsize=4096)
def _derived(purpose: str, tenant_id: UUID | None) -> bytes:
    if not _master:
        raise RuntimeError("keys.install() has not run")
    info = purpose.encode() + (tenant_id.bytes if tenant_id else b"")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(_master[0])


def digest(value: str, *, tenant_id: UUID | None, purpose: str = "equality") -> str:
    """Keyed digest (HMAC-SHA-256, hex) of a value: equal values of one tenant are equal, of two tenants are not."""
    made = _keyed(purpose, tenant_id).copy()
    made.update(value.encode())
    return made.hexdigest()


@lru_cache(maxsize=4096)
def _keyed(purpose: str, tenant_id: UUID | None) -> hmac.HMAC:
    return hmac.new(_derived(purpose, tenant_id), digestmod=hashlib.sha256)


def digester(*, tenant_id: UUID | None, purpose: str) -> Callable[[str], str]:
    """`digest` for many values of one tenant: the key is set up once."""
    keyed = _keyed(purpose, tenant_id)

    def made(value: str) -> str:
        one = keyed.copy()
        one.update(value.encode())
        return one.hexdigest()

    return made


def new_data_key(tenant_id: UUID) -> bytes:
    """A fresh data key for one subject, wrapped for storing."""
    return _seal(_derived("wrap", tenant_id), os.urandom(32))


def encrypt(value: str, *, data_key: bytes, tenant_id: UUID) -> bytes:
    return _seal(_open(_derived("wrap", tenant_id), data_key), value.encode())


def decrypt(sealed: bytes, *, data_key: bytes, tenant_id: UUID) -> str:
    """The clear value. Raises cryptography.exceptions.InvalidTag where key or bytes are not the ones."""
    return _open(_open(_derived("wrap", tenant_id), data_key), sealed).decode()


@lru_cache(maxsize=1)
def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived("audit seal", None))


def sign(data: bytes) -> bytes:
    return _signing_key().sign(data)


def public_key() -> bytes:
    """The raw public key (32 bytes) of this installation's seals."""
    return _signing_key().public_key().public_bytes_raw()


def public_pem() -> str:
    """The same as PEM, for other programs."""
    made = _signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()


def key_id(public: bytes) -> str:
    """The first 16 hexadecimal digits of the public key's SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def signing_key_id() -> str:
    return key_id(public_key())


def signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def seal(value: str, *, purpose: str) -> bytes:
    """Encrypt what belongs to no tenant, a person's own secret; `purpose` names the key, so that it opens nowhere else."""
    return _seal(_derived(purpose, None), value.encode())


def unseal(sealed: bytes, *, purpose: str) -> str:
    """The clear value. Raises cryptography.exceptions.InvalidTag where it was sealed for another purpose."""
    return _open(_derived(purpose, None), sealed).decode()


def _seal(key: bytes, clear: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, clear, None)


def _open(key: bytes, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
