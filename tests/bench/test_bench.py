"""The benchmarks run and compare like with like; what they say of speed is not a test's business."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core.config import CHECKOUT

LIMIT_LINES = 60

SMALL = """
import json
from pathlib import Path
from bench import customer_list, data
from core.db import home
data.FOLDER = Path({folder!r})
data.TENANTS, data.CUSTOMERS, data.IN_THE_LARGEST, data.LEASED = 3, 800, 700, 60
customer_list.ROUNDS, customer_list.SECONDS, customer_list.WARM_SECONDS = 1, 0.1, 0.1
try:
    told = customer_list.run()
finally:
    home.server(data.bench_config()).destroy()
print(json.dumps(told))
"""


@pytest.mark.slow
def test_the_list_and_its_limit_answer_the_same_for_both_parties() -> None:
    with tempfile.TemporaryDirectory(prefix="kehub-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server may run as another user, who must get through
        program = SMALL.format(folder=f"{folder}/bench")
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.keys() >= {"ratio", "p50_ms", "limit_p50_ms", "rounds", "provider_ratio"}
    assert told["ratio"] > 0


def test_a_limit_program_stays_small() -> None:
    for program in (CHECKOUT / "bench").glob("limit_*.py"):
        assert len(program.read_text(encoding="utf-8").splitlines()) <= LIMIT_LINES, program.name


def test_an_unknown_benchmark_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "speed"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there are: list" in done.stderr
