"""Permissions of records."""

READ = "record.read"
WRITE = "record.write"
