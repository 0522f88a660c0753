"""Fault schedules: what goes wrong in a test, from a seed, without changing what a correct test finds.

Each test has decisions of its own, by the seed and its name, and so has each agent in it: whatever ran
before, the same seed gives the same decisions. How far an agent is when they come true is the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import Misuse

KINDS = (
    "slow_pty",
    "loaded_cpu",
    "delayed_hooks",
    "delayed_transcript",
    "swallowed_enter",
    "stray_redraws",
    "dropped_streams",
    "stalled_streams",
)
"""Every kind of fault, as `FaultSchedule` tells them."""

NOT_ON_A_REAL_CLI = ("slow_pty", "delayed_transcript", "swallowed_enter", "stray_redraws")
"""Those that only the stub can play: they happen inside of the program."""

LONGEST_SEED = 2**63
_HOW = "write it as 7, or as 7:slow_pty,loaded_cpu"


@dataclass(frozen=True, slots=True)
class FaultSchedule:
    """Which faults come, and when: `FaultSchedule(seed=7)`, or `FaultSchedule(seed=7, kinds=["slow_pty"])`.

    - `slow_pty`: what the agent prints comes in pieces, cut anywhere, and it reads its keys in pieces
    - `loaded_cpu`: the cores are busy in bursts, and the agent is late now and then
    - `delayed_hooks`: hooks start late, in their order, before or after the transcript tells the same
    - `delayed_transcript`: records are on the disk late, the last one torn for a moment
    - `swallowed_enter`: now and then an Enter that would submit a prompt has no effect, never two in a row
    - `stray_redraws`: the same screen is drawn again, in part or as a whole; the cursor and the title move
    - `dropped_streams`: the connection of a model request breaks before the script has heard of it
    - `stalled_streams`: pauses of up to 0.3 s before and inside of the model's answers

    What a test arranges itself (`swallow_enter()`, `delay_transcript()`, `tear_transcript()`) stays as it
    arranged it. On a real CLI there are `loaded_cpu`, `delayed_hooks`, `dropped_streams`, `stalled_streams`.

    Raises:
        Misuse: the seed is no whole number from 0 on, or there is no such kind.
    """

    seed: int
    kinds: tuple[str, ...]
    name: str

    def __init__(self, seed: int, kinds: Iterable[str] = KINDS, *, name: str = "") -> None:
        """`name` is whose decisions they are; `of()` gives them."""
        object.__setattr__(self, "seed", _checked_seed(seed))
        object.__setattr__(self, "kinds", _checked_kinds(kinds))
        object.__setattr__(self, "name", name)

    @classmethod
    def read(cls, written: str) -> FaultSchedule:
        """Read what the command line says: `7`, or `7:slow_pty,loaded_cpu`.

        Raises:
            Misuse: it says none.
        """
        seed, colon, kinds = written.partition(":")
        if not (seed.isascii() and seed.isdigit()):
            raise Misuse(f"{written!r} has no whole number as its seed; {_HOW}")
        named = [kind.strip() for kind in kinds.split(",")] if colon else KINDS
        return cls(seed=int(seed), kinds=named)

    def of(self, name: str) -> FaultSchedule:
        """Give the decisions of one test, or of one agent in it."""
        return FaultSchedule(self.seed, self.kinds, name=f"{self.name}/{name}" if self.name else name)

    @property
    def written(self) -> str:
        """The schedule as the command line has it."""
        kinds = "" if self.kinds == KINDS else f":{','.join(self.kinds)}"
        return f"{self.seed}{kinds}"

    def wiring(self, *, agent: str, log: Path) -> Mapping[str, Any]:
        """Give what the process needs that plays it (`stub/faults.py`); `log` is told of each fault."""
        return {
            "seed": self.seed,
            "name": self.name,
            "agent": agent,
            "kinds": list(self.kinds),
            "log": str(log),
        }

    def __repr__(self) -> str:
        kinds = "" if self.kinds == KINDS else f", kinds={self.kinds!r}"
        name = f", name={self.name!r}" if self.name else ""
        return f"FaultSchedule(seed={self.seed}{kinds}{name})"


def _checked_seed(seed: object) -> int:
    if type(seed) is not int or not 0 <= seed < LONGEST_SEED:
        raise Misuse(f"the seed {seed!r} of a fault schedule is no whole number from 0 to 2**63 - 1")
    return seed


def _checked_kinds(kinds: object) -> tuple[str, ...]:
    if isinstance(kinds, (str, bytes)) or not isinstance(kinds, Iterable):
        raise Misuse(f"kinds={kinds!r}: give a list, as in kinds=['slow_pty']")
    named = list(kinds)
    for kind in named:
        if kind not in KINDS:
            raise Misuse(f"there is no fault of the kind {kind!r}; there are {', '.join(KINDS)}")
    if not named:
        raise Misuse(f"a fault schedule without kinds does nothing; there are {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in named)
