"""What may be carried, what a shipment waits for, what is watched on its way, and what is asked of claims."""

from plugins.logistics.rules.accepting import ACCEPTING
from plugins.logistics.rules.carriage import CARRIAGE
from plugins.logistics.rules.claims import CLAIMS
from plugins.logistics.rules.watching import WATCHING

RULES = (*CARRIAGE, *ACCEPTING, *WATCHING, *CLAIMS)

__all__ = ["RULES"]
