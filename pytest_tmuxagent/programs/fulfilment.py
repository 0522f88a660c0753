"""Completion contracts: how programs know that the agent they drive is done; here a test waits for the same.

Each contract is looked at until it is fulfilled. Each fulfilment is given once: the next wait for the same
flag, file, conversation or recorder gives the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pytest_tmuxagent.errors import NeverCompleted, WaitTimeout
from pytest_tmuxagent.programs.recorders import RecordedCall
from pytest_tmuxagent.turn import StopReason
from pytest_tmuxagent.waiting import Deadline, looks

How = Literal["flag", "answer", "transcript", "thread", "call"]

_CENSUS_INTERVAL = 0.25
_SECOND_CENSUS = 0.05
"""Nobody is left where two censuses say so: one alone may miss a process that makes way for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What an agent had to say when it was done; `how` names the contract.

    `text` is the answer, where the contract has one; of a failed flag, what stands in it. `stop_reason` is
    how the turn ended, where the contract tells. `call` is the recorder's, `path` the file that told.
    """

    how: How
    ok: bool
    text: str | None = None
    stop_reason: StopReason | None = None
    call: RecordedCall | None = None
    path: Path | None = None


class Contract(Protocol):
    """One contract, as one wait looks at it."""

    def look(self) -> Completion | None:
        """Give the completion, once it is there."""

    def seen(self) -> str:
        """Say in a few words what is waited for, and what is there so far."""


def await_completion(
    contract: Contract,
    *,
    timeout: float,
    check: Callable[[], None],
    nobody_left: Callable[[], bool],
    account: Callable[[], str],
) -> Completion:
    """Wait until a contract is fulfilled. `check` raises what went wrong; `account` is told in an error.

    Raises:
        NeverCompleted: it is not, and nobody is left who could.
        WaitTimeout: it was not in time.
    """
    next_census, nobody_before = Deadline(0), False
    for _ in looks(Deadline(timeout)):
        completion = contract.look()
        if completion is not None:
            return completion
        check()
        if next_census.over:
            nobody = nobody_left()
            if nobody and nobody_before:
                return _last_look(contract, account=account)
            next_census = Deadline(_SECOND_CENSUS if nobody else _CENSUS_INTERVAL)
            nobody_before = nobody
    raise WaitTimeout(
        f"{contract.seen()}. It did not come within {timeout:g} s.\n{account()}\n"
        "what to do: see what program and agent did (`.launches`, `.tmux`), or give them more time"
    )


def _last_look(contract: Contract, *, account: Callable[[], str]) -> Completion:
    """Look once more, for who has gone by now may have fulfilled it."""
    completion = contract.look()
    if completion is not None:
        return completion
    raise NeverCompleted(contract.seen(), account=account())
