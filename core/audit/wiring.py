"""What higher features hand to the trail: data keys, the numbers of what entries are about, the names of people."""

from __future__ import annotations

from core.audit import service

FindKey = service.FindKey


def wire(*, find_key: FindKey, make_key: FindKey) -> None:
    service.KEYRING.update(find=find_key, make=make_key)
