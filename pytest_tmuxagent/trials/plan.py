"""What is to be run of one test: how many trials, and by which design they are judged.

A plan goes from the process that collects to the one that judges, as a dict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

_TRIAL = re.compile(r"(?P<before>.*?)(?P<joint>-|\[)trial(?P<number>[1-9][0-9]*)\](?:@[^\]]*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The trials of one test; `asked` is what the marker says, as `marker.design_of` reads it."""

    test: str
    location: tuple[str, int | None, str]
    of: int
    asked: Mapping[str, Any] = field(default_factory=dict)
    retries: int = 2
    group: str = ""
    agent: str | None = None
    variant: str | None = None

    @property
    def stops_early(self) -> bool:
        """Whether trials that were not made yet may never be."""
        return "accept" in self.asked or self.asked.get("stop") == "decided"

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One trial of a plan."""

    plan: Plan
    number: int


PART: pytest.StashKey[Part] = pytest.StashKey()
"""What an item is a trial of; other items have none."""


def read_plan(told: Mapping[str, Any]) -> Plan:
    """Read what `as_dict` gave, also by way of JSON."""
    path, line, name = told["location"]
    return Plan(**{**told, "location": (path, line, name)})


def with_suffix(name: str, suffix: str) -> str:
    """Put what tells trials apart into the brackets at the end of a test's name or node id."""
    return f"{name[:-1]}-{suffix}]" if name.endswith("]") else f"{name}[{suffix}]"


def trial_suffix(number: int) -> str:
    """Name a trial, as it stands in a node id."""
    return f"trial{number}"


def read_trial_id(nodeid: str) -> tuple[str, int] | None:
    """Take the node id of a trial apart: that of its test, and its number."""
    found = _TRIAL.match(nodeid)
    if found is None:
        return None
    test = found["before"] + ("]" if found["joint"] == "-" else "")
    return test, int(found["number"])
