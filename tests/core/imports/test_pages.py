"""The pages of an import: upload, mapping, trial run, import, result."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.customers.models import Customer
from core.db import scope
from core.imports import service
from core.jobs import service as jobs

LIST = "客户号,姓名,手机号,合约到期日,备注\nA1,刘明,13800138000,2027-01-31,x\nA2,陈红,1380013,2027-01-31,y\n"
IBM_ROWS = 2500
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def customers(session: Any, world: Any) -> int:
    scope.enter(session, world.alice.context)
    return int(session.scalar(select(func.count(Customer.id))) or 0)


def test_a_list_goes_from_upload_to_result(importing: Any, session: Any, world: Any) -> None:
    path = importing.draft(LIST.encode("gbk"))
    page = importing.page(path)
    assert "名单.csv" in page
    assert "GB18030 · comma-separated" in page
    form = importing.form(path)
    assert form["target"] == ["identifier:external", "name", "phone", "telecom.contract_end", ""]

    assert importing.post(f"{path}/check").status_code == 303
    page = importing.page(path)
    assert "Being tried" in page
    importing.work()
    page = importing.page(path)
    assert "Nothing was written" in page
    assert "7 digits, it needs 11. 手机号 1 Line 3: “1380013”" in page
    assert "Import 1 row" in page
    assert customers(session, world) == 0
    session.rollback()

    assert importing.post(f"{path}/start").status_code == 303
    importing.work()
    page = importing.page(path)
    assert "Imported" in page
    assert "New customers 1" in page
    assert "Rejected 1" in page
    assert customers(session, world) == 1
    assert "名单.csv Customers Imported 2 1 0 0 1 Alice" in importing.page("/imports")


def test_the_ibm_file_goes_through_the_page_and_again_changes_nothing(
    importing: Any, session: Any, world: Any, shared_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first rows, more than one slice of them; all of it goes through the page in `tests/e2e`, in a browser."""
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0)
    lines = (shared_data / "telecom" / "ibm_telco_customer_churn.csv").read_bytes().splitlines(keepends=True)
    data = b"".join(lines[: IBM_ROWS + 1])
    blank = sum(b", ," in line for line in lines[: IBM_ROWS + 1])
    for new, unchanged in ((IBM_ROWS, 0), (0, IBM_ROWS)):
        path = importing.draft(data)
        assert "Recognised: IBM Telco customer churn" in importing.page(path)
        importing.post(f"{path}/check")
        importing.work()
        importing.post(f"{path}/start")
        assert importing.work() > 1
        page = importing.page(path)
        assert f"New customers {new:,}" in page
        assert f"Unchanged {unchanged:,}" in page
        assert f"There is no amount; the row is imported without it. TotalCharges {blank} Line 490" in page
        assert customers(session, world) == IBM_ROWS
        session.rollback()


def test_the_very_same_file_is_recognised_until_its_import_is_undone(importing: Any) -> None:
    first = importing.draft(LIST)
    assert "This very file was imported before" not in importing.page(importing.draft(LIST)), "it was only uploaded"
    for step in ("check", "start"):
        importing.post(f"{first}/{step}")
        importing.work()
    again = importing.alice.get(importing.draft(LIST)).text
    assert "This very file was imported before" in again
    assert f'{first}"' in again
    assert "This very file" not in importing.page(importing.draft(LIST + "X9,Ann\n"))

    assert importing.alice.post(first.replace("/imports/", "/undo/")).status_code == 303
    assert "This very file" not in importing.page(importing.draft(LIST))


def test_progress_is_polled_while_it_runs_and_not_after(importing: Any) -> None:
    path = importing.draft(LIST)
    importing.post(f"{path}/check")
    running = importing.alice.get(path, headers=HTMX)
    assert 'hx-trigger="every 1s"' in running.text
    assert 'hx-status:5xx="swap:none"' in running.text, "a fault of the server does not end the polling"
    assert "<html" not in running.text
    assert "HX-Request-Type" in running.headers["Vary"]
    assert "Refresh" in running.text

    importing.work()
    assert "hx-trigger" not in importing.alice.get(path, headers=HTMX).text


