"""Permissions of records. Taking a list away as a file is the client's: a provider works on what is leased where it lies."""

READ = "record.read"
WRITE = "record.write"
EXPORT = "record.export"
