"""Workbooks, vCards and encodings become rows; what is dangerous in them is refused; what was chosen is remembered."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from core.contacts.models import Consent, ContactPoint, DoNotContact
from core.errors import Invalid
from core.files.models import StoredFile
from core.imports import service, workbook
from core.imports.models import ImportProfile

PEOPLE = "客户号,姓名,手机\n1,刘华强,13800138000\n2,陈丽红,13800138001\n"
TRADITIONAL = "客户号,姓名,城市\n1,劉華強,臺北\n2,陳麗紅,高雄\n3,張學友,臺中\n"


def book(path: Path, **sheets: list[list[Any]]) -> bytes:
    with xlsxwriter.Workbook(str(path)) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(place, column, datetime.combine(cell, datetime.min.time()), day)
                    else:
                        sheet.write(place, column, cell)
    return path.read_bytes()


def packed(data: bytes, **more: bytes) -> bytes:
    """The same package with more parts."""
    held = io.BytesIO(data)
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as package:
        for name, content in more.items():
            package.writestr(name.replace("__", "/"), content)
    return held.getvalue()


def kinds(data: bytes, said: bytes) -> bytes:
    """The same package, which says this of the kinds of its parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as former, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name in former.namelist():
            package.writestr(name, said if name == "[Content_Types].xml" else former.read(name))
    return held.getvalue()


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_encodings_of_mainland_files_are_found(desk: Any, encoding: str, shown: str) -> None:
    run = desk.load(PEOPLE.encode(encoding))

    assert desk.counts(run) == (2, 0, 0, 0)
    assert desk.customers()["1"].name == "刘华强"
    assert service.file_of(desk.session, run_id=run.id).encoding == shown


def test_big5_is_found_and_an_encoding_can_be_said(desk: Any, importing: Any) -> None:
    data = TRADITIONAL.replace("客户号", "id").replace("姓名", "name").encode("cp950")
    assert desk.counts(desk.load(data)) == (3, 0, 0, 0)
    assert desk.customers()["1"].name == "劉華強"

    path = importing.draft("id,name,city\n7,Ann,Orléans\n")
    assert "Orléans" in importing.page(path)
    version = importing.form(path)["version"]
    answer = importing.alice.post(f"{path}/look", data={"version": version, "encoding": "cp1252"})
    assert answer.status_code == 303
    assert "OrlÃ©ans" in importing.page(path)
    refused = importing.alice.post(
        f"{path}/look", data={"version": importing.form(path)["version"], "encoding": "utf-16"}
    )
    assert refused.status_code == 422


def test_a_sheet_of_a_workbook_is_read_as_it_shows(desk: Any, tmp_path: Path) -> None:
    data = book(
        tmp_path / "b.xlsx",
        Notes=[["nothing"], ["here"]],
        People=[
            ["id", "name", "phone", "date of birth"],
            [1.0, "Ann", 13800138000, date(1980, 1, 31)],
            [],
            ["2", "=1+1", "13800138001", "1990-02-01"],
        ],
    )  # fmt: skip
    run = desk.load(data, sheet="People")

    assert desk.counts(run) == (2, 0, 0, 0)
    ann = desk.customers()["1"]
    assert (ann.phone, ann.born_on) == ("+8613800138000", date(1980, 1, 31))
    assert desk.told(run) == [], "a formula is its stored value, and nothing is computed"
    assert set(desk.outcomes(run)) == {2, 4}, "lines are those that Excel shows"


def test_another_sheet_is_chosen_on_the_page(importing: Any, tmp_path: Path) -> None:
    data = book(tmp_path / "b.xlsx", Notes=[["a"], ["b"]], People=[["id", "city"], ["1", "Dali"]])
    path = importing.draft(data)
    version = importing.form(path)["version"]

    assert importing.alice.post(f"{path}/look", data={"version": version, "sheet": "People"}).status_code == 303
    page = importing.page(path)
    assert "Dali" in page
    assert "People" in page


