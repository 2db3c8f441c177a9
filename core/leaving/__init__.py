"""Leaving: everything a tenant has as one download, and its deletion with a certificate that says what is left."""
