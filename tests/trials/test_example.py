"""The evaluation of `examples` is one to copy: it finds its baseline wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.trials.conftest import WITHOUT

EXAMPLE = Path(__file__).parents[2] / "examples" / "evaluation"


@pytest.mark.parametrize("inside", [False, True], ids=["beside-it", "in-it"])
def test_a_copy_is_held_against_the_baseline_that_came_with_it(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, *, inside: bool
) -> None:
    copy = suite.path / "evaluation"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "agent-artifacts"))
    monkeypatch.chdir(copy if inside else suite.path)
    result = suite.runpytest_inprocess(
        str(copy),
        f"--agent-baseline={copy / 'baseline.json'}",
        *("--agent-artifacts=off", "-k", "terse-claude"),
        *(f"-pno:{name}" for name in WITHOUT),
    )
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.fnmatch_lines(["*no evidence that the suite changed: of 4 trials in both runs, 0 *"])
