"""Keeps trials out of JUnit's file, which tells of tests: their verdicts stand there."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.junitxml import xml_key


def forget_case(config: pytest.Config, report: pytest.TestReport) -> None:
    """Take back the test case that pytest has begun for a report."""
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
