"""Permissions of cases."""

READ = "case.read"
OPEN = "case.open"
TRANSITION = "case.transition"
