"""Customers: the people and organisations a client company serves; the record both parties live in."""
