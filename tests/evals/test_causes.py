"""Why a trial has no pass, by what was raised."""

from __future__ import annotations

import builtins
import errno
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import (
    AgentError,
    AgentExited,
    BudgetExceeded,
    CliMissing,
    Misuse,
    NothingToWaitFor,
    PaneDead,
    PromptNotAccepted,
    RunawayTurn,
    SandboxUnavailable,
    ScriptNotExhausted,
    TmuxNotAnswering,
    TurnTimeout,
    UnscriptedPrompt,
    WaitTimeout,
    WardenGone,
)
from pytest_tmuxagent.evals.causes import Phase, cause_of
from pytest_tmuxagent.evals.results import Cause
from pytest_tmuxagent.turn import Failure, StopReason, Turn

EXCEEDED = BudgetExceeded("too much", what="turns", limit=1, reached=2, agent="claude")
MISSING = CliMissing("claude", why="it is not on PATH", package="claude")


def exited(cause: str | None = None) -> AgentExited:
    return AgentExited("gone", status=1, signal=None, cause=cause)


def turn(stop_reason: StopReason = "end_turn", *, error: Failure | None = None) -> Turn:
    return Turn(prompts=("go",), text="", stop_reason=stop_reason, error=error)


def failed(status: int | None, message: str = "API Error") -> Turn:
    return turn("failed", error=Failure(message=message, status=status))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (AssertionError("no"), "agent_behaviour"),
        (WaitTimeout("never printed"), "agent_behaviour"),
        (TurnTimeout("goes on"), "agent_behaviour"),
        (RunawayTurn("101 requests"), "agent_behaviour"),
        (exited(), "agent_crash"),
        (exited("environment"), "environment"),
        (exited("harness"), "harness"),
        (EXCEEDED, "budget"),
        (MISSING, "environment"),
        (SandboxUnavailable("no room"), "environment"),
        (MemoryError(), "environment"),
        (TmuxNotAnswering("send-keys", timeout=5), "harness"),
        (PaneDead("%1"), "harness"),
        (WardenGone("it ended"), "harness"),
        (PromptNotAccepted("typed"), "harness"),
        (UnscriptedPrompt("go"), "test_bug"),
        (ScriptNotExhausted("one is left"), "test_bug"),
        (NothingToWaitFor("nothing"), "test_bug"),
        (Misuse("a typo"), "test_bug"),
        (NameError("agnet"), "test_bug"),
        (ImportError("no such module"), "agent_behaviour"),
        (SyntaxError("a bracket"), "agent_behaviour"),
        (KeyError("answer"), "agent_behaviour"),
    ],
    ids=repr,
)
def test_an_error_of_the_call_has_its_cause(error: BaseException, cause: Cause) -> None:
    assert cause_of(error, phase="call", turns=[turn()]) == cause


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_machine_out_of_means_is_the_environment(number: int) -> None:
    assert cause_of(OSError(number, "full"), phase="call", turns=[turn()]) == "environment"


def test_another_error_of_the_system_is_what_the_test_choked_on() -> None:
    assert cause_of(FileNotFoundError(2, "gone"), phase="call", turns=[turn()]) == "agent_behaviour"


@pytest.mark.parametrize("phase", ["setup", "teardown"])
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (AssertionError("in a fixture"), "test_bug"),
        (KeyError("in a fixture"), "test_bug"),
        (exited(), "environment"),
        (WaitTimeout("no input box"), "environment"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "a database"), "environment"),
        (TimeoutError("a database"), "environment"),
        (MISSING, "environment"),
        (WardenGone("it ended"), "harness"),
    ],
    ids=repr,
)
def test_an_error_around_the_call_is_not_the_agents(error: BaseException, phase: Phase, cause: Cause) -> None:
    assert cause_of(error, phase=phase) == cause


def test_an_error_before_the_agent_was_asked_anything_is_the_tests() -> None:
    assert cause_of(KeyError("prompt"), phase="call") == "test_bug"


def test_an_error_over_what_a_programs_agent_did_is_the_agents() -> None:
    assert cause_of(KeyError("answer"), phase="call", was_asked=True) == "agent_behaviour"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
@pytest.mark.parametrize("error", [AssertionError("no"), TurnTimeout("goes on"), KeyError("x")], ids=repr)
def test_a_last_turn_that_failed_at_the_vendors_is_the_vendors(error: BaseException, status: int) -> None:
    assert cause_of(error, phase="call", turns=[turn(), failed(status)]) == "model_provider"


@pytest.mark.parametrize(
    "words",
    [
        "API Error: Connection error.",
        "stream disconnected before completion",
        "connect ECONNREFUSED",
        "API Error: Failed to parse JSON",
        "API Error: JSON Parse error: Unterminated string",
    ],
)
def test_a_vendor_that_cannot_be_reached_or_understood_is_the_vendors(words: str) -> None:
    assert cause_of(AssertionError(), phase="call", turns=[failed(None, words)]) == "model_provider"


def test_a_failure_of_a_turn_that_goes_on_counts_as_well() -> None:
    overloaded = Failure(message="overloaded", status=529)
    assert cause_of(TurnTimeout("goes on"), phase="call", failures=[overloaded]) == "model_provider"


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_key_that_is_refused_is_the_environment(status: int) -> None:
    assert cause_of(AssertionError(), phase="call", turns=[failed(status)]) == "environment"


def test_a_request_that_the_agent_got_wrong_is_the_agents() -> None:
    assert cause_of(AssertionError(), phase="call", turns=[failed(400)]) == "agent_behaviour"


