"""What collection leaves: trials in the place of tests, and the plans where the run is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.trials.expansion import expanded, plans_of
from pytest_tmuxagent.trials.folder import read_plans, refusal, refuse, write_plans
from pytest_tmuxagent.trials.plan import Plan


def make_trials(items: list[pytest.Item], *, config: pytest.Config, folder: Path | None) -> list[Plan]:
    """Put trials in the place of the tests that have them, unless tests are only looked at; give the plans.

    `folder` is where a worker of xdist tells them, or why there can be none.

    Raises:
        pytest.UsageError: a marker says what cannot be.
    """
    try:
        plans = plans_of(items)
    except pytest.UsageError as error:
        if folder is None:
            raise
        refuse(folder, str(error))
        return []
    if _only_looks(config):
        return []
    items[:] = expanded(items, plans)
    if folder is not None:
        worker: Any = config
        write_plans(folder, plans.values(), writer=worker.workerinput["workerid"])
    return list(plans.values())


def learn_plans(folder: Path, *, dist: str) -> Sequence[Plan]:
    """Give the plans that workers told.

    Raises:
        pytest.UsageError: the run cannot be.
    """
    why = refusal(folder)
    if why is not None:
        raise pytest.UsageError(why)
    plans = read_plans(folder)
    if plans and dist == "each":
        raise pytest.UsageError(
            f"{plans[0].test} has trials, and --dist=each would make each of them once per worker: "
            "use --dist=load"
        )
    return plans


def hand_out_singly(config: pytest.Config) -> None:
    """Have xdist hand trials out one by one, unless the command line says how: what is handed out is run."""
    controller: Any = config.pluginmanager.getplugin("dsession")
    scheduler: Any = getattr(controller, "sched", None)
    if getattr(scheduler, "maxschedchunk", config) is None:
        scheduler.maxschedchunk = 1


def _only_looks(config: pytest.Config) -> bool:
    return any(config.getoption(name, default=False) for name in ("collectonly", "setuponly", "setupplan"))
