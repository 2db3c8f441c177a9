"""The retail vertical: memberships, orders, returns and their misuse."""
