"""Judges: any callable from a turn to a `Verdict`, or to True or False; alone, in panels, and measured.

    def is_polite(turn: Turn) -> Verdict:
        return Verdict("please" in turn.text, "no please in it")

A judge that cannot tell is unscored, which is not the same as a no: `Verdict.unscored(...)`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pytest_tmuxagent.errors import BudgetExceeded, JudgeUnscored, Misuse, ScriptMismatch
from pytest_tmuxagent.turn import Turn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says: `passed` is None where it cannot tell.

    `score` is a figure of its own making, kept beside the results. `cost_usd` is what asking cost; an agent
    of the test's sandbox is counted anyway, and not here. As a bool it is its `passed`.

    Raises:
        Misuse: a part of it cannot be.
    """

    passed: bool | None
    reason: str = ""
    score: float | None = field(default=None, kw_only=True)
    cost_usd: float = field(default=0.0, kw_only=True)
    error: Exception | None = field(default=None, kw_only=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.passed is not None and not isinstance(self.passed, bool):
            raise Misuse(
                f"Verdict(passed={self.passed!r:.80}); it is True or False, or use Verdict.unscored()"
            )
        if self.score is not None and not _is_finite(self.score):
            raise Misuse(f"Verdict(score={self.score!r:.80}); it is a finite number, or None")
        if not _is_finite(self.cost_usd) or self.cost_usd < 0:
            raise Misuse(f"Verdict(cost_usd={self.cost_usd!r:.80}); it is a finite number, 0 or more")
        # NumPy's are floats as well, and xdist carries none but Python's own.
        object.__setattr__(self, "score", None if self.score is None else float(self.score))
        object.__setattr__(self, "cost_usd", float(self.cost_usd))

    @classmethod
    def unscored(cls, reason: str, *, cost_usd: float = 0.0, error: Exception | None = None) -> Verdict:
        """Say that the judge cannot tell, and why."""
        return cls(None, reason, cost_usd=cost_usd, error=error)

    def __bool__(self) -> bool:
        """Tell whether it passed.

        Raises:
            JudgeUnscored: the judge cannot tell, so that `assert judge(turn)` is neither.
        """
        if self.passed is None:
            raise JudgeUnscored(self.reason) from self.error
        return self.passed


Judge = Callable[[Turn], "Verdict | bool"]


def ask(judge: Judge, turn: Turn) -> Verdict:
    """Give the verdict of a judge; one that raises is unscored, with its error.

    Raises:
        Misuse: it gave something else.
        ScriptMismatch, BudgetExceeded: of an agent that it asked.
    """
    if isinstance(judge, type) or not callable(judge):
        raise Misuse(f"{judge!r:.80} is no judge: it is a function from a Turn to a Verdict, True or False")
    try:
        given: object = judge(turn)
    except (Misuse, ScriptMismatch, BudgetExceeded):
        raise
    except JudgeUnscored as error:
        return Verdict.unscored(error.reason, error=error)
    except Exception as error:
        return Verdict.unscored(f"it raised {type(error).__name__}: {_line(str(error))}", error=error)
    return _verdict(given, of=judge)


def name_of(judge: Judge) -> str:
    """Give the name by which a judge is told of: that of its function, or of its class."""
    return getattr(judge, "name", "") or getattr(judge, "__name__", "") or type(judge).__name__


def panel(first: Judge, *others: Judge) -> Judge:
    """Confirm a no: the others are asked only where the first does not say yes, one by one.

    What most of them say that can tell is the verdict, and a tie is a no. As soon as that is certain no
    further one is asked. What all cost is summed.

    Raises:
        Misuse: there are no others.
    """
    if not others:
        raise Misuse(f"panel({name_of(first)}) has nobody to confirm a no: give it further judges")

    def ask_the_panel(turn: Turn) -> Verdict:
        told = [(name_of(first), ask(first, turn))]
        if not told[0][1].passed:
            for left, judge in zip(range(len(others), 0, -1), others, strict=True):
                if _is_decided(told, left=left):
                    break
                told.append((name_of(judge), ask(judge, turn)))
        return _joint(told)

    ask_the_panel.__name__ = f"panel({', '.join(map(name_of, (first, *others)))})"
    return ask_the_panel


_Told = Sequence[tuple[str, Verdict]]


def _is_decided(told: _Told, *, left: int) -> bool:
    """Whether those who are left cannot change it."""
    yes, no = _count(told)
    return abs(yes - no) > left


def _joint(told: _Told) -> Verdict:
    yes, no = _count(told)
    cost = sum(verdict.cost_usd for _, verdict in told)
    reasons = "; ".join(f"{name}: {_said(verdict)}" for name, verdict in told)
    if not yes + no:
        return Verdict.unscored(f"none of {len(told)} judges can tell: {reasons}", cost_usd=cost)
    if len(told) == 1:
        return told[0][1]
    scores = [verdict.score for _, verdict in told if verdict.score is not None]
    tie = ", a tie" if yes == no else ""
    return Verdict(
        yes > no,
        f"{yes} of {yes + no} say yes{tie}: {reasons}",
        score=math.fsum(scores) / len(scores) if scores else None,
        cost_usd=cost,
    )


def _count(told: _Told) -> tuple[int, int]:
    """Give the yes and the no."""
    said = [verdict.passed for _, verdict in told]
    return said.count(True), said.count(False)


def _said(verdict: Verdict) -> str:
    word = {True: "yes", False: "no", None: "cannot tell"}[verdict.passed]
    return f"{word}, {_line(verdict.reason)}" if verdict.reason else word


def _verdict(given: object, *, of: Judge) -> Verdict:
    if isinstance(given, Verdict):
        return given
    if isinstance(given, bool):
        return Verdict(given)
    if inspect.iscoroutine(given):
        given.close()
        raise Misuse(f"the judge {name_of(of)} is a coroutine function; a judge is a plain one")
    raise Misuse(
        f"the judge {name_of(of)} gave {given!r:.80}, and no Verdict, True or False. Of what a model says, "
        "`read_verdict(text)` makes one."
    )


def _line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:200] if lines else ""


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # A whole number that no float can be.
        return False
