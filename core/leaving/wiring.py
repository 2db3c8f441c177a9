"""What leaving is plugged into: kinds of work and guards."""

from __future__ import annotations


def wire() -> None:
    """Fill in what lower features ask for."""
