"""What the gate asks of features above and below it, set at boot by `app.py`."""

from __future__ import annotations

from collections.abc import Sequence

from core.approvals import service as approvals
from core.gate import act_facts, facts, modes, trials
from core.jobs import service as jobs


def wire(
    *,
    customers: facts.CustomerFacts,
    tellings: Sequence[facts.Telling],
    customer: act_facts.CustomerSource,
    keys: trials.KeySource,
    view_of: modes.ViewOf,
) -> None:
    facts.install(customers, tellings)
    act_facts.CUSTOMER[:] = [customer]
    trials.KEYS[:] = [keys]
    approvals.HANDLERS[modes.KIND] = modes.Changed(view_of)
    jobs.register(trials.KIND, trials.Trial(view_of))
