"""`tmuxagent doctor`: what is here, which versions, what is missing and how to get it."""

# ruff: noqa: T201 - printing is what this command does.

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_tmuxagent.cli.findings import Finding
from pytest_tmuxagent.cli.machine import file_limit, left_behind, temporary_folder, tmux, trial
from pytest_tmuxagent.cli.software import agents, packages, plugins, python

_CHECKS: tuple[Callable[[], Iterable[Finding]], ...] = (
    python,
    packages,
    plugins,
    tmux,
    temporary_folder,
    file_limit,
    trial,
    agents,
    left_behind,
)
_MARKS = {"here": "ok     ", "note": "note   ", "missing": "MISSING"}
_INDENT = " " * 9


def run_doctor() -> int:
    """Print what there is; 1 when something is missing that tests need."""
    missing = 0
    for check in _CHECKS:
        for finding in check():
            missing += finding.kind == "missing"
            print(f"{_MARKS[finding.kind]}  {finding.text}", flush=True)
            if finding.remedy:
                print(f"{_INDENT}{finding.remedy}", flush=True)
    print(f"\n{missing} missing: tests will not run as they should" if missing else "\nready")
    return 1 if missing else 0
