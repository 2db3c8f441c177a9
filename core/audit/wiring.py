"""How the trail is put into the house: what pages show is noted, and higher features hand in keys, numbers and names."""

from __future__ import annotations

from flask import Flask

from core.audit import reads, service
from core.web.state import EXTENSION, Web


def wire(app: Flask, *, find_key: service.FindKey, make_key: service.FindKey) -> None:
    service.KEYRING.update(find=find_key, make=make_key)
    web = app.extensions[EXTENSION]
    assert isinstance(web, Web)
    web.on_page_shown.append(reads.keep_page)
    web.on_answer.append(reads.note)
