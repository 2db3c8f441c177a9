"""Permissions of reveals, and of the rights of the person."""

RIGHTS_READ = "rights.read"
RIGHTS_MANAGE = "rights.manage"
RIGHTS_APPROVE = "rights.approve"
HOLD = "legal_hold.manage"
MAKE = "reveal.make"
READ = "reveal.read"
FREEZE = "grant.freeze"
