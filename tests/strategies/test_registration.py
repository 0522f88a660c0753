"""What Hypothesis knows of us: types and profiles."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent import FileChanges, Reply, Screen, Script, ToolCall, Turn, Usage, events, strategies
from pytest_tmuxagent.schedules import FaultSchedule
from pytest_tmuxagent.script import parts
from tests.strategies.searching import FIRST

PARTS = [
    parts.Say,
    parts.NeutralCall,
    parts.ExactCall,
    parts.Fail,
    parts.Refuse,
    parts.Crash,
    parts.Hang,
    parts.Flood,
]
EVENTS = [
    value
    for value in vars(events).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == events.__name__
]


@pytest.mark.parametrize(
    "kind", [Reply, Script, Turn, ToolCall, Usage, FileChanges, Screen, FaultSchedule, *PARTS, *EVENTS]
)
def test_hypothesis_makes_values_of_our_types(kind: type[Any]) -> None:
    assert strategies.replies is not None
    assert isinstance(find(st.from_type(kind), lambda _: True, settings=FIRST), kind)


@given(changes=st.from_type(FileChanges))
def test_no_file_is_created_and_deleted_at_once(changes: FileChanges) -> None:
    assert not changes.created & changes.modified
    assert not (changes.created | changes.modified) & changes.deleted


@given(screen=st.from_type(Screen))
def test_a_screen_has_its_size(screen: Screen) -> None:
    columns, rows = screen.size
    assert len(screen.lines) == rows
    assert all(len(line) <= columns for line in screen.lines)
    assert screen.cursor < screen.size


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"HYPOTHESIS_NO_PLUGINS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_registering_loads_none_of_our_types() -> None:
    ours = "[name for name in sys.modules if name.startswith('pytest_tmuxagent')]"
    program = (
        "import sys\n"
        "from pytest_tmuxagent.strategies.registration import register\n"
        f"register()\nprint(*sorted({ours}))"
    )
    assert run(program).split() == [
        "pytest_tmuxagent",
        "pytest_tmuxagent.strategies",
        "pytest_tmuxagent.strategies.profiles",
        "pytest_tmuxagent.strategies.registration",
    ]


def test_a_type_that_is_loaded_after_hypothesis_is_known_by_then() -> None:
    program = (
        "from hypothesis import find, strategies as st\n"
        "from pytest_tmuxagent import Reply\n"
        "print(find(st.from_type(Reply), lambda reply: reply.has_calls))"
    )
    assert run(program) == "Reply(tool.read('a'))"


def test_a_conftest_that_loads_both_is_not_warned_of(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import hypothesis.strategies\nfrom pytest_tmuxagent import Reply, Turn, Script\n")
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-W", "error::hypothesis.errors.HypothesisWarning")
    result.assert_outcomes(passed=1)


def test_our_types_do_not_load_hypothesis() -> None:
    assert (
        run("import sys\nfrom pytest_tmuxagent import Reply, Turn\nprint('hypothesis' in sys.modules)")
        == "False"
    )


@pytest.mark.parametrize("name", ["agents", "agents-ci", "agents-nightly"])
def test_the_profiles_let_an_example_take_its_time(name: str) -> None:
    profile = settings.get_profile(name)
    assert profile.deadline is None
    assert HealthCheck.function_scoped_fixture in profile.suppress_health_check
    assert profile.stateful_step_count == 10


def test_the_profile_of_ci_is_the_same_in_every_run_and_that_of_the_night_is_not() -> None:
    ci, nightly = settings.get_profile("agents-ci"), settings.get_profile("agents-nightly")
    assert (ci.derandomize, ci.database) == (True, None)
    assert not nightly.derandomize
    assert nightly.max_examples >= 1000 > settings.get_profile("agents").max_examples > ci.max_examples


def test_the_nightly_profile_has_a_database_in_ci_as_well() -> None:
    program = (
        "from hypothesis import settings\n"
        "from pytest_tmuxagent.strategies.registration import register\n"
        "register()\nprint(settings.get_profile('agents-nightly').database)"
    )
    assert "examples" in run(program, CI="1")


def test_a_profile_of_the_users_own_stays() -> None:
    program = (
        "from hypothesis import settings\n"
        "settings.register_profile('agents', max_examples=7)\n"
        "from pytest_tmuxagent.strategies import prompts\n"
        "print(settings.get_profile('agents').max_examples)"
    )
    assert run(program) == "7"


def test_a_failing_example_prints_as_it_was_written() -> None:
    program = (
        "from hypothesis import Phase, given, settings\n"
        "from pytest_tmuxagent.strategies import conversations, tool_calls, prompts\n"
        "@settings(database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])\n"
        "@given(conversations(), tool_calls(kinds=['write']), prompts(min_size=1000, max_lines=1))\n"
        "def fails(turns, call, prompt): assert False\n"
        "try: fails()\n"
        "except AssertionError as error: print(*error.__notes__)"
    )
    printed = run(program)
    assert "prompt='0', replies=(Reply(say('0')),)" in " ".join(printed.split())
    assert "tool.write('a', '')" in printed
    assert "'0' * 1000" in printed


def test_our_strategies_may_be_loaded_before_hypothesis() -> None:
    program = "from pytest_tmuxagent.strategies import keys\nprint(callable(keys))"
    assert run(program, HYPOTHESIS_NO_PLUGINS="") == "True"
