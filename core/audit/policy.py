"""The permissions of the trail."""

READ = "audit.read"
EXPORT = "audit.export"