def test_the_mapping_can_be_changed_and_a_changed_one_is_tried_before_it_is_imported(
    importing: Any, session: Any, world: Any
) -> None:
    path = importing.draft(LIST)
    importing.post(f"{path}/check")
    importing.work()
    targets = ["identifier:external", "name", "", "", "telecom.plan"]

    assert importing.post(f"{path}/start", target=targets).status_code == 303
    assert "Being tried" in importing.page(path)
    importing.work()
    assert customers(session, world) == 0
    session.rollback()
    assert importing.form(path)["target"] == targets
    importing.post(f"{path}/start")
    importing.work()
    scope.enter(session, world.alice.context)
    plans = [row["telecom"]["plan"] for row in session.scalars(select(Customer.attributes).order_by(Customer.number))]
    assert plans == ["x", "y"]


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (["", "name", "", "", ""], "says which customer a row is about"),
        (["identifier:external", "name", "name", "", ""], "Two columns go to the same field: name"),
        (["identifier:external", "banking.iban", "", "", ""], "There is no field banking.iban"),
    ],
)
def test_a_mapping_that_does_not_work_is_shown_again_with_the_reason(
    importing: Any, targets: list[str], words: str
) -> None:
    path = importing.draft(LIST)
    answer = importing.post(f"{path}/check", target=targets)

    assert answer.status_code == 422
    assert words in answer.text
    assert importing.work() == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 xl/workbook.xml", "The workbook is damaged"),
        (b"a,a\n1,2\n", "names a column twice: a"),
        (b"id,name\n1,Jos\xe9 P\xe9rez\n", "line 2 cannot be read"),
    ],
)
def test_a_bad_file_is_refused_on_the_form(importing: Any, data: bytes, words: str) -> None:
    answer = importing.upload(data)

    assert answer.status_code == 422
    assert words in answer.text
    assert "No imports yet" in importing.page("/imports")


def test_no_file_and_too_large_a_file_are_refused_on_the_form(
    importing: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = importing.alice.post("/imports/new", data={}, content_type="multipart/form-data")
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)

    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = importing.upload("客户号\n" + "A1\n" * 1000)
    assert (answer.status_code, "The file is larger than 200 MB." in answer.text) == (422, True)


def test_a_full_disk_is_told_on_the_form(importing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        answer = importing.upload(LIST)
    assert answer.status_code == 503
    assert "no space left" in answer.text
    assert "No imports yet" in importing.page("/imports")


def test_rejected_rows_are_downloaded_as_they_stand_with_the_reason(importing: Any) -> None:
    path = importing.draft(LIST.replace("陈红", "=1+1").replace(",y", ',"a, b"'))
    importing.post(f"{path}/check")
    importing.work()
    answer = importing.alice.get(f"{path}/rejected.csv")

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.decode("utf-8-sig").splitlines() == [
        "客户号,姓名,手机号,合约到期日,备注,Problem",
        'A2,\'=1+1,1380013,2027-01-31,"a, b","This begins like a formula. It is kept as text and never computed.; '
        '7 digits, it needs 11."',
    ]


def test_a_stale_form_is_refused(importing: Any) -> None:
    path = importing.draft(LIST)
    stale = importing.form(path)
    importing.post(f"{path}/check")
    importing.work()

    assert importing.alice.post(f"{path}/check", data=stale).status_code == 412


def test_a_running_import_is_cancelled_and_run_again_from_the_same_file(importing: Any) -> None:
    path = importing.draft(LIST)
    assert importing.alice.post(f"{path}/again").status_code == 409
    importing.post(f"{path}/check")
    assert importing.alice.post(f"{path}/cancel").status_code == 303
    importing.work()
    assert "Cancelled" in importing.page("/imports")
    assert importing.alice.post(f"{path}/cancel").status_code == 409

    answer = importing.alice.post(f"{path}/again")
    again = str(answer.headers["Location"]).removeprefix(f"/t/{importing.world.slug}")
    assert again != path
    importing.post(f"{again}/check")
    importing.work()
    assert "Import 1 row" in importing.page(again)


def test_a_failed_import_says_why(importing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.files import service as files

    path = importing.draft(LIST)
    importing.post(f"{path}/check")
    gone = files.path_of(importing.world.tenant_id, UUID(int=0)).parent
    for kept in gone.iterdir():
        kept.unlink()
    importing.work()
    assert "The import stopped. The uploaded file is no longer there." in importing.page(path)


def test_only_those_who_may_import_see_imports(
    importing: Any, world: Any, sign_in: Callable[[Any], Any], app: Any
) -> None:
    path = importing.draft(LIST)
    for person in (world.carol, world.bob, world.dan):
        other = sign_in(person)
        assert other.get("/imports").status_code == 403
        assert other.get(path).status_code == 403
        assert other.get(f"{path}/rejected.csv").status_code == 403
    from core.testing.people import make_world

    stranger = sign_in(make_world(app).alice)
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/check", data={}).status_code == 404
    assert stranger.post(f"{path}/cancel").status_code == 404


def test_samples_of_personal_columns_are_masked(importing: Any) -> None:
    page = importing.page(importing.draft(LIST))

    assert "13800138000" not in page
    assert "刘明" not in page


def test_a_vertical_switched_off_meanwhile_stops_the_run(importing: Any, session: Any, world: Any) -> None:
    from core.tenants import service as tenants

    path = importing.draft(LIST)
    importing.post(f"{path}/check")
    scope.enter(session, world.alice.context)
    tenants.set_vertical(session, context=world.alice.context, key="telecom", enabled=False)
    session.commit()
    importing.work()

    assert "There is no field telecom.contract_end; is its vertical switched on?" in importing.page(path)
    scope.enter(session, world.alice.context)
    run = service.found_run(session, run_id=UUID(path.rpartition("/")[2]))
    assert run.state == "failed"
