"""Values as JSON and back."""

from __future__ import annotations

import json
from math import inf, isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.fields import decode, encode
from pytest_tmuxagent.evals.results import TestResult, TrialResult

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
trials = st.builds(
    TrialResult,
    cause=...,
    reason=...,
    duration=...,
    seed=...,
    spent=...,
    scores=...,
    attempts=...,
    properties=st.dictionaries(st.text(), plain | st.lists(plain)),
)


@given(trials)
def test_a_trial_comes_back_from_json_as_it_was(trial: TrialResult) -> None:
    kept = {name: score for name, score in trial.scores.items() if isnan(score)}
    written = json.loads(json.dumps(encode(trial), allow_nan=False))
    read = decode(TrialResult, written, where="trial")
    assert {name for name, score in read.scores.items() if isnan(score)} >= kept.keys()
    assert encode(read) == encode(trial)


def test_what_is_at_its_default_is_left_out() -> None:
    assert encode(TrialResult(number=3, outcome="passed")) == {"number": 3, "outcome": "passed"}


def test_a_score_that_is_no_number_loses_no_results() -> None:
    written = encode(TrialResult(number=1, outcome="passed", scores={"a": nan, "b": inf, "c": 0.5}))
    assert written["scores"] == {"a": None, "b": None, "c": 0.5}
    read = decode(TrialResult, written, where="trial")
    assert isnan(read.scores["a"])
    assert read.scores["c"] == 0.5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"number": "1"}, "trial.number: a whole number is expected, not '1'"),
        ({"number": True}, "trial.number: a whole number is expected"),
        (
            {"outcome": "great"},
            "trial.outcome: one of passed, failed, unscored, skipped, not_run",
        ),
        ({"reason": 3}, "trial.reason: a text is expected"),
        ({"duration": "long"}, "trial.duration: a number is expected"),
        ({"attempts": {}}, "trial.attempts: a list is expected"),
        ({"attempts": [{"cause": "harness"}]}, r"trial.attempts\[0\]: 'reason' is missing"),
        ({"scores": [1]}, "trial.scores: an object is expected"),
        ({"spent": 3}, "trial.spent: an object is expected"),
        ({"cause": "bad luck"}, "trial.cause: one of agent_behaviour"),
        ({"mood": "good"}, "trial: 'mood' is unknown"),
    ],
)
def test_what_is_not_as_it_should_be_is_named_with_its_place(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidResults, match=told):
        decode(TrialResult, {"number": 1, "outcome": "passed", **change}, where="trial")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InvalidResults, match=r"here\.trials\[0\]: 'outcome' is missing"):
        decode(TestResult, {"test": "a", "trials": [{"number": 1}]}, where="here")
