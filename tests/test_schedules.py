"""Fault schedules: as values, and as whoever runs tests meets them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent import fail, launch, open_sandbox, say
from pytest_tmuxagent.errors import Misuse, NeverCompleted
from pytest_tmuxagent.schedules import KINDS, FaultSchedule
from pytest_tmuxagent.stub.draws import Draws

SEEDS = st.integers(min_value=0, max_value=2**63 - 1)
SOME_KINDS = st.lists(st.sampled_from(KINDS), min_size=1)


@given(seed=SEEDS, kinds=SOME_KINDS)
def test_what_a_schedule_writes_is_read_back(seed: int, kinds: list[str]) -> None:
    schedule = FaultSchedule(seed=seed, kinds=kinds)
    assert FaultSchedule.read(schedule.written) == schedule


@given(seed=SEEDS, kinds=SOME_KINDS)
def test_a_schedule_prints_as_it_is_written(seed: int, kinds: list[str]) -> None:
    schedule = FaultSchedule(seed=seed, kinds=kinds).of("tests/test_it.py::test_it")
    assert eval(repr(schedule), {"FaultSchedule": FaultSchedule}) == schedule


@given(seed=SEEDS, name=st.text())
def test_what_a_process_is_told_of_a_schedule_is_json(seed: int, name: str) -> None:
    wiring = FaultSchedule(seed=seed).of(name).wiring(agent="claude-1", log=Path("/faults"))
    assert json.loads(json.dumps(wiring)) == wiring


def test_the_order_of_the_kinds_is_of_no_matter() -> None:
    assert FaultSchedule(7, ["slow_pty", "loaded_cpu"]) == FaultSchedule(7, ["loaded_cpu", "slow_pty"])


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True, 2**63])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(Misuse, match="is no whole number from 0"):
        FaultSchedule(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("kinds", [["slow_pyt"], [7], [], "slow_pty", b"slow_pty", None])
def test_a_kind_that_there_is_not_is_refused(kinds: object) -> None:
    with pytest.raises(Misuse, match="slow_pty"):
        FaultSchedule(7, kinds)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["", "x", "-7", "7.5", ":slow_pty", "7:", "7:slow_pyt", "٧"])
def test_what_is_no_schedule_is_not_read(written: str) -> None:
    with pytest.raises(Misuse):
        FaultSchedule.read(written)


def test_what_is_no_schedule_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(Misuse, match="write it as FaultSchedule"):
        open_sandbox(faults=7)  # type: ignore[arg-type]


def test_an_agent_outside_of_pytest_has_its_faults() -> None:
    with launch("claude", faults=FaultSchedule(seed=1, kinds=["stray_redraws"]).of("it")) as agent:
        faults = agent.sandbox.faults
        assert faults is not None
        agent.wait_until(lambda: faults.injected)
        agent.script.reply("hello")
        assert agent.ask("hi").text == "hello"
    assert {fault.kind for fault in faults.injected} <= {"stray_redraws"}


def test_a_dropped_stream_is_not_known_to_the_script() -> None:
    with launch("claude", faults=FaultSchedule(seed=3, kinds=["dropped_streams"])) as agent:
        faults = agent.sandbox.faults
        assert faults is not None
        asked = 0
        while not faults.injected:
            agent.script.reply(f"answer {asked}")
            assert agent.ask(f"question {asked}").text == f"answer {asked}"
            asked += 1
        assert [request.attempt for request in agent.script.requests] == [1] * asked
        assert [request.prompt for request in agent.script.requests] == [
            f"question {n}" for n in range(asked)
        ]


def test_a_fault_of_the_script_takes_no_more_attempts_beside_dropped_streams() -> None:
    with launch("claude", faults=FaultSchedule(seed=3, kinds=["dropped_streams"])) as agent:
        for number in range(10):
            agent.script.reply(fail(529)).reply(fail(529)).reply(say(f"answer {number}"))
            assert agent.ask("again").text == f"answer {number}"


def test_what_an_interrupt_gives_back_is_told_though_the_record_is_late() -> None:
    with launch("codex", faults=FaultSchedule(seed=3, kinds=["delayed_transcript"])) as agent:
        agent.script.reply(say("one").hold())
        agent.send("first")
        agent.queue("second")
        assert agent.interrupt().unsent == ("second",)


def test_a_note_that_was_left_in_its_midst_is_none() -> None:
    with open_sandbox(faults=FaultSchedule(seed=1, kinds=["slow_pty"])) as sandbox:
        assert sandbox.faults is not None
        log = sandbox.root / "faults.jsonl"
        note = b'{"kind":"slow_pty","agent":"claude-1","place":"here","at":1}'
        for size in range(len(note)):
            log.write_bytes(note[:size] + b"\n" + note + b"\n" + note[:size])
            assert [fault.place for fault in sandbox.faults.injected] == ["here"]
        assert sandbox.faults.account()[0].startswith("faults injected: slow_pty 1;")


def test_the_cores_are_busy_for_as_long_as_the_sandbox_is_there(tmp_path: Path) -> None:
    schedule = FaultSchedule(seed=1, kinds=["loaded_cpu"]).of(str(tmp_path))
    with open_sandbox(faults=schedule) as sandbox:
        sandbox.wait_until(lambda: len(busy_ones(tmp_path)) == os.cpu_count(), what="a process for each core")
        sandbox.reset()
        sandbox.wait_until(lambda: len(busy_ones(tmp_path)) == os.cpu_count(), what="the new ones")
        sandbox.assert_nothing_left_running()
        with pytest.raises(NeverCompleted):
            sandbox.wait_for_completion(answer="answer.md", timeout=60)
    assert busy_ones(tmp_path) == []


def busy_ones(name: Path) -> list[str]:
    """The processes that keep a core busy, by what their sandbox's schedule calls them."""
    names = {str(Draws(f"1 {name} core {core}").below(2**32)) for core in range(os.cpu_count() or 1)}
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listed.splitlines() if "busy_core.py" in line and line.split()[-1] in names]