def test_dangerous_workbooks_are_refused_and_nothing_is_kept(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = book(tmp_path / "b.xlsx", People=[["id", "name"], ["1", "Ann"]])
    bomb = packed(plain, xl__media__bomb=b"\0" * 4_000_000)
    monkeypatch.setattr(workbook, "MOST_BYTES", 3_000_000)
    for data, words in (
        (packed(plain, xl__vbaProject=b"x"), "holds macros"),
        (bomb, "unpacks to more"),
        (kinds(plain, b"\0" * 2_500_000), "unpacks to more"),
        (kinds(plain, random.Random(1).randbytes(1_100_000)), "damaged"),
        (kinds(plain, b" " * 300_000 + b"macroEnabled"), "holds macros"),
        (plain[:-200], "damaged"),
    ):
        with pytest.raises(Invalid, match=words):
            desk.load(data)
        assert desk.count(StoredFile) == 0


def test_a_number_that_excel_has_cut_is_not_taken_for_whole(desk: Any, tmp_path: Path) -> None:
    data = book(tmp_path / "b.xlsx", P=[["id", "name", "身份证号"], ["1", "Ann", 110101199003070000]])
    run = desk.load(data)
    assert desk.counts(run) == (0, 0, 0, 1)


CARDS = """\
BEGIN:VCARD
VERSION:3.0
N:张;伟;;;
FN:张伟
TEL;TYPE=CELL,PREF:138 0013 8000
TEL;TYPE=WORK:010-62345678
EMAIL:zhang@example.com
ADR;TYPE=HOME:;;中关村大街1号;北京;;100080;CN
BDAY:19800131
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
 BBBB
UID:u-1
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E;=E5=A8=9C
TEL;CELL:13800138001
UID:u-2
END:VCARD
begin:vcard
version:4.0
kind:org
fn:Acme\\, Ltd.
item1.tel;value=uri:tel:+86-10-62345679
uid:urn:uuid:u-3
end:vcard
"""


def test_vcards_become_customers(desk: Any) -> None:
    run = desk.load(CARDS)

    assert desk.counts(run) == (3, 0, 0, 0)
    found = desk.customers()
    assert {key: each.name for key, each in found.items()} == {"u-1": "张伟", "u-2": "李娜", "u-3": "Acme, Ltd."}
    assert found["u-3"].kind == "organisation"
    assert found["u-1"].address == "CN北京中关村大街1号 100080"
    assert desk.points(found["u-1"]) == {
        "+8613800138000": ("phone", True), "+861062345678": ("phone", False),
        "zhang@example.com": ("email", True), "CN北京中关村大街1号 100080": ("address", True),
    }  # fmt: skip


def test_a_vcard_without_an_end_is_refused(desk: Any) -> None:
    with pytest.raises(Invalid, match="line 1 has no end"):
        desk.load("BEGIN:VCARD\nFN:Ann\n")


def test_the_mapping_of_a_header_is_remembered(importing: Any, desk: Any) -> None:
    data = "nr,who,where\n1,Ann,Dali\n"
    path = importing.draft(data)
    targets = ["identifier:external", "name", "region"]
    importing.post(f"{path}/check", target=targets, existing="fill", blank="clear")
    importing.work()
    importing.post(f"{path}/start", target=targets, existing="fill", blank="clear")
    importing.work()

    again = importing.draft(data.replace("Ann", "Bea"))
    assert importing.form(again)["target"] == targets
    assert "imported before" in importing.page(again)
    assert desk.count(ImportProfile) == 1


def test_customers_are_found_by_phone_e_mail_or_number(desk: Any) -> None:
    desk.load("id,name,phone,email\n1,Ann,13800138000,ann@example.com\n2,Bea,13800138001,bea@example.com\n")
    number = desk.customers()["1"].number

    assert desk.counts(desk.load("phone,city\n138 0013 8000,Dali\n")) == (0, 1, 0, 0)
    assert desk.counts(desk.load("email,city\nBEA@example.com,Lijiang\n")) == (0, 1, 0, 0)
    run = desk.load(f"客汇编号,city\n{number},Kunming\n999999,Nowhere\n")
    assert desk.counts(run) == (0, 1, 0, 1)
    assert desk.words(run)[0].startswith("There is no customer with this number")
    found = desk.customers()
    assert (found["1"].region, found["2"].region) == ("Kunming", "Lijiang")


def test_a_phone_that_several_have_is_a_problem_of_the_row(desk: Any) -> None:
    desk.load("id,name,phone\n1,Ann,13800138000\n2,Bea,13800138000\n")
    run = desk.load("phone,name,city\n13800138000,Ann,Dali\n13800138009,Cid,Dali\n")

    assert desk.counts(run) == (1, 0, 0, 1)
    assert desk.words(run) == ["2 customers have this, so it does not say which one is meant."]


def test_a_blank_cell_keeps_or_clears_as_chosen(desk: Any) -> None:
    desk.load("id,name,phone,city,在网时长\n1,Ann,13800138000,Dali,12\n")
    blank = "id,name,phone,city,在网时长\n1,,,,\n"

    assert desk.counts(desk.load(blank)) == (0, 0, 1, 0)
    assert desk.counts(desk.load(blank, blank="clear")) == (0, 1, 0, 0)
    ann = desk.customers()["1"]
    assert (ann.name, ann.phone, ann.region, ann.attributes) == ("Ann", None, None, {"telecom": {}})
    assert desk.points(ann) == {"+8613800138000": ("phone", False)}
    assert desk.counts(desk.load(blank, blank="clear")) == (0, 0, 1, 0)


def test_consents_and_further_numbers_are_columns(desk: Any, tmp_path: Path) -> None:
    mapping = desk.file(
        '{"identify_by": "identifier:external", "columns": {"id": "identifier:external", "name": "name", "p2": "point:phone:2",'
        ' "ok": "consent:marketing:phone", "when": "consent:given_at", "proof": "consent:evidence",'
        ' "never": "do_not_contact:any:sms"}}',
        name="map.json",
    )
    data = "id,name,p2,ok,when,proof,never\n1,Ann,13800138002,yes,2026-01-31 08:00,form 7,是\n2,Bea,12,maybe,,,no\n"
    run = desk.load(data, named=str(mapping))

    assert desk.counts(run) == (1, 0, 0, 1)
    assert {code for _line, _outcome, _column, code in desk.told(run)} == {"point", "not_a_consent"}
    desk.enter()
    consent = desk.session.scalars(select(Consent)).one()
    assert (consent.purpose, consent.channel, consent.status, consent.evidence) == (
        "marketing",
        "phone",
        "granted",
        "form 7",
    )
    assert consent.captured_at.isoformat() == "2026-01-31T00:00:00+00:00"
    assert desk.session.scalars(select(ContactPoint.value)).all() == ["+8613800138002"]
    assert desk.session.scalars(select(DoNotContact.channel)).all() == ["sms"]

    assert desk.counts(desk.load(data.split("2,Bea")[0], named=str(mapping))) == (0, 0, 1, 0)
    only = desk.file(
        '{"identify_by": "identifier:external", "columns": {"id": "identifier:external", "ok": "consent:marketing:phone"}}',
        name="map2.json",
    )
    taken_back = desk.load("id,ok\n1,withdrawn\n", named=str(only))
    assert desk.counts(taken_back) == (0, 1, 0, 0)
    desk.enter()
    statuses = desk.session.scalars(select(Consent.status).order_by(Consent.captured_at)).all()
    assert statuses == ["granted", "withdrawn"]
