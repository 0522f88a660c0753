"""As many trials as asked for, which do nothing."""

from __future__ import annotations

import os

import pytest


@pytest.mark.trials(int(os.environ["BENCHMARK_TESTS"]))
def test_it() -> None:
    assert 1 + 1 == 2
