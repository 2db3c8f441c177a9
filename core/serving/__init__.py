"""Serving: web processes and a worker under one supervisor, with the embedded database kept alive beside them."""
