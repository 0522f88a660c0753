"""Marks for tests that cannot bear a fault of a schedule."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.schedules import KINDS

HEARS_EVERY_ENTER = pytest.mark.agent_faults(kinds=[kind for kind in KINDS if kind != "swallowed_enter"])
"""For what presses Enter once, and does not look whether it had an effect: not the defect that is tested."""
