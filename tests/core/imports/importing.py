"""Alice at the pages of imports: she uploads, reads the page as text, and sends its form as it stands."""

from __future__ import annotations

import html
import io
import re
from typing import Any

from core.testing.jobs import work_off


class Importing:
    """Alice at the pages."""

    def __init__(self, app: Any, world: Any, alice: Any) -> None:
        self.app = app
        self.world = world
        self.alice = alice

    def upload(self, data: str | bytes, name: str = "名单.csv", what: str = "") -> Any:
        raw = data.encode() if isinstance(data, str) else data
        return self.alice.post(
            "/imports/new", data={"file": (io.BytesIO(raw), name), "type": what}, content_type="multipart/form-data"
        )

    def draft(self, data: str | bytes, what: str = "") -> str:
        """The path of a new draft."""
        answer = self.upload(data, what=what)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"]).removeprefix(f"/t/{self.world.slug}")

    def page(self, path: str) -> str:
        answer = self.alice.get(path)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))

    def form(self, path: str) -> dict[str, Any]:
        """What the page's form would send as it stands."""
        text = self.alice.get(path).text
        selects = re.findall(r'<select class="input" data-size="s" name="target".*?</select>', text, re.DOTALL)
        chosen = [re.search(r'value="([^"]*)" selected', each) for each in selects]
        version = re.search(r'name="version" value="(\d+)"', text)
        assert version is not None
        return {
            "version": version[1],
            "target": [each[1] if each else "" for each in chosen],
            "existing": "update",
        }

    def post(self, path: str, **changes: Any) -> Any:
        base = path.rpartition("/")[0]
        return self.alice.post(path, data={**self.form(base), **changes})

    def work(self) -> int:
        return work_off(self.app, tenant_id=self.world.tenant_id)
