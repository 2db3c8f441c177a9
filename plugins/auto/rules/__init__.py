"""What is watched on a vehicle, what claims on the maker are asked, and what a sale waits for."""

from plugins.auto.rules.selling import SELLING
from plugins.auto.rules.warranty import WARRANTY
from plugins.auto.rules.watched import WATCHED

RULES = (*WATCHED, *WARRANTY, *SELLING)

__all__ = ["RULES"]
