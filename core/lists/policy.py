"""Permissions of lists."""

SHARE = "list.share"
