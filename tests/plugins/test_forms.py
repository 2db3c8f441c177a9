"""A sector's forms, panels and flows speak the language of whoever looks at them, and only that one."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import force_locale

from core.fields.controls import controls
from core.fields.fieldset import FieldSet
from core.web.i18n import install_i18n, label
from tests.plugins.subjects import alone

HAN = re.compile(r"[\u4e00-\u9fff]")
SECTORS = ("telecom", "banking", "retail")
NAMES = {"IBAN", "IMSI", "ICCID", "GLN", "DSL", "RFM"}


@pytest.fixture(scope="module")
def speaking() -> Flask:
    """Languages without pages or a database."""
    app = Flask("speaking")
    install_i18n(app)
    return app


def shown(key: str) -> list[str]:
    """Everything a person reads on the forms of customers, cases and records: labels, choices, help and units."""
    view = alone(key)
    found: list[str] = []
    for target in ("customer", "case", *(f"record:{kind}" for kind in view.record_types)):
        for control in controls(FieldSet.of(view, target=target), {}):
            found += [label(text) for text in (control.label, control.help, control.unit) if text]
            found += [label(each.label) for each in control.options if each.value]
    for flow in view.workflows.values():
        found += [label(each.label) for group in (flow.states, flow.transitions, flow.timers) for each in group]
    found += [label(panel.label) for panel in view.panels.values()]
    return found


@pytest.mark.parametrize("key", SECTORS)
def test_a_chinese_reader_reads_chinese(speaking: Flask, key: str) -> None:
    with speaking.test_request_context(), force_locale("zh_Hans_CN"):
        texts = shown(key)
    assert len(texts) > 60
    assert [text for text in texts if not HAN.search(text) and text not in NAMES] == []


@pytest.mark.parametrize("key", SECTORS)
def test_an_english_reader_reads_no_chinese(speaking: Flask, key: str) -> None:
    with speaking.test_request_context(), force_locale("en"):
        texts = shown(key)
    assert len(texts) > 60
    assert [text for text in texts if HAN.search(text)] == []
