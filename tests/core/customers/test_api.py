"""Customers over REST."""

from __future__ import annotations


def test_a_customer_is_added_and_read_again(api, world):
    alice = api(world.alice)
    made = alice.post("/customers", {"name": "张伟", "phone": "138 0013 8000", "born_on": "1980-02-29"})
    assert made.status_code == 201, made.text
    assert made.headers["ETag"] == '"1"'

    read = alice.client.get(made.headers["Location"], headers={"Authorization": f"Bearer {alice.token}"})
    assert read.json == made.json
    assert read.json["phone"] == "+8613800138000"
