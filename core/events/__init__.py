"""Events: what happened, told in the same transaction to whoever `app.py` subscribed. Names and payloads are public API."""
