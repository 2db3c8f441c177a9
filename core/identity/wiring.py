"""What identity does at boot: where hashing waits, what proves itself, and who sends the links of the door."""

from __future__ import annotations

from core.config import Config
from core.identity import hashing
from core.identity.permissions import DANGEROUS
from core.identity.proving import step_up, to_step_up
from core.web.state import Web


def wire(web: Web, config: Config) -> None:
    hashing.install(config.data_dir / "hashing", number=config.hash_slots)
    web.dangerous = DANGEROUS.__contains__
    web.step_up = step_up
    web.to_step_up = to_step_up
