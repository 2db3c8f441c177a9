"""The permissions of this feature."""

READ = "webhook.read"
MANAGE = "webhook.manage"
