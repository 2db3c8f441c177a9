"""Permissions of a tenant's own settings and of its life."""

READ = "vertical.read"
CONFIGURE = "vertical.configure"
SEE = "tenant.read"
MANAGE = "tenant.manage"
CLOSE = "tenant.close"
