"""Permissions of the fields of a workspace."""

CONFIGURE = "vertical.configure"