HEADER = ["tmuxagent: faults of *slow_pty* (again: --agent-faults=7)"]
FAILS = """
    def test_it(agent):
        agent.script.reply("hello")
        agent.ask("hi")
        raise AssertionError
"""


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        addopts = --strict-markers --strict-config -p no:cacheprovider -p no:anyio -p no:hypothesispytest
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )


def test_a_run_says_its_schedule(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(agent): agent.script.reply('x'); assert agent.ask('hi').text == 'x'")
    result = pytester.runpytest_subprocess("--agent-faults=7")
    result.stdout.fnmatch_lines(HEADER)
    result.assert_outcomes(passed=1)


def test_a_failed_test_tells_its_faults_and_what_replays_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    result = pytester.runpytest_subprocess("--agent-faults=7:delayed_hooks")
    replayed = "faults injected: delayed_hooks *; the same again: --agent-faults=7:delayed_hooks"
    result.stdout.fnmatch_lines([replayed, "*claude-1: delayed_hooks: UserPromptSubmit, 0.* s"])


def test_a_random_seed_is_chosen_once_and_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    result = pytester.runpytest_subprocess("--agent-faults=random:delayed_hooks", "-n", "1")
    told = [line for line in result.outlines if "--agent-faults=" in line]
    seeds = {line.partition("--agent-faults=")[2].rstrip(")") for line in told}
    assert len(told) >= 1
    assert len(seeds) == 1
    assert "random" not in seeds.pop()


def test_a_marker_wins_over_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.agent_faults(kinds=[])
        def test_none(agent_sandbox):
            assert agent_sandbox.faults is None

        @pytest.mark.agent_faults(seed=8, kinds=["slow_pty"])
        def test_its_own(agent_sandbox):
            assert agent_sandbox.faults.schedule.written == "8:slow_pty"

        @pytest.mark.agent_faults(kinds=["slow_pty", "loaded_cpu"])
        def test_those_of_the_run_that_it_bears(agent_sandbox):
            assert agent_sandbox.faults.schedule.written == "7:slow_pty"

        @pytest.mark.agent_faults(kinds=["loaded_cpu"])
        def test_none_of_the_run(agent_sandbox):
            assert agent_sandbox.faults is None

        def test_another(agent_sandbox):
            assert agent_sandbox.faults.schedule.written == "7:slow_pty,stray_redraws"
        """
    )
    pytester.runpytest_subprocess("--agent-faults=7:stray_redraws,slow_pty").assert_outcomes(passed=5)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--agent-faults=x", "*--agent-faults: 'x' has no whole number as its seed; write it as 7*"),
        (
            "--agent-faults=7:slow",
            "*--agent-faults: there is no fault of the kind 'slow'; there are slow_pty*",
        ),
    ],
)
def test_a_bad_option_is_refused_with_the_remedy(pytester: pytest.Pytester, option: str, told: str) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess(option)
    result.stderr.fnmatch_lines([told])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("seed='7'", "the seed '7' of a fault schedule is no whole number"),
        ("7", "has no 7; it takes seed=7"),
        ("sede=7", "has no sede; it takes seed=7"),
        ("seed=7, kinds=['slow']", "there is no fault of the kind 'slow'"),
    ],
)
def test_a_bad_marker_is_refused_with_the_remedy(pytester: pytest.Pytester, marker: str, told: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.agent_faults({marker})
        def test_it(agent): pass
        """
    )
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines([f"*test_it: the `agent_faults` marker*{told}*"])
    result.assert_outcomes(errors=1)
