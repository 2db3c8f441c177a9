"""Check an evidence pack of Kehub by itself: python verify.py [--key PEM]

It needs Python 3.10 or newer and the package `cryptography`, and nothing of Kehub. It checks, in the folder or zip where it lies:
the digest of every file and the signature of the manifest; the hash and signature of every batch; and of every entry that its
text leads, by its path, to the signed root of its batch. It prints what does not hold and ends with 0 (all holds) or 1.

The public key in the pack proves nothing about who made it. Compare `key id` with the one that the installation gives out
(`kehub audit key`), or name a key that you got elsewhere with --key.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

Roots = dict[int, tuple[bytes, str]]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Pack:
    """The files of a pack, unpacked in a folder or still in their zip."""

    def __init__(self, place: Path) -> None:
        self.zip = zipfile.ZipFile(place) if place.is_file() else None
        self.place = place

    def lines(self, name: str) -> Iterator[bytes]:
        with self.zip.open(name) if self.zip else (self.place / name).open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")

    def read(self, name: str) -> bytes:
        return self.zip.read(name) if self.zip else (self.place / name).read_bytes()


def climbed(digest: bytes, path: list[list[str]]) -> bytes:
    """The root that an entry's digest and its path lead to (RFC 6962, section 2.1)."""
    for side, text in path:
        other = bytes.fromhex(text)
        digest = sha256(b"\x01" + other + digest) if side == "left" else sha256(b"\x01" + digest + other)
    return digest


def holds(key: Ed25519PublicKey, signature: str, data: bytes) -> bool:
    try:
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_files(pack: Pack, key: Ed25519PublicKey, manifest_bytes: bytes) -> Iterator[str]:
    if not holds(key, pack.read("manifest.sig").decode(), b"kehub evidence\0" + manifest_bytes):
        yield "manifest.json: the signature does not hold"
    for name, digest in json.loads(manifest_bytes)["sha256"].items():
        try:
            found = hashlib.sha256(pack.read(name)).hexdigest()
        except (KeyError, OSError):
            yield f"{name}: missing"
            continue
        if found != digest:
            yield f"{name}: changed since the pack was made"


def check_batches(pack: Pack, key: Ed25519PublicKey, roots: Roots) -> Iterator[str]:
    """Fills `roots`: the root and tenant of each batch that holds."""
    for line in pack.lines("batches.jsonl"):
        batch = json.loads(line)
        header = batch["header"].encode()
        told = json.loads(header)
        if sha256(b"\x02" + header).hex() != batch["hash"] or not holds(key, batch["signature"], header):
            yield f"batch {told['number']}: the seal does not hold"
        else:
            roots[told["number"]] = (bytes.fromhex(told["root"]), told["tenant_id"])


def check_entries(pack: Pack, roots: Roots, tenant: str, counted: list[int]) -> Iterator[str]:
    for line, proof_line in zip(pack.lines("entries.jsonl"), pack.lines("proofs.jsonl"), strict=False):
        entry, proof = json.loads(line), json.loads(proof_line)
        counted.append(entry["sequence"])
        root, sealed_for = roots.get(proof["batch"], (b"", ""))
        if entry["sequence"] != proof["sequence"] or climbed(sha256(b"\x00" + line), proof["path"]) != root:
            yield f"entry {entry['sequence']}: it is not what was sealed in batch {proof['batch']}"
        elif not entry["tenant_id"] == sealed_for == tenant:
            yield f"entry {entry['sequence']}: of another tenant"


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of Kehub.")
    parser.add_argument("--key", type=Path, help="the installation's public key (PEM), got elsewhere")
    parser.add_argument("place", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="folder or zip")
    asked = parser.parse_args()
    pack = Pack(asked.place)
    key = load_pem_public_key(asked.key.read_bytes() if asked.key else pack.read("public-key.pem"))
    if not isinstance(key, Ed25519PublicKey):
        sys.exit("The key is not an Ed25519 public key.")
    manifest_bytes = pack.read("manifest.json")
    manifest = json.loads(manifest_bytes)
    roots: Roots = {}
    counted: list[int] = []
    wrong = [*check_files(pack, key, manifest_bytes), *check_batches(pack, key, roots)]
    wrong += check_entries(pack, roots, manifest["tenant_id"], counted)
    if len(counted) != manifest["entries"]:
        wrong.append(f"{manifest['entries']} entries were packed, {len(counted)} are here")
    key_id = hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
    said = "WRONG" if wrong else "all hold"
    wrong.append(f"key id {key_id}; {len(counted)} entries in {manifest['batches']} batches: {said}")
    sys.stdout.write("\n".join(wrong) + "\n")
    return 1 if said == "WRONG" else 0


if __name__ == "__main__":
    sys.exit(main())
