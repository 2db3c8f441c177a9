"""Numbering standards of the telephone network."""
