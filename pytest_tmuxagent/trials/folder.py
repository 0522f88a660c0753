"""What the processes of a parallel run tell each other by files: the plans, and which verdicts are known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from pytest_tmuxagent.trials.plan import Plan, read_plan

_PLANS = "plans.json"
_REFUSAL = "refusal"


def write_plans(folder: Path, plans: Iterable[Plan], *, writer: str) -> None:
    """Tell the plans of the run; every worker has the same."""
    written = folder / f"{_PLANS}.{writer}"
    written.write_text(json.dumps([plan.as_dict() for plan in plans]), encoding="utf-8")
    written.replace(folder / _PLANS)


def read_plans(folder: Path) -> list[Plan]:
    """Give the plans that were told; none where no worker could."""
    try:
        told = (folder / _PLANS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [read_plan(plan) for plan in json.loads(told)]


def refuse(folder: Path, why: str) -> None:
    """Tell that the run cannot be: a worker that raised it would only be taken for one that crashed."""
    (folder / _REFUSAL).write_text(why, encoding="utf-8")


def refusal(folder: Path) -> str | None:
    """Say why the run cannot be; None where it can."""
    try:
        return (folder / _REFUSAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def settle(folder: Path, nodeid: str) -> None:
    """Tell that all is known of a test, or of one trial: what has not begun is not run."""
    _sign(folder, nodeid).touch()


def is_settled(folder: Path, nodeid: str) -> bool:
    """Whether all is known of a test, or of one trial."""
    return _sign(folder, nodeid).exists()


def _sign(folder: Path, nodeid: str) -> Path:
    return folder / sha256(nodeid.encode("utf-8", "surrogatepass")).hexdigest()[:32]
