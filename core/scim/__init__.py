"""SCIM 2.0 (RFC 7643, 7644): a tenant's directory adds and ends its people here, and says by groups which roles they have."""
