"""The five kinds of case: the life of a membership, redemption of points, returns, complaints, prepaid cards."""

from plugins.retail.workflows.complaint import COMPLAINT
from plugins.retail.workflows.membership import MEMBERSHIP
from plugins.retail.workflows.points import POINTS
from plugins.retail.workflows.prepaid import PREPAID
from plugins.retail.workflows.returns import RETURNS

WORKFLOWS = (MEMBERSHIP, POINTS, RETURNS, COMPLAINT, PREPAID)

__all__ = ["WORKFLOWS"]
