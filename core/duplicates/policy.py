"""Permissions of duplicates: to look at what may be one customer, decide about it, merge and undo."""

MERGE = "customer.merge"
