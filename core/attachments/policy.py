"""Permissions of attachments: who may read a customer reads what is attached to it, who may work on it attaches."""

READ = "customer.read"
ADD = "case.transition"
MANAGE = "customer.write"
