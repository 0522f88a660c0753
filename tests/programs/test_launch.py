"""What is told of each start of an agent: what the program did to its environment, and how it ended."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from pytest_tmuxagent import AgentSandbox, crash, say
from pytest_tmuxagent.programs.launch import EnvironmentChanges, Launch

RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest) -> str:
    if request.param == "scripted" and shutil.which("claude") is None:
        pytest.skip("claude is not installed")
    return str(request.param)


def only(sandbox: AgentSandbox) -> Launch:
    (launch,) = sandbox.launches
    return launch


def test_what_a_program_did_to_the_environment_is_told(agent_sandbox: AgentSandbox, rung: str) -> None:
    agent_sandbox.script.when("hi").reply(say("hello"))
    words = ["env", "-u", "XDG_DATA_HOME", "MINE=1", "TERM=vt100", "MY_TOKEN=geheim", "claude", "-p", "hi"]
    done = agent_sandbox.run(words)
    assert (done.stdout, rung) == ("hello\n", rung)
    assert only(agent_sandbox).environment_changes == EnvironmentChanges(
        added={"MINE": "1", "MY_TOKEN": "[redacted]"},
        changed={"TERM": "vt100"},
        removed={"XDG_DATA_HOME": agent_sandbox.env["XDG_DATA_HOME"]},
    )


def test_an_empty_environment_is_told_as_it_was_given(agent_sandbox: AgentSandbox, rung: str) -> None:
    agent_sandbox.script.when("hi").reply(say(f"hello on {rung}"))
    agent_sandbox.run(["env", "-i", str(agent_sandbox.root / "bin" / "claude"), "-p", "hi"])
    launch = only(agent_sandbox)
    assert launch.environment["HOME"] == str(agent_sandbox.home)
    assert {"HOME", "PATH", "TMUX_TMPDIR"} <= launch.environment_changes.removed.keys()
    assert not launch.environment_changes.added


def test_a_start_has_a_time_and_an_end(agent_sandbox: AgentSandbox, rung: str) -> None:
    agent_sandbox.script.when("hi").reply(say(f"hello on {rung}"))
    before = time.time()
    agent_sandbox.run(["claude", "-p", "hi"])
    launch = only(agent_sandbox)
    assert before < launch.started_at < time.time()
    assert not launch.is_running
    assert launch.exit is not None
    assert (launch.exit.status, launch.exit.signal) == (0, None)


def test_a_status_of_its_own_is_told(agent_sandbox: AgentSandbox, rung: str) -> None:
    agent_sandbox.run(["claude", "--no-such-option", rung])
    exited = only(agent_sandbox).exit
    assert exited is not None
    assert (exited.status, exited.signal) == (1, None)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_agent_in_tmux_runs_until_it_is_ended(
    agent_sandbox: AgentSandbox, rung: str, number: signal.Signals
) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", rung, "claude"])
    (launch,) = agent_sandbox.wait_until(lambda: agent_sandbox.launches)
    agent_sandbox.wait_until(lambda: "❯" in shown(agent_sandbox))
    assert only(agent_sandbox).is_running
    os.kill(launch.pid, number)
    agent_sandbox.wait_until(lambda: not only(agent_sandbox).is_running)
    exited = only(agent_sandbox).exit
    assert exited is not None
    if number == signal.SIGKILL:
        assert (exited.status, exited.signal) == (None, signal.SIGKILL)
    else:
        assert (exited.status, exited.signal) == (143, None)


def shown(sandbox: AgentSandbox) -> str:
    panes = sandbox.tmux.panes
    return "\n".join(panes[0].capture_pane()) if panes else ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["claude", "-p", "hi"], "ENOENT: Bun could not find a file"),
        (["codex", "exec", "hi"], "(os error 2)"),
    ],
    ids=["claude", "codex"],
)
def test_an_agent_whose_folder_was_removed_ends_at_once(
    agent_sandbox: AgentSandbox, rung: str, words: list[str], told: str
) -> None:
    if rung == "scripted" and shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    (agent_sandbox.workdir / "gone").mkdir()
    done = agent_sandbox.run(["sh", "-c", f"rmdir ../gone; {' '.join(words)}"], cwd="gone")
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert [launch.name for launch in agent_sandbox.launches] == [words[0]]


def test_a_start_that_finds_no_room_in_the_log_spoils_none_after_it(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("hi").reply("fine").always()
    agent_sandbox.run(["claude", "-p", "hi"])
    room = (agent_sandbox.root / "launches.jsonl").stat().st_size + 100
    limited = f"import os, resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
    done = agent_sandbox.run(["python", "-c", f"{limited} os.execvp('claude', ['claude', '-p', 'no room'])"])
    assert (done.returncode, done.stdout) == (2, "")
    assert "launches.jsonl cannot be written: No space left" in done.stderr
    agent_sandbox.run(["claude", "-p", "hi"])
    assert [launch.prompt for launch in agent_sandbox.launches] == ["hi", "hi"]


def test_a_crash_is_told_with_its_signal(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(crash(signal="SIGSEGV"))
    agent_sandbox.run(["claude", "-p", "hi"])
    exited = only(agent_sandbox).exit
    assert exited is not None
    assert (exited.status, exited.signal) == (None, signal.SIGSEGV)


def test_one_process_that_starts_agents_one_after_the_other_has_a_launch_for_each(
    agent_sandbox: AgentSandbox,
) -> None:
    agent_sandbox.script.when("hi").reply(say("one")).reply(say("two"))
    agent_sandbox.run(["sh", "-c", "claude -p hi; claude --no-such-option; claude -p hi"])
    ends = [launch.exit and launch.exit.status for launch in agent_sandbox.launches]
    assert ends == [0, 1, 0]
