"""Permissions of reveals."""

MAKE = "reveal.make"
READ = "reveal.read"
FREEZE = "grant.freeze"
