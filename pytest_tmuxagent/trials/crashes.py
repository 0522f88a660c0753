"""Trials whose worker of xdist crashed: which of them another worker makes again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any


def make_again(nodeid: str, *, sched: Any, controller: Any) -> bool:  # noqa: ANN401 - xdist's
    """Have another worker make a trial; False where none will.

    Each crash costs one of the workers that `--max-worker-restart` allows, and a run without any left ends.
    Trials that are made again get half of them: the others are for those that crash for the first time.
    """
    if not _has_workers_to_spare(controller):
        return False
    if _is_handed_out_again(nodeid, sched):
        return True
    with suppress(NotImplementedError):
        sched.mark_test_pending(nodeid)
        return True
    return False


def _has_workers_to_spare(controller: Any) -> bool:  # noqa: ANN401
    allowed: int | None = getattr(controller, "_max_worker_restart", 0)
    lost: int = getattr(controller, "_failed_nodes_count", 0)
    return allowed is None or 2 * (lost + 1) <= allowed


def _is_handed_out_again(nodeid: str, sched: Any) -> bool:  # noqa: ANN401
    """Whether it is anyway: what hands out whole files or groups makes what crashed with them again."""
    waiting: Mapping[str, Mapping[str, bool]] = getattr(sched, "workqueue", {})
    handed_out: Mapping[Any, Mapping[str, Mapping[str, bool]]] = getattr(sched, "assigned_work", {})
    units = [*waiting.values(), *(unit for work in handed_out.values() for unit in work.values())]
    return any(unit.get(nodeid) is False for unit in units)
