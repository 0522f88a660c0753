"""What a model says is read as a verdict only where it is a clear one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.evals.reading import read_verdict

CLEAR = [
    ("PASS", True, ""),
    ("FAIL: it lies", False, "it lies"),
    ("**PASS**", True, ""),
    ("**FAIL**: it lies", False, "it lies"),
    ("### FAIL", False, ""),
    ("- PASSED.", True, ""),
    ("PASS (meets all of it)", True, "meets all of it)"),
    ("PASS \u2014 all there", True, "all there"),
    ("Verdict: pass", True, ""),
    ("**Verdict:** FAIL", False, ""),
    ("My verdict: Failed, for it lies", False, "for it lies"),
    ("FAIL\nThe file is missing.", False, "The file is missing."),
    ("The file is missing.\n\nFAIL\n", False, "The file is missing."),
    ("PASS\nPASS", True, "PASS"),
    ('{"verdict": "PASS", "reason": "all there"}', True, "all there"),
    ('```json\n{"passed": false, "explanation": "it lies"}\n```', False, "it lies"),
    ('Here: {"thoughts": {"a": 1}} and {"pass": "yes"}', True, ""),
]


@pytest.mark.parametrize(("text", "passed", "reason"), CLEAR)
def test_a_clear_verdict_is_read_with_its_reason(text: str, passed: bool, reason: str) -> None:  # noqa: FBT001
    verdict = read_verdict(text, cost_usd=0.5)
    assert (verdict.passed, verdict.reason, verdict.cost_usd) == (passed, reason, 0.5)


def test_a_score_is_read_where_there_is_one() -> None:
    assert read_verdict('{"verdict": "FAIL", "score": 3}').score == 3.0
    assert read_verdict('{"verdict": "FAIL", "score": "high"}').score is None
    assert read_verdict('{"verdict": "FAIL", "score": NaN}').score is None
    assert read_verdict('{"verdict": "FAIL", "score": 1%s}' % ("0" * 400)).score is None


UNCLEAR = [
    "",
    "I think that it is good.",
    "Pass criteria: the file is there",
    "PASSWORD: x",
    "FAILURE",
    "PASS the salt",
    "it should PASS: no doubt",
    "PASS\nFAIL",
    "PASS or FAIL",
    '{"verdict": "maybe"}',
    '{"verdict": "PASS"} or {"verdict": "FAIL"}',
    '{"verdict": ',
    "[" * 5000 + "{" * 5000,
]


@pytest.mark.parametrize("text", UNCLEAR, ids=range(len(UNCLEAR)))
def test_any_other_text_is_unscored_and_shown(text: str) -> None:
    verdict = read_verdict(text, cost_usd=0.5)
    assert verdict.passed is None
    assert verdict.cost_usd == 0.5
    assert len(verdict.reason) < 200
    assert not text or repr(text[:10])[1:-1].replace("\\n", " ") in verdict.reason


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    read_verdict(text)
