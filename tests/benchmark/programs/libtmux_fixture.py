"""Tests that want the stub in a window of libtmux's `session`, and do nothing with it."""

from __future__ import annotations

import os

import libtmux
import pytest
from libtmux.test.retry import retry_until


@pytest.mark.parametrize("number", range(int(os.environ["BENCHMARK_TESTS"])))
def test_it(session: libtmux.Session, number: int) -> None:
    pane = session.new_window(window_shell=os.environ["BENCHMARK_STUB"]).active_pane
    assert pane is not None, number
    box = os.environ["BENCHMARK_BOX"]
    retry_until(lambda: any(box in line for line in pane.capture_pane()), 10)
