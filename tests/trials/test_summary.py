"""What a run with trials says at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.evals.writers.github import LIMIT_BYTES

OPTIONS = "--strict-markers --strict-config -p no:cacheprovider --agent-artifacts=off"

TESTS = """
import pytest

@pytest.mark.trials(4, pass_rate=0.5, judge="rate")
def test_odd(agent_trial):
    assert agent_trial.number % 2

@pytest.mark.trials(3)
def test_never():
    assert False, "a|b <c>"
"""


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    pytester.makeini(
        f"""
        [pytest]
        addopts = {OPTIONS}
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )


def test_the_table_stands_below_the_failures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_a=TESTS)
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(
        [
            "*= FAILURES =*",
            "*= trials (stub) =*",
            "test * passed  rate  95 %          pass@3  pass^3  verdict",
            "test_a.py::test_never  0/3     0.00  0.00 to 0.56  0.00    0.00    failed",
            "test_a.py::test_odd    2/4     0.50  0.15 to 0.85  1.00    0.00    passed",
            "all: 2 tests, 1 failed, 1 passed; 2 of 7 scored trials passed (0.29)",
        ]
    )


def test_a_run_without_trials_has_no_table(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): ...")
    result = pytester.runpytest_inprocess()
    result.stdout.no_fnmatch_line("*= trials*")


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_the_summary_of_a_github_job_is_appended_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "summary.md"
    file.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    pytester.makepyfile(test_a=TESTS)
    pytester.runpytest_inprocess(*arguments)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n## Trials: 1 failed, 1 passed (rung stub)\n\n| test | trials |\n")
    assert text.count("## Trials") == 1
    assert "- trial 1-3: AssertionError: a&#124;b &#60;c&#62;" in text


def test_what_is_in_the_summary_already_counts_for_its_limit(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "summary.md"
    before = "x" * (LIMIT_BYTES - 850)
    file.write_text(before, encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    pytester.makepyfile(test_a=TESTS)
    pytester.runpytest_inprocess()
    assert len(before) < file.stat().st_size <= LIMIT_BYTES
    assert "Cut, to stay below what GitHub shows" in file.read_text(encoding="utf-8")


def test_a_summary_that_cannot_be_written_is_told_and_changes_no_outcome(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    pytester.makepyfile("import pytest\n\n@pytest.mark.trials(1)\ndef test_it(): ...")
    result = pytester.runpytest_inprocess()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*the summary of the GitHub job cannot be written: *nowhere*"])
