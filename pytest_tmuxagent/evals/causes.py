"""Why a trial has no pass: reads it off what was raised.

The first line that fits decides; an exception is looked through to those that it came of (`from`, "during
handling of", the members of a group), the outer one first.

| what was raised, at any depth                                        | cause                            |
|----------------------------------------------------------------------|----------------------------------|
| an exception with an attribute `cause` that is one of the set        | that one                         |
| BudgetExceeded                                                       | budget                           |
| EnvironmentProblem, MemoryError; OSError ENOSPC EDQUOT EMFILE ENFILE ENOMEM | environment               |
| TmuxError, WardenGone, PromptNotAccepted, ProtocolBroken             | harness                          |
| RunawayTurn                                                          | agent_behaviour                  |
| ScriptMismatch, Misuse                                               | test_bug                         |
| AgentExited: in the set-up, or with a cause of its own (see `watch`) | environment                      |
| AgentExited: later                                                   | agent_crash                      |
| NameError, but of code that the agent wrote; FixtureLookupError      | test_bug                         |
| ImportError, SyntaxError, as long as no agent was asked              | test_bug                         |
| ..., where the last model request failed (408, 409, 425, 429, 5xx, unreachable) | model_provider        |
| ... or was refused for who asks (401, 402, 403); in the teardown only of an AssertionError | environment |
| WaitFailed, ConnectionError, TimeoutError or pytest-timeout's, in set-up or teardown | environment      |
| AssertionError in the teardown, once the agent was asked             | agent_behaviour                  |
| anything else there                                                  | test_bug                         |
| anything else, where the last turn is a refusal                      | refusal                          |
| AssertionError, what `pytest.fail` raises, WaitFailed, a time-out    | agent_behaviour                  |
| anything else, once the agent was asked: the test choked on what it did | agent_behaviour              |
| anything else                                                        | test_bug                         |

Of several agents in a test, those count whose turns the error is about (`concerns.py`): a request that failed
is no excuse of another agent. Where it names no turn and no agent, all requests count, and of the turns the
last one: what nobody can tell apart says nothing about any of them.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from traceback import walk_tb
from typing import Literal, get_args

from pytest_tmuxagent.errors import (
    AgentExited,
    BudgetExceeded,
    EnvironmentProblem,
    Misuse,
    PromptNotAccepted,
    ProtocolBroken,
    RunawayTurn,
    ScriptMismatch,
    TmuxError,
    WaitFailed,
    WardenGone,
)
from pytest_tmuxagent.evals.results import Cause
from pytest_tmuxagent.turn import Failure, Turn

Phase = Literal["setup", "call", "teardown"]

_CAUSES = frozenset[str](get_args(Cause))
_OUT_OF_MEANS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_PROVIDER_STATUSES = frozenset({408, 409, 425, 429})
_ACCOUNT_STATUSES = frozenset({401, 402, 403})
# Source: what Claude Code 2.1.197, 2.1.329 and 2.1.330, and Codex CLI 0.169.0 say of a model that cannot be
# reached, or that answers with what is no JSON.
_UNREACHABLE = re.compile(
    r"connection (?:error|refused|reset|closed)|unable to connect|stream disconnected|overloaded"
    r"|error sending request|fetch failed|ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|request timed out"
    r"|exceeded retry limit|API Error: (?:Failed to parse JSON|JSON Parse error)",
    re.IGNORECASE,
)
_NAMED: tuple[tuple[tuple[type[BaseException], ...], Cause], ...] = (
    ((BudgetExceeded,), "budget"),
    ((EnvironmentProblem, MemoryError), "environment"),
    ((TmuxError, WardenGone, PromptNotAccepted, ProtocolBroken), "harness"),
    ((RunawayTurn,), "agent_behaviour"),
    ((ScriptMismatch, Misuse), "test_bug"),
)
_JUDGED = (AssertionError, WaitFailed)
_NEVER_CAME = (WaitFailed, ConnectionError, TimeoutError, socket.gaierror)


def cause_of(
    error: BaseException,
    *,
    phase: Phase,
    turns: Sequence[Turn] = (),
    failures: Sequence[Failure] = (),
    was_asked: bool = False,
    about: Sequence[Turn] | None = None,
) -> Cause:
    """Say why a trial that raised this has no pass (the table above).

    `turns` are those that the test was given, `failures` what went wrong in turns that are not over,
    and `was_asked` says whether a model was asked at all: agents that programs drive give no turns. `about`
    are the turns that the error is about, where that is known.
    """
    about = turns[-1:] if about is None else about
    chain = tuple(chain_of(error))
    own = _own_cause(chain, phase=phase)
    if own is not None:
        return own
    is_asked = bool(turns or failures or was_asked)
    if _is_bug(error, turns=turns, is_asked=is_asked):
        return "test_bug"
    is_finding = phase == "call" or isinstance(error, AssertionError)
    of_the_model = _cause_of_failures(about, failures) if is_finding or phase == "setup" else None
    if of_the_model is not None:
        return of_the_model
    if phase != "call":
        if _is_time_out(chain) or any(isinstance(each, _NEVER_CAME) for each in chain):
            return "environment"
        return "agent_behaviour" if phase == "teardown" and is_asked and is_finding else "test_bug"
    if any(turn.stop_reason == "refusal" for turn in about):
        return "refusal"
    if isinstance(error, _JUDGED) or _is_outcome(error):
        return "agent_behaviour"
    return "agent_behaviour" if is_asked else "test_bug"


def _is_bug(error: BaseException, *, turns: Sequence[Turn], is_asked: bool) -> bool:
    """Whether the test alone can be to blame: once an agent was asked, what is run or imported may be its."""
    if isinstance(error, NameError):
        return not (is_asked and _is_of_written_code(error, turns))
    is_of_code = isinstance(error, (ImportError, SyntaxError))
    return (is_of_code and not is_asked) or type(error).__name__ == "FixtureLookupError"


def _is_of_written_code(error: BaseException, turns: Sequence[Turn]) -> bool:
    """Whether the code that raised it lies in a workdir, or was executed out of no file."""
    *_, raised_by = ("", *(frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__)))
    workdirs = [turn.workdir for turn in turns if turn.workdir is not None]
    return raised_by.startswith("<") or any(map(Path(raised_by).is_relative_to, workdirs))


def _own_cause(chain: Sequence[BaseException], *, phase: Phase) -> Cause | None:
    for error in chain:
        told = getattr(error, "cause", None)
        if isinstance(told, str) and told in _CAUSES:
            return told  # type: ignore[return-value]
    for kinds, cause in _NAMED:
        if any(isinstance(error, kinds) for error in chain):
            return cause
        if cause == "environment" and any(_is_out_of_means(error) for error in chain):
            return cause
    if any(isinstance(error, AgentExited) for error in chain):
        return "agent_crash" if phase == "call" else "environment"
    return None


def _cause_of_failures(turns: Sequence[Turn], failures: Sequence[Failure]) -> Cause | None:
    for failure in (*failures, *(turn.error for turn in turns if turn.error is not None)):
        if failure.status in _ACCOUNT_STATUSES:
            return "environment"
        if is_of_provider(failure):
            return "model_provider"
    return None


def is_of_provider(failure: Failure) -> bool:
    """Whether the vendor's service is to blame for it, and neither the agent nor the test."""
    if failure.status is None:
        return _UNREACHABLE.search(failure.message) is not None
    return failure.status >= 500 or failure.status in _PROVIDER_STATUSES


def _is_out_of_means(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _OUT_OF_MEANS


def _is_outcome(error: BaseException) -> bool:
    """Whether `pytest.fail` raised it, as pytest-timeout does; pytest is not imported here."""
    return any(kind.__name__ == "OutcomeException" for kind in type(error).__mro__)


def _is_time_out(chain: Sequence[BaseException]) -> bool:
    return any(_is_outcome(error) and "pytest-timeout" in str(error) for error in chain)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and all that it came of, each once."""
    found: list[BaseException] = [error]
    seen: set[int] = set()
    while found:
        each, *found = found
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        members = getattr(each, "exceptions", ())  # Of an ExceptionGroup, which Python 3.10 lacks.
        found += [one for one in members if isinstance(one, BaseException)]
        origin = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        found += [] if origin is None else [origin]
