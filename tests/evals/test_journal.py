"""What a run knew when it was killed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.fields import encode
from pytest_tmuxagent.evals.formats import read_document, write_document
from pytest_tmuxagent.evals.journal import FORMAT, VERSION, Journal, journal_of
from pytest_tmuxagent.evals.results import Attempt, TestResult, TrialResult
from pytest_tmuxagent.turn import Spent
from tests.evals.agents import ended

RICH = TrialResult(
    number=1,
    outcome="failed",
    cause="agent_behaviour",
    reason='a lone \ud800 and "quotes"',
    duration=0.25,
    spent=Spent(turns=1, output_tokens=7, cost_usd=0.5),
    scores={"clarity": 0.5},
    attempts=(Attempt(cause="environment", reason="full"),),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return journal_of(tmp_path / "results.json")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A journal of two tests, in which a value is another one, or that was cut off."""
    tests = [ended("+-", name="some", n=3), replace(ended("", name="rich", n=2), trials=(RICH,))]
    head: dict[str, Any] = {"format": FORMAT, "format_version": VERSION, "rung": "stub"}
    lines = [head, *(line for test in tests for line in lines_of(test))]
    held = draw(st.sampled_from(lines))
    for _ in range(draw(st.integers(0, 3))):
        inner = [each for each in held.values() if isinstance(each, dict) and each]
        held = draw(st.sampled_from(inner)) if inner else held
    name = draw(st.sampled_from([*held, "other"]))
    held[name] = draw(st.sampled_from([None, True, 0, -1, 10**12, 0.5, "", "some", [], [[]], {}, {"n": {}}]))
    written = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    return written[: draw(st.integers(0, len(written)))] if draw(st.booleans()) else written


def lines_of(test: TestResult) -> list[dict[str, Any]]:
    described = {"test": encode(replace(test, trials=(), verdict=None))}
    return [described, *({"of": test.test, "trial": encode(trial)} for trial in test.trials)]


def keep(file: Path, *tests: TestResult) -> None:
    journal = Journal(file, head={"rung": "stub", "version": "1.2.3"})
    for test in tests:
        for trial in test.trials:
            journal.add(trial, of=test)
    journal.close()


def test_what_ended_is_read_back_and_what_did_not_is_not_run(file: Path) -> None:
    test = replace(ended("", name="t.py::test_ö", n=3), trials=(RICH,))
    keep(file, test)
    document = read_document(file)
    (found,) = document.results.tests
    assert (document.form, document.results.rung, document.results.version) == ("results", "stub", "1.2.3")
    assert found.trials == (RICH, *(TrialResult(number=number, outcome="not_run") for number in (2, 3)))
    assert (found.test, found.design) == (test.test, test.design)


def test_trials_that_are_enough_have_their_verdict(file: Path) -> None:
    keep(file, ended("++++", name="whole", n=4), ended("+", name="begun", n=4))
    begun, whole = read_document(file).results.tests
    assert begun.verdict is None
    assert whole.verdict is not None
    assert whole.verdict.decision == "passed"


def test_a_line_that_was_cut_off_is_left_out_wherever_it_was_cut(file: Path) -> None:
    keep(file, ended("+-", name="test", n=2))
    content = file.read_bytes()
    last = content.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(content)):
        file.write_bytes(content[:cut])
        (found,) = read_document(file).results.tests
        assert [trial.outcome for trial in found.trials] == ["passed", "not_run"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"nothing", "line 4 is no JSON"),
        (b'{"of": "other", "trial": {"number": 1, "outcome": "passed"}}', "unknown test, 'other'"),
        (b'{"of": "test", "trial": {"number": 1}}', "line 4: 'outcome' is missing"),
        (b"[]", "line 4: an object is expected"),
        (b'{"of": [], "trial": {"number": 1, "outcome": "passed"}}', "line 4: of: a text is expected"),
        (b'{"of": "test", "trial": {"number": 0, "outcome": "passed"}}', "numbered from 1 to 1000000"),
    ],
)
def test_a_line_that_cannot_be_is_named(file: Path, line: bytes, said: str) -> None:
    keep(file, ended("+", name="test"))
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(InvalidResults, match=said):
        read_document(file)


def test_a_newer_journal_is_refused(file: Path) -> None:
    keep(file, ended("+", name="test"))
    file.write_bytes(file.read_bytes().replace(b'"format_version": 1', b'"format_version": 2'))
    with pytest.raises(InvalidResults, match="format 2; this release reads 1"):
        read_document(file)


def test_who_asks_for_results_that_were_never_written_is_shown_the_journal(file: Path) -> None:
    keep(file, ended("+", name="test"))
    with pytest.raises(InvalidResults, match=r"results\.json\.journal"):
        read_document(file.with_name("results.json"))


def test_a_run_does_not_write_into_the_journal_of_another(file: Path) -> None:
    first = Journal(file, head={})
    first.add(TrialResult(number=1, outcome="passed"), of=ended("", name="first", n=2))
    keep(file, ended("+", name="second"))
    first.add(TrialResult(number=2, outcome="passed"), of=ended("", name="first", n=2))
    first.close()
    assert [test.test for test in read_document(file).results.tests] == ["second"]


def test_a_run_that_ends_leaves_the_journal_of_another_that_goes_on(file: Path) -> None:
    first, second = Journal(file, head={}), Journal(file, head={})
    first.add(TrialResult(number=1, outcome="passed"), of=ended("", name="first", n=2))
    second.add(TrialResult(number=1, outcome="passed"), of=ended("", name="second", n=2))
    first.remove()
    second.close()
    assert [test.test for test in read_document(file).results.tests] == ["second"]
    second.remove()
    assert not file.exists()


def test_more_trials_than_any_file_has_are_not_made_up(file: Path) -> None:
    keep(file, replace(ended("+", name="test"), design={"n": 10**12}))
    (found,) = read_document(file).results.tests
    assert [trial.number for trial in found.trials] == [1]


@given(content=st.binary() | damaged())
def test_no_bytes_can_do_more_than_be_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.journal"
    file.write_bytes(content)
    with suppress(InvalidResults):
        results = read_document(file).results
        write_document(file, results, form="results")
        assert len(read_document(file).results.tests) == len(results.tests)
