"""Permissions of the gate."""

DECIDE = "gate.decide"
READ = "gate.read"
