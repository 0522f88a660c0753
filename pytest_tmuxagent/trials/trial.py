"""Which trial of a test this is, as the fixture `agent_trial` gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

import pytest

from pytest_tmuxagent.trials.plan import PART


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Trial `number` (from 1) of `of`; the seed is the same for the same trial in every run.

    `random` is seeded with it. `--agent-seed` draws other seeds.
    """

    number: int
    of: int
    seed: int
    random: Random = field(compare=False, repr=False)


def trial_of(item: pytest.Item) -> Trial:
    """Give the trial that an item is; a test without trials is the first of one."""
    part = item.stash.get(PART, None)
    test, number, of = (item.nodeid, 1, 1) if part is None else (part.plan.test, part.number, part.plan.of)
    seed = seed_of(test, number=number, run_seed=item.config.getoption("agent_seed"))
    return Trial(number=number, of=of, seed=seed, random=Random(seed))


def seed_of(test: str, *, number: int, run_seed: int) -> int:
    """Draw the seed of a trial: a whole number that every reader of JSON takes unchanged (48 bits)."""
    told = f"{run_seed}\n{number}\n{test}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(told).digest()[:6], "big")
