"""How the trail is put into the house: what pages show is noted, and higher features hand in keys, numbers and names."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from core.audit import jobs, reads, service, subjects, words
from core.db.base import TenantModel
from core.jobs import service as runs
from core.plugin.types import Label
from core.web.state import EXTENSION, Web


def wire(
    app: Flask,
    *,
    find_key: service.FindKey,
    make_key: service.FindKey,
    numbered: Mapping[str, type[TenantModel]],
    directory: subjects.Directory,
    permissions: Mapping[str, Label],
    fields: Mapping[str, Label],
) -> None:
    service.KEYRING.update(find=find_key, make=make_key)
    subjects.NUMBERED.update(numbered)
    words.PERMISSIONS.update(permissions)
    words.FIELDS.update(fields)
    subjects.DIRECTORY[:] = [directory]
    runs.register(jobs.VERIFY, jobs.check_slice)
    runs.register(jobs.PACK, jobs.pack_slice)
    web = app.extensions[EXTENSION]
    assert isinstance(web, Web)
    web.on_page_shown.append(reads.keep_page)
    web.on_answer.append(reads.note)
