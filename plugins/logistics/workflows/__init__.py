"""The five kinds of case: a failed delivery, a delay, a complaint, a claim, a review of credit."""

from plugins.logistics.workflows.claim import CLAIM, CREDIT
from plugins.logistics.workflows.complaint import COMPLAINT, DELAY
from plugins.logistics.workflows.shipment import SHIPMENT

WORKFLOWS = (SHIPMENT, DELAY, COMPLAINT, CLAIM, CREDIT)

__all__ = ["WORKFLOWS"]
