"""The REST interface's frame: endpoints with their permissions, reading and writing of bodies, idempotency, OpenAPI."""
