"""What the `trials` marker says, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.designs import Design, Fixed, design
from pytest_tmuxagent.trials.proving import Proof, proof_of

_NAMES = (
    "n",
    "pass_rate",
    "judge",
    "confidence",
    "stop",
    "accept",
    "reject",
    "at_most",
    "alpha",
    "beta",
    "retries",
    "solution",
)
_NO_DESIGN = ("retries", "solution")
_INSTEAD = "instead"
_PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsMark:
    """A `trials` marker; `asked` is what `design_of` makes a design of."""

    asked: Mapping[str, Any]
    retries: int
    solution: object


def read_mark(node: pytest.Item) -> TrialsMark | None:
    """Read the nearest `trials` marker of a test, and what the command line makes of it.

    Raises:
        pytest.UsageError: it says what cannot be, or stands where it cannot; the message names the test.
    """
    mark = node.get_closest_marker("trials")
    if mark is None:
        return None
    told = _arguments(mark, of=node.nodeid)
    asked = {name: _plain(value) for name, value in told.items() if name not in _NO_DESIGN}
    if "n" in asked and node.config.getoption("agent_trials") is not None:
        asked[_INSTEAD] = node.config.getoption("agent_trials")
    try:
        design_of(asked)
        if node.config.getoption("agent_prove"):
            asked = {_PROOF: proof_of(told.get("solution")).size}
    except (Misuse, TypeError) as error:
        raise _wrong(node.nodeid, f": {str(error).removeprefix('trials: ')}") from None
    if getattr(getattr(node, "obj", None), "is_hypothesis_test", False):
        raise _wrong(node.nodeid, " and @given exclude each other: each trial would be many; leave one out")
    return TrialsMark(
        asked=asked, retries=_retries(told.get("retries", 2), of=node.nodeid), solution=told.get("solution")
    )


def design_of(asked: Mapping[str, Any]) -> Design | Proof:
    """Make the design that a marker asks for, or the proof that stands for it.

    Raises:
        Misuse: it can never pass, or contradicts itself.
    """
    if _PROOF in asked:
        return Proof(size=asked[_PROOF])
    told = dict(asked)
    instead = told.pop(_INSTEAD, None)
    made = design(**told)
    return made.resized(instead) if instead is not None and isinstance(made, Fixed) else made


def _arguments(mark: pytest.Mark, *, of: str) -> dict[str, Any]:
    if len(mark.args) > 1:
        raise _wrong(of, f" takes one number, trials({mark.args[0]!r}); name the rest, as in pass_rate=0.8")
    told = {**({"n": mark.args[0]} if mark.args else {}), **mark.kwargs}
    for name in told:
        if name not in _NAMES:
            raise _wrong(of, f" has no argument {name!r}; it takes {', '.join(_NAMES)}")
    if mark.args and "n" in mark.kwargs:
        raise _wrong(of, " is given two numbers of trials; leave out n=")
    return told


def _plain(value: object) -> object:
    """Make a float of NumPy's, which is one, Python's own: xdist carries no other."""
    return float(value) if isinstance(value, float) else value


def _retries(value: object, *, of: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _wrong(of, f" has retries={value!r}; it takes a whole number, 0 or more")
    return value


def _wrong(of: str, words: str) -> pytest.UsageError:
    return pytest.UsageError(f"{of}: the `trials` marker{words}")
