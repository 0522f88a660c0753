"""What `python -m tests.error_rates` prints, small."""

from __future__ import annotations

from pathlib import Path

from tests.error_rates import RULES, measure


def test_rules_err_in_runs_of_pytest_as_often_as_they_promise(tmp_path: Path) -> None:
    found = measure(12, seed=7, rates=(0.9,), folder=tmp_path)
    assert [row.rule for row in found] == [*RULES]
    for row in found:
        assert row.tests == 12
        assert abs(row.strays) < 3, row
        assert abs(row.trials - row.promised_trials) < 5, row
