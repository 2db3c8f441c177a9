"""What a carrier knows of its shippers, shipments, complaints, claims and rates, place by place."""

from plugins.logistics.fields.dealings import CLAIM, CLAIM_STEPS, COMPLAINT, CREDIT, RATE
from plugins.logistics.fields.shipment import EXCEPTION, SHIPMENT
from plugins.logistics.fields.shipper import ACCOUNT, SHIPPER

FIELDS = (*SHIPPER, *ACCOUNT, *SHIPMENT, *EXCEPTION, *COMPLAINT, *CLAIM, *CLAIM_STEPS, *RATE, *CREDIT)

__all__ = ["ACCOUNT", "FIELDS", "SHIPPER"]
