"""What a chain of shops knows of members, cards, stores and orders, and what its cases ask for, place by place."""

from plugins.retail.fields.member import BUYING, LIFE, MEMBER, MEMBERSHIP, REDEMPTION
from plugins.retail.fields.order import COMPLAINT, ORDER, RETURN, SHIFT, STORE
from plugins.retail.fields.prepaid import PREPAID, SALE

FIELDS = (
    *MEMBER, *BUYING, *MEMBERSHIP, *STORE, *SHIFT, *ORDER, *PREPAID, *LIFE, *REDEMPTION, *RETURN, *COMPLAINT, *SALE,
)  # fmt: skip

__all__ = ["BUYING", "FIELDS", "MEMBER"]
