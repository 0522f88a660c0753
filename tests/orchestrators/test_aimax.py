"""aimax, unmodified, with both of its backends, on the stub and on the real CLIs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, say, tool
from tests.orchestrators.aimax_driver import BOTH_TASKS, CLAUDE, CODEX, Aimax, Backend, answer

PROGRAM = Path(__file__).with_name("aimax_program.py")

pytestmark = pytest.mark.usefixtures("rung")


@pytest.fixture(params=[CLAUDE, CODEX], ids=lambda backend: backend.agent)
def backend(request: pytest.FixtureRequest) -> Backend:
    found: Backend = request.param
    return found


@pytest.fixture
def cli(backend: Backend) -> str:
    return backend.agent


@pytest.fixture
def aimax(agent_sandbox: AgentSandbox, backend: Backend) -> Aimax:
    return Aimax(agent_sandbox, backend)


def lower(flag: Path) -> str:
    """The command by which an agent says that its job is done."""
    return f"rm {shlex.quote(str(flag))}"


def test_a_job_is_followed_from_its_creation_to_its_end(aimax: Aimax) -> None:
    script, root = aimax.sandbox.script, aimax.sandbox.workdir
    flag = aimax.flag("job", root=root)
    reply = script.when("Tidy").reply(tool.shell(f"echo hi > made; {lower(flag)}").hold())
    reply.reply(say("All is tidy."))

    options = ("--flag-root", str(root), "--display-name", "Tidying", "--model", "my-model")
    created = aimax.begin("job", "Tidy up here, please", *options)
    running = aimax.status("job")
    assert (running["alive"], running["working"], running["jobGoalAccomplished"]) == (True, True, False)
    assert aimax.sessions() == ["job"]

    reply.release()
    aimax.sandbox.wait_for_lowered_flag(flag)
    aimax.await_status("job", working=False)
    ended = aimax.status("job")
    assert (ended["alive"], ended["jobGoalAccomplished"], ended["failed"]) == (True, True, False)
    assert aimax.conversation("job") == [("user", "Tidy up here, please"), ("assistant", "All is tidy.")]
    assert (aimax.folder / "made").read_text() == "hi\n"

    stopped = aimax.asked("stop", "job")
    assert (stopped["killed"], stopped["wasWorking"]) == (True, False)
    assert aimax.status("job")["alive"] is False
    (launch,) = aimax.sandbox.launches
    assert launch.argv[launch.argv.index("my-model") - 1] in ("-m", "--model")
    assert created["jsonlPath"].endswith(f"{created['agentSessionId']}.jsonl")
    assert [request.prompt for request in script.requests] == ["Tidy up here, please"] * 2


def test_a_prompt_for_a_busy_agent_is_taken_and_the_stream_goes_on_from_the_sentinel(aimax: Aimax) -> None:
    # In order: Codex cuts its answer to the first prompt, and takes up the second in the same turn.
    held = aimax.sandbox.script.reply(say("One.").hold(after_characters=4))
    aimax.sandbox.script.reply(say("Two."))
    aimax.begin("job", "the first task")
    before = aimax.asked("history", "job")
    aimax.send("job", "the second task")
    held.release()
    cut = aimax.backend is CODEX
    answered = () if cut else (("assistant", "One."),)
    told = (("user", "the first task"), *answered, ("user", "the second task"), ("assistant", "Two."))
    aimax.await_conversation("job", *told)
    aimax.await_status("job", working=False)
    # As many as there are new ones; the history has them in the order of their times, not of the file.
    after = aimax.asked("history", "job")
    resumed = (
        "--from-sentinel",
        json.dumps(before["sentinel"]),
        "--max",
        str(after["total"] - before["total"]),
    )
    streamed = aimax.told("stream", "-b", aimax.backend.name, "-s", "job", *resumed)
    new = [json.loads(line) for line in streamed.splitlines() if line.startswith("{")]
    assert sorted(map(str, [*before["entries"], *new])) == sorted(map(str, after["entries"]))


def test_a_pause_with_a_prompt_interrupts_and_goes_on_with_it(aimax: Aimax, rung: str) -> None:
    if rung == "scripted" and aimax.backend is CLAUDE:
        pytest.skip("of aimax's three Ctrl-C the last one ends the real Claude Code, or does not: a race")
    script = aimax.sandbox.script
    script.when("long").reply(say("Well,\nthis takes long.").hold(after_characters=6))
    script.when("instead").reply(say("Done instead."))
    aimax.begin("job", "a long task")
    aimax.pause("job", "-p", "do this instead")
    aimax.await_conversation("job", ("user", "do this instead"), ("assistant", "Done instead."))


def test_a_pause_without_a_prompt_ends_the_agent_and_the_next_prompt_resumes_it(aimax: Aimax) -> None:
    script = aimax.sandbox.script
    first = script.when("first").reply(say("One.").hold())
    script.when("second").reply(say("Two."))
    created = aimax.begin("job", "the first task")
    first.release()
    aimax.await_status("job", working=False)
    # Three times Ctrl-C where the first would have done: the agent takes it for a wish to leave.
    aimax.pause("job")
    aimax.await_status("job", alive=False)

    aimax.revive("job", "the second task")
    aimax.await_conversation("job", *BOTH_TASKS)
    assert created["agentSessionId"] in aimax.sandbox.launches[1].argv


def test_a_conversation_is_taken_up_by_another_session(aimax: Aimax) -> None:
    script = aimax.sandbox.script
    script.when("first").reply(say("One.").hold())
    script.when("second").reply(say("Two."))
    created = aimax.begin("job", "the first task")
    assert aimax.asked("stop", "job")["wasWorking"] is True

    again = aimax.create("other", "the second task", "--agent-session-id", created["agentSessionId"])
    assert again["agentSessionId"] == created["agentSessionId"]
    aimax.await_conversation("other", ("user", "the second task"), ("assistant", "Two."))
    assert aimax.sessions() == ["other"]


def test_an_agent_that_was_killed_is_seen_and_started_again(aimax: Aimax) -> None:
    script = aimax.sandbox.script
    first = script.when("first").reply(say("One.").hold())
    script.when("second").reply(say("Two."))
    aimax.begin("job", "the first task")
    first.release()
    aimax.await_status("job", working=False)
    os.kill(aimax.sandbox.launches[0].pid, signal.SIGKILL)
    aimax.await_status("job", alive=False)

    aimax.revive("job", "the second task")
    aimax.await_conversation("job", *BOTH_TASKS)


def test_a_program_runs_three_at_once_and_hears_them(aimax: Aimax) -> None:
    script, names = aimax.sandbox.script, ("one", "two", "three")
    for name in names:
        (aimax.folder / name).mkdir()
        script.when(f"task {name}").reply(tool.shell(f"echo {name} > made")).reply(say(f"Did {name}."))
    command = [sys.executable, str(PROGRAM), aimax.backend.name, str(aimax.folder), *names]
    done = aimax.sandbox.run(command, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    told = answer(done.stdout)
    assert {name: told["answers"][name] for name in names} == {name: f"Did {name}." for name in names}
    assert all(told["heard"][name] > 0 for name in names)
    assert {name: (aimax.folder / name / "made").read_text() for name in names} == {
        n: f"{n}\n" for n in names
    }
    assert told["left"] == ["_root"]
