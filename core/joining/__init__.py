"""Joining: an organisation signs up, confirms by mail, and takes its first steps; the end of its trial."""