def test_a_failure_that_a_later_turn_got_over_counts_no_more() -> None:
    assert cause_of(AssertionError(), phase="call", turns=[failed(529), turn()]) == "agent_behaviour"


def test_a_bug_of_the_test_stays_one_where_the_vendor_failed() -> None:
    assert cause_of(NameError("agnet"), phase="call", turns=[failed(529)]) == "test_bug"


def test_a_vendor_that_fails_an_agent_in_the_set_up_is_no_bug_of_the_test() -> None:
    assert cause_of(AssertionError(), phase="setup", turns=[failed(529)]) == "model_provider"
    assert cause_of(AssertionError(), phase="setup", turns=[failed(401)]) == "environment"
    assert cause_of(AssertionError(), phase="setup", turns=[turn()]) == "test_bug"
    assert cause_of(KeyError(), phase="teardown", turns=[failed(529)]) == "test_bug"


def test_a_fixture_that_checks_in_its_teardown_finds_what_the_agent_did() -> None:
    assert cause_of(AssertionError("litter"), phase="teardown", turns=[turn()]) == "agent_behaviour"
    assert cause_of(AssertionError("litter"), phase="teardown", turns=[failed(529)]) == "model_provider"
    assert cause_of(KeyError("litter"), phase="teardown", turns=[turn()]) == "test_bug"


@pytest.mark.parametrize("error", [ImportError("no such module"), SyntaxError("a bracket")], ids=repr)
def test_code_that_cannot_be_loaded_is_the_tests_own_as_long_as_no_agent_was_asked(
    error: BaseException,
) -> None:
    assert cause_of(error, phase="call") == "test_bug"
    assert cause_of(error, phase="call", was_asked=True) == "agent_behaviour"


@pytest.mark.parametrize(
    ("file", "cause"),
    [("work/made.py", "agent_behaviour"), ("<string>", "agent_behaviour"), ("test_it.py", "test_bug")],
)
def test_a_name_that_is_not_defined_is_a_bug_of_whoever_wrote_the_code(
    tmp_path: Path, file: str, cause: Cause
) -> None:
    written = file if file.startswith("<") else str(tmp_path / file)
    with pytest.raises(NameError) as raised_there:
        exec(compile("undefined", written, "exec"), {})
    work = replace(turn(), workdir=tmp_path / "work")
    assert cause_of(raised_there.value, phase="call", turns=[work]) == cause


def test_a_refusal_is_told_from_other_behaviour() -> None:
    assert cause_of(AssertionError(), phase="call", turns=[turn("refusal")]) == "refusal"
    assert cause_of(AssertionError(), phase="call", turns=[turn("refusal"), turn()]) == "agent_behaviour"


def raised(origin: BaseException, *, as_: BaseException, explicitly: bool) -> BaseException:
    try:
        try:
            raise origin
        except BaseException as error:
            if explicitly:
                raise as_ from error
            raise as_  # noqa: B904
    except BaseException as error:
        return error


@pytest.mark.parametrize("explicitly", [True, False])
@pytest.mark.parametrize(
    ("origin", "cause"), [(EXCEEDED, "budget"), (exited(), "agent_crash"), (WardenGone("x"), "harness")]
)
def test_an_error_is_looked_through_to_what_it_came_of(
    origin: AgentError,
    cause: Cause,
    explicitly: bool,  # noqa: FBT001
) -> None:
    error = raised(origin, as_=AssertionError("it did not answer"), explicitly=explicitly)
    assert cause_of(error, phase="call", turns=[turn()]) == cause


def test_what_was_hidden_on_purpose_does_not_count() -> None:
    error = AssertionError("no")
    error.__context__ = exited()
    error.__suppress_context__ = True  # As `raise ... from None` does.
    assert cause_of(error, phase="call", turns=[turn()]) == "agent_behaviour"


def test_errors_that_came_of_each_other_end() -> None:
    error = AssertionError("one")
    error.__context__ = KeyError("two")
    error.__context__.__context__ = error
    assert cause_of(error, phase="call", turns=[turn()]) == "agent_behaviour"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no exception groups")
def test_a_group_is_looked_into() -> None:
    group = builtins.ExceptionGroup("two", [KeyError("x"), exited()])  # type: ignore[attr-defined]
    assert cause_of(group, phase="call", turns=[turn()]) == "agent_crash"


def test_an_error_may_name_its_cause_itself() -> None:
    error = AssertionError("the judge could not be asked")
    error.cause = "harness"  # type: ignore[attr-defined]
    assert cause_of(error, phase="call", turns=[turn()]) == "harness"


def test_an_attribute_that_names_no_cause_means_nothing() -> None:
    error = AssertionError("no")
    error.cause = "the weather"  # type: ignore[attr-defined]
    assert cause_of(error, phase="call", turns=[turn()]) == "agent_behaviour"


def test_what_pytest_fail_raises_is_a_verdict_on_the_agent() -> None:
    error = pytest.fail.Exception("not good enough")
    assert cause_of(error, phase="call", turns=[turn()]) == "agent_behaviour"


def test_a_test_that_pytest_timeout_ended_is_the_agents_but_in_its_set_up() -> None:
    error = pytest.fail.Exception("Timeout (>60.0s) from pytest-timeout.")
    assert cause_of(error, phase="call", turns=[turn()]) == "agent_behaviour"
    assert cause_of(error, phase="call", turns=[failed(529)]) == "model_provider"
    assert cause_of(error, phase="setup") == "environment"
