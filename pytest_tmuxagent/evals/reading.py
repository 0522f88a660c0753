"""Reads the verdict out of what a model said; where it is not clear, it is unscored."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_tmuxagent.evals.judges import Verdict

# PASS or FAIL in capitals at the head of a line, or in any letters behind "verdict:"; then its reason.
_LINE = re.compile(
    r"""^[\W_]*
        (?: (?i:(?:final\s+|my\s+)?verdict) [\W_]*[:=][\W_]* (?P<told>(?i:pass(?:ed)?|fail(?:ed)?))
          | (?P<word>PASS(?:ED)?|FAIL(?:ED)?) )
        (?: [*_`"')\]]* \s* (?:[:.,;=(]|[-\u2013\u2014]) [*_`"'\s]* (?P<reason>.*) | [\W_]* )$""",
    re.VERBOSE,
)
_KEYS = ("verdict", "passed", "pass", "result")
_REASONS = ("reason", "reasoning", "explanation", "rationale", "why")
_YES = frozenset({"pass", "passed", "yes", "true"})
_NO = frozenset({"fail", "failed", "no", "false"})
_LONGEST = 500


def read_verdict(text: str, *, cost_usd: float = 0.0) -> Verdict:
    """Read a verdict: a line with PASS or FAIL at its head, or JSON with `verdict` or `passed` in it.

    `reason` and `score` are read where they are there. A text with none, or with both, is unscored.
    """
    found = [*_of_json(text)] or [*_of_lines(text)]
    words = {passed for passed, _, _ in found}
    if not found:
        return Verdict.unscored(f"no PASS or FAIL in {_shown(text)}", cost_usd=cost_usd)
    if len(words) > 1:
        return Verdict.unscored(f"both PASS and FAIL in {_shown(text)}", cost_usd=cost_usd)
    passed, reason, score = found[-1]
    return Verdict(passed, reason[:_LONGEST], score=score, cost_usd=cost_usd)


def _of_lines(text: str) -> Iterator[tuple[bool, str, float | None]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if found:
            word = (found["told"] or found["word"]).lower()
            others = (other.strip() for other in (*lines[number + 1 :], *lines[:number]))
            reason = (found["reason"] or "").strip() or next(filter(None, others), "")
            yield word in _YES, reason, None


def _of_json(text: str) -> Iterator[tuple[bool, str, float | None]]:
    for given in _objects(text):
        passed = next((_passed(given[key]) for key in _KEYS if key in given), None)
        if passed is not None:
            reason = next((given[key] for key in _REASONS if isinstance(given.get(key), str)), "")
            yield passed, reason, _score(given.get("score"))


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Give each object of JSON that begins anywhere in the text, and in no other."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            given, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(given, dict):
                yield given
        at = text.find("{", end)


def _passed(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    return True if word in _YES else False if word in _NO else None


def _score(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        score = float(value)
    except OverflowError:
        return None
    return score if math.isfinite(score) else None


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= 120 else f"{words[:60]} ... {words[-50:]}")
