"""Keeps trials out of the files of others, which tell of tests: their verdicts stand there."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.junitxml import xml_key


def leave_out(config: pytest.Config, report: pytest.TestReport) -> None:
    """Take back what the writers of files have begun for a report that is of no test."""
    _forget_in_junit(config, report)
    _forget_in_json(config, report)


def _forget_in_junit(config: pytest.Config, report: pytest.TestReport) -> None:
    xml: Any = config.stash.get(xml_key, None)
    if xml is None:
        return
    # From pytest 9.1 on a node id is more than a string.
    nodeid = report.id if hasattr(report, "id") else report.nodeid
    case = xml.node_reporters.pop((nodeid, getattr(report, "node", None)), None)
    if case is not None and xml.node_reporters_ordered[-1] is case:
        xml.node_reporters_ordered.pop()
    elif case is not None:
        xml.node_reporters_ordered.remove(case)


def _forget_in_json(config: pytest.Config, report: pytest.TestReport) -> None:
    """In the file of pytest-json-report every trial that did not fail would be a test that passed."""
    tests = getattr(getattr(config, "_json_report", None), "_json_tests", None)
    if tests is not None:
        tests.pop(report.nodeid, None)
