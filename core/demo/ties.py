"""What ties customers to each other, and what lies in their files: households, companies, the people there, attachments.

All of it through the services, by the client's administrator. The files are written here, byte by byte; nobody else's are needed.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.attachments import service as attachments
from core.cases.models import Case
from core.contacts import points
from core.contacts import service as contacts
from core.contacts.models import Contact, ContactPoint
from core.context import Context
from core.customers import service as customers
from core.demo.crowd import Member, Stage
from core.relationships import service as relationships

HOUSEHOLDS = 4
COMPANIES = 3


def tie(session: Session, stage: Stage, members: Sequence[Member], *, lent: Sequence[Member], by: Context) -> None:
    """Of few customers there is less. Those at work come first, so that the provider has something to see."""
    ordered = [*lent, *(member for member in members if member not in lent)]
    people = [member for member in ordered if member.person.kind == "person"]
    firms = [member for member in ordered if member.person.kind == "organisation"]
    for number in range(min(HOUSEHOLDS, len(people) // 8)):
        _household(session, stage, people[number * 3 : number * 3 + 3], by=by)
    rest = people[HOUSEHOLDS * 3 :]
    _companies(session, stage, firms[:COMPANIES], rest, by=by)
    if people:
        _files(session, people[0], by=by)
    _reached(session, [member.id for member in people[:6]], by=by)


def _household(session: Session, stage: Stage, group: Sequence[Member], *, by: Context) -> None:
    first, second, third = group
    since = stage.now.date() - timedelta(days=900)
    home = customers.create_customer(
        session, context=by, source="demo",
        values={"name": f"{first.person.name[:1]}家", "kind": "household", "region": first.person.region,
                "address": first.person.address},
    )  # fmt: skip
    for member in group:
        _relate(session, by, member.id, home.id, "member", since)
    _relate(session, by, first.id, home.id, "payer", since)
    _relate(session, by, first.id, second.id, "spouse", since)
    for parent in (first, second):
        if parent.person.born_on and third.person.born_on and parent.person.born_on < third.person.born_on:
            _relate(session, by, third.id, parent.id, "child", None)
    _relate(session, by, second.id, first.id, "user", since)


def _companies(
    session: Session, stage: Stage, firms: Sequence[Member], people: Sequence[Member], *, by: Context
) -> None:
    since = stage.now.date() - timedelta(days=400)
    for below, above in zip(firms[1:], firms, strict=False):
        _relate(session, by, below.id, above.id, "subsidiary", since)
    for firm, (one, other) in zip(firms, zip(people[::2], people[1::2], strict=False), strict=False):
        _relate(session, by, one.id, firm.id, "employee", since)
        _relate(session, by, one.id, firm.id, "decision_maker", since)
        _relate(session, by, other.id, firm.id, "guarantor", since)
        for place, contact in enumerate(
            session.scalars(select(Contact).where(Contact.customer_id == firm.id).order_by(Contact.id))
        ):
            number = f"{firm.person.phone[:-2]}{(int(firm.person.phone[-2:]) + 50 + place) % 100:02}"
            contacts.add_contact_point(
                session, context=by, customer_id=firm.id, kind="phone", value=number, label="直线", contact_id=contact.id,
                source="demo",
            )  # fmt: skip
            contact.preferred = place == 0
    session.flush()


def _relate(session: Session, by: Context, one: UUID, other: UUID, role: str, since: date | None) -> None:
    relationships.relate(
        session, context=by, customer_id=one, other_id=other, role=role, starts_on=since, source="demo"
    )


def _reached(session: Session, ids: Sequence[UUID], *, by: Context) -> None:
    """Some points were verified by a call; one comes back."""
    wanted = (
        select(ContactPoint.id, ContactPoint.kind).where(ContactPoint.customer_id.in_(ids)).order_by(ContactPoint.id)
    )
    rows = session.execute(wanted).all()
    for row in [row for row in rows if row.kind == "phone"][:4]:
        points.verify(session, context=by, point_id=row.id, how="call")
    for row in [row for row in rows if row.kind == "email"][4:5]:
        points.mark_stale(session, context=by, point_id=row.id, reason="bounced")


def _files(session: Session, member: Member, *, by: Context) -> None:
    text = "Service agreement\nThis page was made for the demonstration."
    named = ((pdf(text), "服务协议.pdf", "双方已签署", True), (png(), "现场照片.png", None, False),
             ("日期,事项\n2026-01-08,来电询问\n".encode(), "来电记录.csv", None, True))  # fmt: skip
    for body, name, note, shared in named:
        attachments.attach(
            session, context=by, stream=io.BytesIO(body), name=name, customer_id=member.id, note=note, shared=shared
        )
    case_id = session.scalar(select(Case.id).order_by(Case.number).limit(1))
    if case_id is not None:
        attachments.attach(
            session,
            context=by,
            stream=io.BytesIO(pdf("Letter of the customer")),
            name="客户来信.pdf",
            case_id=case_id,
            shared=True,
        )


def pdf(text: str) -> bytes:
    """One page of lines in the reader's own Helvetica: a PDF 1.4 with its table of objects."""
    lines = " T* ".join(f"({line}) Tj" for line in text.splitlines())
    drawn = f"BT /F1 14 Tf 18 TL 72 760 Td {lines} ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + head + table + tail


def png(size: int = 64) -> bytes:
    """A square that goes from blue to teal."""
    rows = b"".join(
        b"\0" + bytes(value for column in range(size) for value in (30, 60 + column * 2, 120 + row))
        for row in range(size)
    )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
