"""What becomes of a row: created, updated, unchanged or rejected, each with its reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.audit.models import AuditEntry
from core.contacts.models import ContactPoint
from core.customers import queries
from core.customers import service as customer_service
from core.customers.models import Customer, CustomerIdentifier
from core.events import bus
from core.imports import ahead, report
from core.imports.events import CustomersImported
from tests.core.imports.conftest import Desk

HEADER = "客户号,姓名,手机号,邮箱,地址,合约到期日,累计费用,在网时长\n"


def line(number: str, *, name: str = "刘明", phone: str = "", email: str = "", address: str = "", end: str = "",
         total: str = "12.50", tenure: str = "") -> str:  # fmt: skip
    return f"{number},{name},{phone},{email},{address},{end},{total},{tenure}\n"


def test_a_new_customer_has_all_that_its_row_says(desk: Desk) -> None:
    run = desk.load(
        HEADER
        + line(
            "A1", phone="138 0013 8000", email="Liu@Example.COM", address="南京市 玄武区", end="2027/1/31", tenure="7"
        )
    )

    assert desk.counts(run) == (1, 0, 0, 0)
    customer = desk.customers()["A1"]
    assert (customer.name, customer.name_key, customer.kind, customer.number) == ("刘明", "刘明", "person", 1001)
    assert (customer.phone, customer.email, customer.address) == ("+8613800138000", "liu@example.com", "南京市 玄武区")
    assert customer.attributes == {"telecom": {"contract_end": "2027-01-31", "total_charge": 1250, "tenure_months": 7}}
    assert desk.points(customer) == {
        "+8613800138000": ("phone", True),
        "liu@example.com": ("email", True),
        "南京市 玄武区": ("address", True),
    }


def test_a_new_customers_indexed_fields_stand_in_their_slots_as_anybody_elses(desk: Desk) -> None:
    """An import brings them by itself, past the trigger: what the trigger makes of the same row is the same."""
    desk.load(HEADER + line("A1", end="2027/1/31") + line("A2"))

    def slots() -> list[Any]:
        return list(desk.session.execute(select(Customer.t01, Customer.n01).order_by(Customer.number)).all())

    desk.enter()
    brought = slots()
    assert [each[0].date().isoformat() if each[0] else None for each in brought] == ["2027-01-31", None]
    desk.session.execute(update(Customer).values(attributes=Customer.attributes))
    assert slots() == brought
    desk.session.rollback()


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    data = HEADER + line("A1", phone="13800138000", email="a@b.cn", address="南京") + line("A2", end="2027-01-31")
    desk.load(data)
    before = {key: (each.version, each.updated_at) for key, each in desk.customers().items()}

    assert desk.counts(desk.load(data)) == (0, 0, 2, 0)
    assert {key: (each.version, each.updated_at) for key, each in desk.customers().items()} == before
    assert desk.count(ContactPoint) == 3


def test_a_row_that_says_something_else_updates_and_a_blank_cell_leaves_what_is_there(desk: Desk) -> None:
    desk.load(HEADER + line("A1", phone="13800138000", end="2027-01-31", tenure="7"))
    run = desk.load(HEADER + line("A1", name="刘小明", phone="13900139000", total="", tenure="8"))

    assert desk.counts(run) == (0, 1, 0, 0)
    customer = desk.customers()["A1"]
    assert (customer.name, customer.name_key, customer.version) == ("刘小明", "刘小明", 2)
    assert customer.attributes["telecom"] == {"contract_end": "2027-01-31", "total_charge": 1250, "tenure_months": 8}
    assert customer.phone == "+8613900139000"
    assert desk.points(customer) == {"+8613800138000": ("phone", False), "+8613900139000": ("phone", True)}


def test_filling_keeps_what_a_customer_has_and_adds_what_it_lacks(desk: Desk) -> None:
    desk.load(HEADER + line("A1", phone="13800138000", tenure="7"))
    run = desk.load(
        HEADER + line("A1", name="别名", phone="13900139000", email="a@b.cn", end="2027-01-31", tenure="9"),
        existing="fill",
    )

    assert desk.counts(run) == (0, 1, 0, 0)
    customer = desk.customers()["A1"]
    assert (customer.name, customer.phone, customer.email) == ("刘明", "+8613800138000", "a@b.cn")
    assert customer.attributes["telecom"] == {"contract_end": "2027-01-31", "total_charge": 1250, "tenure_months": 7}


def test_other_verticals_data_of_a_customer_stays(desk: Desk) -> None:
    desk.load(HEADER + line("A1"))
    customer = desk.customers()["A1"]
    customer.attributes = {**customer.attributes, "elsewhere": {"colour": "red"}}
    desk.session.commit()

    desk.load(HEADER + line("A1", tenure="3"))
    assert desk.customers()["A1"].attributes["elsewhere"] == {"colour": "red"}


def test_a_blank_amount_is_told_and_the_row_imported_without_it(desk: Desk) -> None:
    run = desk.load(HEADER + line("A1", total=" ") + line("A2"))

    assert desk.counts(run) == (2, 0, 0, 0)
    assert run.counts["warned"] == 1
    assert desk.told(run) == [(2, "created", "累计费用", "blank_amount")]
    assert desk.customers()["A1"].attributes == {}


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (line("A1", phone="1380013"), "手机号", "phone.length"),
        (line("A1", email="not an address"), "邮箱", "email.format"),
        (line("A1", end="长期"), "合约到期日", "not_a_date"),
        (line("A1", end="2027-02-30"), "合约到期日", "no_such_day"),
        (line("A1", total="a lot"), "累计费用", "not_an_amount"),
        (line("A1", total="-5"), "累计费用", "too_small"),
        (line("A1", tenure="1.5"), "在网时长", "not_an_integer"),
        (line("A1", name="长" * 201), "姓名", "too_long"),
        (line("A1", name=""), "姓名", "required"),
        (line(""), "客户号", "no_key"),
        (line("A" * 201), "客户号", "identifier"),
        ("A1,刘明\n", "", "columns"),
        ("A1,刘明,,,,,1,2,surplus\n", "", "columns"),
        (",,,,,,,\n", "", "blank_row"),
        ("A1,刘\0明,,,,,1,2\n", "", "nul"),
        ('A1,"刘明,,,,,1,2\n', "", "quotes"),
        ('A1,"刘"明,,,,,1,2\n', "", "quotes"),
        ("A1," + "x" * 140_000 + ",,,,,1,2\n", "", "long_cell"),
        ("A1," + "x" * 1_200_000 + ",,,,,1,2\n", "", "long_line"),
    ],
)
def test_a_wrong_row_is_rejected_with_its_reason_and_the_others_are_imported(
    desk: Desk, row: str, column: str, code: str
) -> None:
    run = desk.load(HEADER + line("B1") + row + line("B2"))

    assert desk.counts(run) == (2, 0, 0, 1)
    assert desk.told(run) == [(3, "rejected", column, code)]
    assert set(desk.customers()) == {"B1", "B2"}
    assert desk.outcomes(run) == {2: "created", 3: "rejected", 4: "created"}


def test_a_row_tells_all_that_is_wrong_with_it(desk: Desk) -> None:
    run = desk.load(HEADER + line("A1", phone="1380013", end="长期", total=""))

    assert {(column, code) for _, _, column, code in desk.told(run)} == {
        ("手机号", "phone.length"),
        ("合约到期日", "not_a_date"),
        ("累计费用", "blank_amount"),
    }
    assert "7 digits, it needs 11." in desk.words(run)


def test_cells_may_hold_line_breaks_and_surplus_blank_cells_do_no_harm(desk: Desk) -> None:
    run = desk.load(HEADER + 'A1,刘明,,,"南京市\n玄武区",,1,2\n' + line("A2").rstrip("\n") + ",,\n")

    assert desk.counts(run) == (2, 0, 0, 0)
    assert desk.customers()["A1"].address == "南京市 玄武区"
    assert desk.outcomes(run) == {2: "created", 4: "created"}


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(desk: Desk) -> None:
    rows = [line(f"A{number}") for number in range(500)]
    rows[3] = 'A3,"刘明,,,,,1,2\n'
    run = desk.load(HEADER + "".join(rows))

    assert desk.counts(run) == (499, 0, 0, 1)
    assert desk.told(run) == [(5, "rejected", "", "quotes")]


def test_a_number_that_comes_twice_is_rejected_by_naming_the_line_unless_the_row_is_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "FEWEST", 1)
    monkeypatch.setattr(ahead, "MOST", 2)  # so that doubles meet within a batch and across batches
    monkeypatch.setattr("core.jobs.service.SLICE_SECONDS", 0)
    data = (
        HEADER + line("A1") + line("A1", tenure="9") + line("A2") + line(" a2 ") + line("A1") + line("A2", tenure="1")
    )
    run = desk.load(data, dry_run=True)
    rehearsed = desk.told(run)
    run = desk.load(data)

    assert desk.counts(run) == (3, 0, 1, 2)
    assert (
        rehearsed
        == desk.told(run)
        == [
            (3, "rejected", "客户号", "duplicate"),
            (6, "unchanged", "客户号", "repeated"),
            (7, "rejected", "客户号", "duplicate"),
        ]
    )
    assert "The customer of this row was already on line 2, with other values." in desk.words(run)
    assert "tenure_months" not in desk.customers()["A1"].attributes["telecom"]


def test_a_row_whose_first_double_was_rejected_is_imported(desk: Desk) -> None:
    run = desk.load(HEADER + line("A1", end="长期") + line("A1", tenure="4"))

    assert desk.counts(run) == (1, 0, 0, 1)
    assert desk.customers()["A1"].attributes["telecom"]["tenure_months"] == 4


DOCUMENTS = "客户号,姓名,身份证号\n"
CARD, OTHER = "11010519491231002X", "110105199001010010"


def test_a_document_number_is_kept_sealed_and_found_again(desk: Desk) -> None:
    run = desk.load(DOCUMENTS + f"A1,刘明,{CARD.lower()}\n")

    assert desk.counts(run) == (1, 0, 0, 0)
    customer = desk.customers()["A1"]
    rows = desk.session.execute(
        select(CustomerIdentifier.value, CustomerIdentifier.value_key, CustomerIdentifier.sealed, CustomerIdentifier.shown)
        .where(CustomerIdentifier.scheme == "document:ric")
    ).all()  # fmt: skip
    assert len(rows) == 1
    assert rows[0].value is None
    assert CARD not in str(rows[0])
    assert rows[0].sealed
    context = desk.world.alice.context
    found = queries.find_by_identifier(desk.session, context=context, scheme="document:ric", value=CARD)
    assert found == customer.id
    assert desk.counts(desk.load(DOCUMENTS + f"A1,刘明,{CARD}\n")) == (0, 0, 1, 0)


def test_a_document_of_another_customer_rejects_the_row(desk: Desk) -> None:
    desk.load(DOCUMENTS + f"A1,刘明,{CARD}\n")
    run = desk.load(DOCUMENTS + f"A2,陈红,{CARD}\nA3,王芳,{OTHER}\nA4,张敏,{OTHER}\nA5,李娜,123\n")

    assert desk.counts(run) == (1, 0, 0, 3)
    assert [(at, code) for at, _, _, code in desk.told(run)] == [(2, "taken"), (4, "taken"), (5, "identifier")]
    assert CARD not in str(desk.words(run))


def test_an_existing_customer_gets_the_document_it_lacks(desk: Desk) -> None:
    desk.load(DOCUMENTS + "A1,刘明,\n")
    assert desk.counts(desk.load(DOCUMENTS + f"A1,刘明,{CARD}\n")) == (0, 1, 0, 0)
    assert desk.count(CustomerIdentifier) == 2


def test_customers_may_be_identified_by_their_document(desk: Desk, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'identify_by = "document"\n[columns]\n"客户号" = "name"\n"身份证号" = "document"\n', encoding="utf-8"
    )
    data = DOCUMENTS + f"刘明,x,{CARD}\n"

    assert desk.counts(desk.load(data, named=str(mapping))) == (1, 0, 0, 0)
    assert desk.counts(desk.load(data, named=str(mapping))) == (0, 0, 1, 0)


def test_a_customer_made_by_hand_is_found_by_its_number(desk: Desk) -> None:
    desk.enter()
    context = desk.world.alice.context
    made = customer_service.create_customer(desk.session, context=context, values={"name": "刘明"})
    customer_service.add_identifier(desk.session, context=context, customer_id=made.id, scheme="external", value="A 1")
    made_id = made.id
    desk.session.commit()

    assert desk.counts(desk.load(HEADER + line(" Ａ  1", tenure="3"))) == (0, 1, 0, 0)
    assert desk.customers()["A 1"].id == made_id


def test_an_erased_customer_is_not_brought_back(desk: Desk) -> None:
    desk.load(HEADER + line("A1"))
    desk.customers()["A1"].state = "erased"
    desk.session.commit()

    run = desk.load(HEADER + line("A1", tenure="9"))
    assert desk.told(run) == [(2, "rejected", "客户号", "erased")]


def test_two_numbers_of_one_customer_do_not_fight_over_it(desk: Desk) -> None:
    desk.load(HEADER + line("A1"))
    desk.enter()
    context = desk.world.alice.context
    customer_id = desk.customers()["A1"].id
    customer_service.add_identifier(
        desk.session, context=context, customer_id=customer_id, scheme="external", value="A2"
    )
    desk.session.commit()

    run = desk.load(HEADER + line("A1", tenure="1") + line("A2", tenure="2"))
    assert desk.counts(run) == (0, 1, 0, 1)
    assert desk.customers()["A1"].attributes["telecom"]["tenure_months"] == 1


def test_formulas_are_text_and_told_and_never_leave_as_formulas(desk: Desk, tmp_path: Path) -> None:
    evil = '=HYPERLINK(""http://x"",""y"")'
    run = desk.load(HEADER + f'A1,"{evil}",,,@SUM(A1),,1,2\nA2,+1+1,,,-5,,1,2\nA3,刘明,+8613800138000,,-x,长期,1,2\n')

    assert desk.counts(run) == (2, 0, 0, 1)
    assert desk.customers()["A1"].name == '=HYPERLINK("http://x","y")'
    assert [(at, column) for at, _, column, code in desk.told(run) if code == "formula"] == [
        (2, "姓名"), (2, "地址"), (3, "姓名"), (4, "地址"),
    ]  # fmt: skip
    row = queries_row(desk, run.id)
    rejected = "".join(report.rejected_rows(desk.session, run=row, note="Problem", say=report.english))
    assert rejected.startswith("\ufeff客户号,")
    assert "A3,刘明,+8613800138000,,'-x,长期," in rejected
    fixed = rejected.replace("长期", "2027-01-31")
    again = desk.load(fixed)
    assert desk.counts(again) == (1, 0, 0, 0)
    assert desk.customers()["A3"].address == "-x"


def queries_row(desk: Desk, run_id: Any) -> Any:
    from core.imports import queries as imports

    desk.enter()
    return imports.run_row(desk.session, run_id=run_id)


def test_a_report_never_holds_a_formula() -> None:
    assert [report.safe(cell) for cell in ("=1", "+x", "-x", "@x", "\tx", "\rx", "-5", "+8613800138000", "a=1", "")] == [
        "'=1", "'+x", "'-x", "'@x", "'\tx", "'\rx", "-5", "+8613800138000", "a=1", "",
    ]  # fmt: skip


def test_a_rehearsal_writes_nothing_and_foretells_the_import(desk: Desk) -> None:
    desk.load(HEADER + line("A1"))
    data = HEADER + line("A1", tenure="3") + line("A2") + line("A3", end="长期")
    rehearsed = desk.load(data, dry_run=True)

    assert rehearsed.state == "waiting"
    assert desk.counts(rehearsed) == (1, 1, 0, 1)
    assert set(desk.customers()) == {"A1"}
    assert desk.counts(desk.load(data)) == (1, 1, 0, 1)


def test_a_country_in_the_row_decides_how_its_number_is_read(desk: Desk) -> None:
    run = desk.load(
        "customer id,name,phone,country\nA1,Ann,07400 123456,GB\nA2,Ben,13800138000,CN\nA3,Cid,07400 123456,\n"
    )

    assert desk.told(run)[0][:3] == (4, "rejected", "phone")
    assert {key: each.phone for key, each in desk.customers().items()} == {
        "A1": "+447400123456",
        "A2": "+8613800138000",
    }


def test_a_file_without_names_calls_customers_by_their_number_and_leaves_known_names(desk: Desk) -> None:
    desk.load(HEADER + line("A1"))
    desk.load("客户号,在网时长\nA1,5\nA2,6\n")

    assert {key: each.name for key, each in desk.customers().items()} == {"A1": "刘明", "A2": "A2"}


def test_dates_of_birth_and_kinds_are_columns_of_the_customer(desk: Desk) -> None:
    run = desk.load("客户号,姓名,类型,出生日期\nA1,海港公司,单位,\nA2,刘明,个人,1990-02-03\nA3,x,robot,\n")

    found = desk.customers()
    assert (found["A1"].kind, found["A2"].born_on) == ("organisation", date(1990, 2, 3))
    assert desk.told(run) == [(4, "rejected", "类型", "no_such_choice")]


def test_the_end_is_told_once_and_audited_with_the_counts(desk: Desk) -> None:
    heard: list[CustomersImported] = []
    bus.subscribe(CustomersImported, lambda session, event: heard.append(event))
    run = desk.load(HEADER + line("A1") + line("A2", end="长期"))
    desk.load(HEADER + line("A1") + line("A2", end="长期"), dry_run=True)

    expected = {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1, "warned": 0}
    assert [(event.name, event.subject, dict(event.counts)) for event in heard] == [
        ("customers.imported", run.id, expected)
    ]
    desk.enter()
    entries = desk.session.execute(
        select(AuditEntry.subject_id, AuditEntry.details).where(AuditEntry.action == "customers.imported")
    ).all()
    assert [(each.subject_id, each.details) for each in entries] == [(run.id, expected)]


def test_numbers_are_given_in_the_order_of_the_file(desk: Desk) -> None:
    desk.load(HEADER + "".join(line(f"A{number}") for number in range(30)))

    desk.enter()
    rows = desk.session.execute(select(Customer.number, Customer.name).order_by(Customer.number)).all()
    assert [row.number for row in rows] == list(range(1001, 1031))
