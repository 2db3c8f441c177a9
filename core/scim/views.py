"""`/scim/v2`: where directories ask. What speaks their protocol is loaded when the first of them does.

Its models read their own source as they are made, by looking through every loaded module: seconds, at every start.
"""

from __future__ import annotations

from flask import Response

from core.web.routes import Pages

pages = Pages("scim", __name__)

ROOT = "/scim/v2"


@pages.page(f"{ROOT}/<path:path>", permission=None, public=True, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def serve(path: str) -> Response:
    from core.scim import protocol

    return protocol.answered(path, root=ROOT)
