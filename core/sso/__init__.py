"""Single sign-on of a tenant: its identity provider (OpenID Connect) says who somebody is, for this tenant only."""
