"""As many tests as asked for, which do nothing."""

from __future__ import annotations

import os

import pytest


@pytest.mark.parametrize("number", range(int(os.environ["BENCHMARK_TESTS"])))
def test_it(number: int) -> None:
    assert number + 1 > number
