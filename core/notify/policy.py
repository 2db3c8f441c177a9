"""Permissions of notices: everybody reads their own; the outbox shows everybody's mail."""

OUTBOX = "outbox.read"
