"""Digests find what must not be read, and what is sealed opens only with the subject's own key."""

from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core.audit import keys

HARBOUR, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture(autouse=True, scope="module")
def _installed(app: Flask) -> None:
    """The application has set the master secret."""


def test_equal_values_of_one_tenant_have_one_digest() -> None:
    assert keys.digest("13800138000", tenant_id=HARBOUR) == keys.digest("13800138000", tenant_id=HARBOUR)


def test_a_digest_tells_nothing_across_tenants_or_purposes() -> None:
    digests = {
        keys.digest("13800138000", tenant_id=HARBOUR),
        keys.digest("13800138000", tenant_id=OTHER),
        keys.digest("13800138000", tenant_id=None),
        keys.digest("13800138000", tenant_id=HARBOUR, purpose="throttle"),
        keys.digest("13800138001", tenant_id=HARBOUR),
    }
    assert len(digests) == 5


@given(st.text(max_size=60))
def test_what_is_sealed_opens_with_its_key(clear: str) -> None:
    key = keys.new_data_key(HARBOUR)
    sealed = keys.encrypt(clear, data_key=key, tenant_id=HARBOUR)
    assert keys.decrypt(sealed, data_key=key, tenant_id=HARBOUR) == clear
    assert len(clear) < 4 or clear.encode() not in sealed


def test_the_same_value_is_never_sealed_alike_twice() -> None:
    key = keys.new_data_key(HARBOUR)
    assert keys.encrypt("6222", data_key=key, tenant_id=HARBOUR) != keys.encrypt(
        "6222", data_key=key, tenant_id=HARBOUR
    )


def test_another_subjects_key_and_another_tenant_open_nothing() -> None:
    key, another = keys.new_data_key(HARBOUR), keys.new_data_key(HARBOUR)
    sealed = keys.encrypt("310104198001011019", data_key=key, tenant_id=HARBOUR)
    with pytest.raises(InvalidTag):
        keys.decrypt(sealed, data_key=another, tenant_id=HARBOUR)
    with pytest.raises(InvalidTag):
        keys.decrypt(sealed, data_key=key, tenant_id=OTHER)


def test_a_changed_byte_is_noticed() -> None:
    key = keys.new_data_key(HARBOUR)
    sealed = bytearray(keys.encrypt("310104198001011019", data_key=key, tenant_id=HARBOUR))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        keys.decrypt(bytes(sealed), data_key=key, tenant_id=HARBOUR)


def test_a_key_is_stored_wrapped() -> None:
    """48 bytes of key and tag behind a nonce: what lies in the database opens nothing by itself."""
    assert len(keys.new_data_key(HARBOUR)) == 12 + 32 + 16
