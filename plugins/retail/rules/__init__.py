"""What is asked of returns, points, cashiers, prepaid cards, and what is owed to everybody alike."""

from plugins.retail.rules.cashier import CASHIER
from plugins.retail.rules.fairness import FAIRNESS
from plugins.retail.rules.points import POINTS
from plugins.retail.rules.prepaid import PREPAID
from plugins.retail.rules.returns import RETURNS

RULES = (*RETURNS, *POINTS, *CASHIER, *PREPAID, *FAIRNESS)

__all__ = ["RULES"]
