"""Fellegi-Sunter record linkage: pure functions over records of texts, without a database or a request."""
