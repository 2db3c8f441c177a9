"""The organisation's own settings: names, numbers, looks, and an address that moves without losing anybody."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.db import scope
from core.errors import Conflict, Invalid, Stale
from core.files import pictures
from core.files import service as files
from core.identity import service as identity
from core.tenants import address, brand, colour, organisation
from core.tenants import service as tenants
from core.testing.people import World, make_world


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    return make_world(app, verticals=())


@pytest.fixture
def entered(session: Session, world: World) -> Session:
    scope.enter(session, world.alice.context)
    return session


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 8, height: int = 8, *, more: bytes = b"", data: bytes | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x20\x40\x80" * width) * height) if data is None else data
    return pictures.PNG + chunk(b"IHDR", head) + more + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def jpeg(width: int = 8, height: int = 8, *, note: bytes = b"") -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    said = b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note if note else b""
    return (b"\xff\xd8" + said + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
            + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x11\x22\x33" + b"\xff\xd9")  # fmt: skip


# -- data ----------------------------------------------------------------------------------------------------------------


def test_registration_numbers_are_kept_in_their_canonical_form(entered: Session, world: World) -> None:
    row = organisation.organisation(entered, context=world.alice.context)
    values = {"uscc": " 91110000600037341l".upper(), "lei": "5493 00KJTIIGC8Y1R1 12"}
    with pytest.raises(Invalid):
        organisation.change(entered, context=world.alice.context, values=values, version=row.version)
    good = {"uscc": "91110000600037341L", "lei": "213800KUD8LAJWSQ9D15", "legal_name": "Harbour Ltd"}
    changed = organisation.change(entered, context=world.alice.context, values=good, version=row.version)
    assert (changed.uscc, changed.lei, changed.legal_name) == (
        "91110000600037341L",
        "213800KUD8LAJWSQ9D15",
        "Harbour Ltd",
    )
    fields = entered.scalars(select(AuditEntry.fields).where(AuditEntry.action == "tenant.updated")).all()
    assert fields[-1] == ["legal_name", "lei", "uscc"]


WRONG = {
    "name": "", "uscc": "91110000600037341X", "lei": "213800KUD8LAJWSQ9D16", "locale": "tlh", "time_zone": "Mars/Olympus",
    "currency": "ABC", "country": "ZZZ",
}  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_is_said_at_its_field(entered: Session, world: World, field: str) -> None:
    row = organisation.organisation(entered, context=world.alice.context)
    with pytest.raises(Invalid) as refused:
        organisation.change(entered, context=world.alice.context, values={field: WRONG[field]}, version=row.version)
    assert [each.field for each in refused.value.errors] == [field]


def test_of_two_people_who_change_it_at_once_the_second_is_told(entered: Session, world: World) -> None:
    row = organisation.organisation(entered, context=world.alice.context)
    with pytest.raises(Stale):
        organisation.change(entered, context=world.alice.context, values={"name": "X"}, version=row.version + 1)


def test_the_page_saves_and_keeps_what_was_typed_where_it_does_not(
    world: World, sign_in: Callable[..., Any], session: Session
) -> None:
    alice = sign_in(world.alice)
    version = _version(session, world)
    good = {"name": world.alice.context.tenant_name, "country": "DE", "version": version}
    assert alice.post("/organisation", data=good).status_code == 303
    bad = alice.post("/organisation", data={"name": "Нarbour", "version": _version(session, world)})
    assert bad.status_code == 422
    assert "Нarbour" in bad.text
    assert sign_in(world.carol).post("/organisation", data=good).status_code == 403


def _version(session: Session, world: World) -> int:
    scope.enter(session, world.alice.context)
    found = organisation.organisation(session, context=world.alice.context).version
    session.commit()
    return found


def test_over_rest_it_is_read_and_patched(app: Flask, session: Session, world: World) -> None:
    scope.enter(session, world.alice.context)
    assert world.alice.context.participant_id is not None
    _, token = identity.issue_token(
        session, participant_id=world.alice.context.participant_id, name="x", scopes=["tenant.read", "tenant.manage"]
    )
    session.commit()
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    found = client.get("/api/v1/organisation", headers=headers)
    assert found.json["state"] == "active"
    patch = {"headers": {**headers, "If-Match": found.headers["ETag"]}, "content_type": "application/merge-patch+json"}
    changed = client.patch("/api/v1/organisation", data='{"currency": "EUR"}', **patch)
    assert changed.status_code == 200, changed.text
    assert changed.json["currency"] == "EUR"
    wrong = client.patch("/api/v1/organisation", data='{"state": "active"}', **{
        **patch, "headers": {**headers, "If-Match": changed.headers["ETag"]}})  # fmt: skip
    assert wrong.status_code == 422
    assert client.get("/api/v1/organisation/steps", headers=headers).json == {"data": [], "next": None}


# -- looks ---------------------------------------------------------------------------------------------------------------


def test_the_contrast_is_that_of_wcag() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("shade", ["#ff0000", "#ffff00", "#00b300", "#2a5ad1", "#ffffff", "#000000"])
def test_a_colour_nobody_can_read_is_refused_with_one_that_can(entered: Session, world: World, shade: str) -> None:
    better = colour.passing(shade, dark=False)
    assert colour.lowest(better, dark=False) >= colour.LEAST
    if colour.lowest(shade, dark=False) < colour.LEAST:
        with pytest.raises(Invalid) as refused:
            brand.set_colours(entered, context=world.alice.context, accent=shade, accent_dark="", door=False)
        assert refused.value.params["better"] == better
    brand.set_colours(entered, context=world.alice.context, accent=better, accent_dark="", door=False)
    stored = brand.brand_now(entered, context=world.alice.context)
    assert colour.lowest(stored["accent_dark"], dark=True) >= colour.LEAST


@pytest.mark.parametrize("written", ["red", "#12345", "#12345g", "#123456; }", "url(x)"])
def test_what_is_no_colour_is_refused(entered: Session, world: World, written: str) -> None:
    with pytest.raises(Invalid):
        brand.set_colours(entered, context=world.alice.context, accent=written, accent_dark="", door=False)
    assert brand.stylesheet(written, "#ffffff") == ""


BOMBS: dict[str, bytes] = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html called a picture": b"<html><script>alert(1)</script>",
    "a picture that is too wide": png(60_000, 60_000, data=zlib.compress(b"\0")),
    "points that never end": png(8, 8, data=zlib.compress(b"\0" * 5_000_000)),
    "a stream that is none": png(8, 8, data=b"not zlib"),
    "a damaged part": png()[:-6] + b"xxxxxx",
    "one that ends too early": png()[:40],
    "a jpeg that is too wide": jpeg(60_000, 60_000),
    "a jpeg that ends too early": jpeg()[:12],
    "nothing": b"",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_logo_that_is_no_plain_picture_is_refused(what: str) -> None:
    with pytest.raises(Invalid):
        pictures.cleaned(BOMBS[what], most=2000)


def test_a_logo_is_rid_of_everything_but_the_picture() -> None:
    secret = b"GPS 31.2,121.4"
    noted = png(more=chunk(b"tEXt", b"Comment\0" + secret)) + b"<?php hidden behind the end"
    assert pictures.cleaned(noted, most=2000).body == png()
    assert pictures.cleaned(jpeg(note=b"Exif\0\0" + secret) + secret, most=2000).body == jpeg()


def test_a_logo_is_shown_to_the_workspace_and_outside_only_if_it_is_wished(
    app: Flask, world: World, sign_in: Callable[..., Any], session: Session
) -> None:
    alice, stranger = sign_in(world.alice), app.test_client()
    sent = {"accent": "#0a5c40", "logo": (io.BytesIO(png()), "../../logo.svg")}
    assert alice.post("/organisation/brand", data=sent, content_type="multipart/form-data").status_code == 303
    shown = alice.get("/brand/logo")
    assert shown.data == png()
    assert shown.mimetype == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "#0a5c40" in alice.get("/brand.css").text
    assert f"/t/{world.slug}/brand/logo" in alice.get("/customers").text
    assert stranger.get(f"/brand/{world.slug}/logo").status_code == 404
    assert stranger.get(f"/brand/{world.slug}.css").text == ""
    door = f"/login?next=/t/{world.slug}/customers"
    assert world.alice.context.tenant_name not in stranger.get(door).text
    alice.post("/organisation/brand", data={"accent": "#0a5c40", "door": "1"})
    assert stranger.get(f"/brand/{world.slug}/logo").data == png()
    assert world.alice.context.tenant_name in stranger.get(door).text
    alice.post("/organisation/brand", data={"accent": "", "remove_logo": "1"})
    assert alice.get("/brand/logo").status_code == 404
    scope.enter(session, world.alice.context)
    folder = files.path_of(world.tenant_id, world.tenant_id).parent
    assert not folder.exists() or not list(folder.iterdir())


# -- address -------------------------------------------------------------------------------------------------------------


def test_old_addresses_lead_to_the_new_one_and_can_be_taken_up_again(
    app: Flask, world: World, sign_in: Callable[..., Any]
) -> None:
    alice = sign_in(world.alice)
    moved = alice.post("/organisation/address", data={"slug": f"{world.slug}-new"})
    assert moved.headers["Location"] == f"/t/{world.slug}-new/organisation/address"
    redirected = alice.get("/customers?sort=name")
    assert redirected.headers["Location"] == f"/t/{world.slug}-new/customers?sort=name"
    assert sign_in(world.dan).get("/customers").status_code == 200, "the engagement keeps its own address"
    back = alice.client.post(
        f"/t/{world.slug}-new/organisation/address",
        data={"slug": world.slug},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert back.headers["Location"] == f"/t/{world.slug}/organisation/address"
    assert alice.get("/customers").status_code == 200


@pytest.mark.parametrize("slug", ["api", "static", "desk", "account", "t", "Kehub", "l0gin", "a--", "x" * 60, "über"])
def test_an_address_that_is_reserved_or_none_is_refused(entered: Session, world: World, slug: str) -> None:
    with pytest.raises((Invalid, Conflict)):
        address.change(entered, context=world.alice.context, slug=slug)


def test_an_address_of_somebody_else_is_refused(app: Flask, entered: Session, world: World) -> None:
    other = make_world(app, verticals=())
    for slug in (other.slug, other.engagement_slug, other.slug.replace("t", "t-", 1)):
        with pytest.raises(Conflict):
            address.change(entered, context=world.alice.context, slug=slug)
    with pytest.raises(Conflict):
        tenants.create_workspace(entered, slug=other.slug, engagement_id=world.engagement_id)
