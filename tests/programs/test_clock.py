"""A program's minutes pass in seconds; those of agents and of tmux do not."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox
from pytest_tmuxagent.errors import ClockUnavailable, Misuse
from pytest_tmuxagent.programs import clock

SLEEPER = Path(__file__).parent / "sleeper.py"
RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture(autouse=True)
def _installed() -> None:
    if next(clock.libraries(), None) is None:
        pytest.skip("libfaketime is not installed")


@pytest.mark.parametrize("way", ["sleep", "select", "asyncio", "monotonic", "child"])
def test_a_minute_of_a_program_passes_in_less(agent_sandbox: AgentSandbox, way: str) -> None:
    done = agent_sandbox.run([sys.executable, SLEEPER, way], clock_speed=120, timeout=30)
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_a_minute_of_a_shell_passes_in_less(agent_sandbox: AgentSandbox) -> None:
    shell = "a=$(date +%s); sleep 60; b=$(date +%s); expr $b - $a \\>= 60"
    assert agent_sandbox.run(["sh", "-c", shell], clock_speed=120, timeout=30).stdout == "1\n"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_parent_and_child_agree_on_the_time(agent_sandbox: AgentSandbox, shell: str) -> None:
    asks = "import subprocess, time; time.sleep(6000); before = time.time()\n"
    asks += f"asked = subprocess.check_output(['{shell}', '-c', 'date +%s; true'])\n"
    asks += "print(int(before) <= int(asked) <= time.time())"
    started = ["bash", "-c", 'exec 3>&1; "$0" -c "$1"; true', sys.executable, asks]
    assert agent_sandbox.run(started, clock_speed=6000, timeout=30).stdout == "True\n"


def test_a_server_has_a_clock_of_its_own_as_well(agent_sandbox: AgentSandbox) -> None:
    shell = "sleep 600; echo up; sleep 6000000"
    assert agent_sandbox.start(["sh", "-c", shell], ready="up", clock_speed=600, timeout=30).is_running


@pytest.mark.parametrize("rung", RUNGS)
def test_an_agent_of_such_a_program_lives_in_real_time(request: pytest.FixtureRequest, rung: str) -> None:
    if rung == "scripted" and shutil.which("claude") is None:
        pytest.skip("claude is not installed")
    agent_sandbox: AgentSandbox = request.getfixturevalue("agent_sandbox")
    agent_sandbox.script.reply(f"hello from the {rung}")
    before = time.time()
    done = agent_sandbox.run(["sh", "-c", "sleep 60; claude -p hi; date +%s"], clock_speed=600, timeout=60)
    (launch,) = agent_sandbox.launches
    assert done.stdout.splitlines()[0] == f"hello from the {rung}"
    assert before < launch.started_at < time.time()
    assert not [name for name in launch.environment if "FAKETIME" in name or "PRELOAD" in name]
    assert not launch.environment_changes.added
    assert not launch.environment_changes.changed
    assert int(done.stdout.splitlines()[1]) > launch.started_at + 59


@pytest.mark.parametrize("server", ["", "-L other"])
def test_tmux_lives_in_real_time_whoever_starts_it(agent_sandbox: AgentSandbox, server: str) -> None:
    tmux = f"tmux {server} new-session -d 'date +%s > date; env > environment; touch done'"
    before = int(time.time())
    agent_sandbox.run(["sh", "-c", f"sleep 600; {tmux}"], clock_speed=600, timeout=30)
    agent_sandbox.wait_for_flag("done")
    assert before <= int(agent_sandbox.wait_for_file("date")) <= time.time()
    environment = agent_sandbox.wait_for_file("environment")
    assert "FAKETIME" not in environment
    assert f"PATH={agent_sandbox.env['PATH']}\n" in environment


def test_nothing_is_left_in_the_memory_that_programs_share() -> None:
    shared = Path("/dev/shm")
    if not shared.is_dir():
        pytest.skip("there is no such folder here")
    sandbox = AgentSandbox.open()
    program = sandbox.start(["sleep", "600000"], clock_speed=60)
    sandbox.wait_until(lambda: [*shared.glob(f"*faketime*_{program.pid}")])
    sandbox.close()
    assert [*shared.glob(f"*faketime*_{program.pid}")] == []


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), "60"])
def test_what_is_no_speed_is_refused(agent_sandbox: AgentSandbox, speed: float) -> None:
    with pytest.raises(Misuse, match="is no speed"):
        agent_sandbox.run(["true"], clock_speed=speed)


def test_a_missing_library_is_told_with_the_remedy(
    agent_sandbox: AgentSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "PLACES", ("/nowhere",))
    with pytest.raises(ClockUnavailable, match="apt-get install libfaketime"):
        agent_sandbox.run(["true"], clock_speed=60)
