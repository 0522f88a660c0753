"""The options and markers of evaluations."""

from __future__ import annotations

import argparse

import pytest

_TRIALS = (
    "trials(n, pass_rate=..., judge='wilson'|'rate', confidence=0.95, stop='never'|'decided', retries=2, "
    "solution=...), or trials(accept=0.9, reject=0.6, at_most=30, alpha=0.05, beta=0.05, ...): "
    "run it so many times, and give one verdict"
)
_PROMPTS = (
    "prompts(*patterns): run it once for each prompt of these files, as the arguments `prompt` and `case`; "
    "*.md and *.txt are a prompt each, *.toml, *.csv and *.jsonl have many"
)
MARKERS = (_TRIALS, _PROMPTS)


def add_options(parser: pytest.Parser) -> None:
    """Declare the command line options."""
    group = parser.getgroup("tmuxagent")
    group.addoption(
        "--agent-trials",
        type=_count,
        default=None,
        metavar="N",
        help="make N trials of each test that has a fixed number of them (for small runs on the way)",
    )
    group.addoption(
        "--agent-seed",
        type=int,
        default=0,
        metavar="SEED",
        help="what the seeds of all trials are drawn from (default: 0)",
    )
    group.addoption(
        "--agent-results",
        metavar="FILE",
        default=None,
        help="write all trials and verdicts to FILE, as JSON",
    )
    group.addoption(
        "--agent-baseline",
        metavar="FILE",
        default=None,
        help="compare with the results in FILE: a test that got worse fails",
    )
    group.addoption(
        "--agent-baseline-update",
        action="store_true",
        help="write the results of this run to the file of --agent-baseline",
    )
    group.addoption(
        "--agent-prove",
        action="store_true",
        help="run no trials: see that an agent that does nothing fails each of these tests, and that the "
        "test's own solution passes it; offline, on the stub",
    )


def _count(written: str) -> int:
    if not written.isascii() or not written.isdigit() or int(written) == 0:
        raise argparse.ArgumentTypeError(f"{written!r} is no whole number above 0")
    return int(written)
