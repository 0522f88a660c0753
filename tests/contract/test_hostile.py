"""What goes wrong around the real CLIs: a killed run, a broken CLI, a script that has no answer."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSession, say, tool
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import AgentExited, OutsideCall, UnscriptedPrompt
from pytest_tmuxagent.launcher import Launcher
from tests.contract.runs import STAYING, RealRun, is_open, named_clis, require_cli
from tests.test_ownership import Ending

pytestmark = pytest.mark.integration

SITUATIONS = f"""{STAYING}

def test_thinks(agent):
    agent.script.reply(THINKING)
    agent.send("Think")
    agent.wait_for_text("thinking")
    stay(agent)


def test_runs_a_command(agent):
    agent.script.reply(tool.shell("echo began >began; exec sleep 311"))
    agent.send("Wait")
    agent.wait_until(lambda: (agent.workdir / "began").exists() or None)
    stay(agent)


def test_comes_next(agent):
    pass


def test_greets(agent):
    agent.script.reply(say("Hello."))
    assert agent.ask("hi").text == "Hello."


def test_program(agent_sandbox):
    done = agent_sandbox.run([os.environ["NAME"], "hi"])
    assert done.returncode == 127
    print(done.stderr)
    assert False, "show it"


def test_program_with_nothing(agent_sandbox):
    emptied = ["sh", "-c", 'exec env -i PATH="$PATH" ' + os.environ["NAME"]]
    told = agent_sandbox.run(emptied).stdout.splitlines()
    assert told == [str(agent_sandbox.home), agent_sandbox.env["TMPDIR"]]


def test_is_not_answered(agent):
    agent.script.when("moon").reply(tool.shell("true"))
    agent.ask("Fly to the moon")


def test_is_killed_while_its_command_runs(agent):
    agent.script.reply(tool.shell("echo began >began; exec sleep 312"))
    agent.send("Wait")
    agent.wait_until(lambda: (agent.workdir / "began").exists() or None)
    os.kill(agent.sandbox.launches[-1].pid, 9)
    with pytest.raises(AgentExited):
        agent.wait()


@pytest.mark.parametrize("number", range(4))
def test_is_alone(agent, number):
    place = Path(__file__).parent / "alone"
    os.close(os.open(place, os.O_CREAT | os.O_EXCL))
    with (place.parent / "workers").open("a") as workers:
        print(os.environ["PYTEST_XDIST_WORKER"], file=workers)
    agent.script.reply(str(number))
    assert agent.ask("which?").text == str(number)
    place.unlink()
"""


@pytest.fixture(params=["claude", "codex"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def rung(request: pytest.FixtureRequest) -> str:
    """These have one body only: what is hostile to the stub is tested beside it."""
    if not {"agent", "launch_agent"}.isdisjoint(request.fixturenames):
        callspec = getattr(request.node, "callspec", None)
        alone = callspec and callspec.params.get("_agent_name")
        for agent in (alone,) if alone else ("claude", "codex"):
            require_cli(agent, request.config)
    return "scripted"


@pytest.fixture
def cli(name: str, request: pytest.FixtureRequest) -> Path:
    """The real CLI of the agent."""
    return require_cli(name, request.config)


@pytest.fixture
def run(cli: Path, name: str, pytester: pytest.Pytester, request: pytest.FixtureRequest) -> Iterator[RealRun]:
    """A pytest run on the real CLI of the agent."""
    if sys.platform != "linux":
        pytest.skip("it reads /proc, and adopts orphans")
    assert cli.exists()
    pytester.makeini("[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n")
    pytester.makepyfile(test_situations=SITUATIONS)
    opened = RealRun(pytester.path, agent=name, clis=named_clis(request.config))
    try:
        yield opened
    finally:
        opened.close()


# -- however a run ends ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["passes", "SIGINT", "SIGKILL"])
@pytest.mark.parametrize("situation", ["thinks", "runs_a_command"])
def test_nothing_is_left_of_a_real_agent_that(run: RealRun, situation: str, ending: Ending) -> None:
    run.start(f"test_situations.py::test_{situation}")
    door = run.stays(situation)["door"]
    run.end(ending)
    if ending != "SIGKILL":
        assert run.traces() == []
    assert run.left() == []
    assert not is_open(door)


def test_the_first_failure_with_a_held_reply_ends_the_run_and_leaves_nothing(run: RealRun) -> None:
    run.start("-x", "-v", "test_situations.py::test_thinks", "test_situations.py::test_comes_next")
    door = run.stays()["door"]
    run.end("fails")
    assert "stopping after 1 failures" in run.printed
    assert "test_comes_next" not in run.printed
    assert run.traces() == []
    assert not is_open(door)


def test_a_command_that_outlives_its_killed_agent_is_ended(run: RealRun) -> None:
    assert "1 passed" in run.run("test_situations.py::test_is_killed_while_its_command_runs"), run.printed
    assert run.traces() == []


def test_one_runs_at_a_time_in_two_workers_where_no_more_may_live(run: RealRun) -> None:
    printed = run.run(
        *("-p", "xdist", "-n", "2", "-o", "agent_max_live=1", "test_situations.py", "-k", "is_alone")
    )
    assert "4 passed" in printed, printed
    assert set((run.folder / "workers").read_text().split()) == {"gw0", "gw1"}
    assert run.traces() == []


# -- a broken CLI ---------------------------------------------------------------------------------


def program(run: RealRun, words: str, *, version: str = "", mode: int = 0o755) -> str:
    """Write a program in the place of the CLI; give the option that names it."""
    path = run.folder / "wrapper"
    asked = f'[ "$1" = --version ] && echo {version} && exit 0\n' if version else ""
    path.write_text(f"#!/bin/sh\n{asked}{words}\n")
    path.chmod(mode)
    return f"--agent-cli={run.agent}={path}"


def version_of(name: str) -> str:
    real = Registry()[name].real
    assert real is not None
    return real.known[1]


def without(name: str) -> str:
    """Give a PATH on which there is no such program."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not Path(folder, name).exists())


def test_a_cli_that_is_not_installed_is_told_with_the_remedy(run: RealRun, name: str) -> None:
    missing = RealRun(run.folder, agent=name, clis=())
    try:
        printed = missing.run("test_situations.py::test_greets", environment={"PATH": without(name)})
        assert f"CliMissing: the real {name} cannot be run: it is not on the PATH" in printed
        assert "npm install -g @" in printed
        assert "1 error" in printed
        assert missing.traces() == []
    finally:
        missing.close()


@pytest.mark.parametrize(
    ("words", "mode", "why"),
    [
        ("echo 1.2.3", 0o644, "is not executable"),
        ("echo no library >&2; exit 127", 0o755, "ended with 127, and said: no library"),
    ],
)
def test_a_cli_that_cannot_run_is_told_with_the_remedy(run: RealRun, words: str, mode: int, why: str) -> None:
    printed = run.run(program(run, words, mode=mode), "test_situations.py::test_greets")
    assert f"CliMissing: the real {run.agent} cannot be run: " in printed
    assert why in printed
    assert "npm install -g @" in printed
    assert "1 error" in printed
    assert run.traces() == []


def test_a_program_that_starts_a_missing_cli_is_told_why(run: RealRun) -> None:
    printed = run.run(
        program(run, "", mode=0o644), "test_situations.py::test_program", environment={"NAME": run.agent}
    )
    assert f"{run.agent}: the real {run.agent} cannot be run: " in printed
    assert "show it" in printed
    assert run.traces() == []


def test_an_emptied_environment_does_not_lead_the_cli_to_the_home_of_the_person(
    run: RealRun, name: str
) -> None:
    printed = run.run(
        program(run, 'echo "$HOME"; echo "$TMPDIR"', version=version_of(name)),
        "test_situations.py::test_program_with_nothing",
        environment={"NAME": name},
    )
    assert "1 passed" in printed, printed


def test_a_version_that_was_never_tried_runs_with_a_warning(run: RealRun, cli: Path) -> None:
    printed = run.run(
        program(run, f'exec "{cli}" "$@"', version="99.0.1"),
        *("-W", "default::pytest_tmuxagent.errors.UntriedCli", "test_situations.py::test_greets"),
    )
    assert "1 passed" in printed, printed
    assert f"{run.agent} 99.0.1 (not tried; tried: " in printed
    assert "UntriedCli" in printed
    assert run.traces() == []


@pytest.mark.parametrize("words", ['exec "{cli}" "$@"', '"{cli}" "$@"'], ids=["becomes it", "starts it"])
def test_a_wrapper_is_as_good_as_the_cli(run: RealRun, cli: Path, name: str, words: str) -> None:
    wrapper = program(run, words.format(cli=cli), version=version_of(name))
    assert "1 passed" in run.run(wrapper, "test_situations.py::test_greets"), run.printed
    assert run.traces() == []


# Whether tmux keeps what is printed in the very moment of the end is luck: it is asked, and answers after it.
LAST_WORDS = r"stty raw -echo; printf 'out of luck\r\n\033[5n'; dd bs=4 count=1 2>/dev/null; stty sane"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"{LAST_WORDS}; exit 3", "exited with status 3"),
        (f"{LAST_WORDS}; kill -SEGV $$", "was killed by SIGSEGV"),
    ],
    ids=["exits", "crashes"],
)
def test_a_cli_that_crashes_at_its_start_is_told_with_its_last_words(
    run: RealRun, name: str, words: str, told: str
) -> None:
    crashing = program(run, words, version=version_of(name))
    printed = run.run(crashing, "test_situations.py::test_greets")
    assert f"AgentExited: {name}" in printed
    assert told in printed
    assert "out of luck" in printed
    assert "1 error" in printed
    assert run.traces() == []


# -- a script that has no answer ------------------------------------------------------------------


def test_an_exhausted_script_is_told_in_the_report(run: RealRun) -> None:
    printed = run.run("test_situations.py::test_is_not_answered")
    assert f"UnscriptedPrompt: no reply is scripted for request 2 of {run.agent}" in printed
    assert "with the result of the tool call" in printed
    assert "1. tool.shell('true')  [used by request 1]" in printed
    assert "1 failed" in printed
    assert run.traces() == []


real = pytest.mark.agent("claude", "codex", rung="scripted")


@real
def test_an_exhausted_script_is_told_in_mid_turn(agent: AgentSession) -> None:
    agent.script.when("moon").reply(tool.shell("true"))
    with pytest.raises(UnscriptedPrompt, match="no reply is scripted for request 2"):
        agent.ask("Fly to the moon")
    agent.wait_for_text("no reply is scripted for request 2")
    turn = agent.wait()
    assert turn.stop_reason == "failed"
    assert turn.error is not None
    assert turn.error.status == 400
    assert "no reply is scripted for request 2" in turn.error.message
    assert [call.exit_code for call in turn.tool_calls] == [0]
    assert len(agent.script.requests) == 2, "the CLI asked again"
    agent.script.reply("Here I am.")
    assert agent.ask("Come back").text == "Here I am."


@real
def test_a_prompt_that_nobody_scripted_is_told_without_a_terminal(agent: AgentSession) -> None:
    with pytest.raises(UnscriptedPrompt, match="no reply is scripted for request 1"):
        agent.run_headless("Fly to the moon")
    assert len(agent.script.requests) == 1, "the CLI asked again"


ONCE = {"claude": ["claude", "--print"], "codex": ["codex", "exec", "--skip-git-repo-check"]}


@real
def test_a_call_past_the_script_is_told_to_who_waits(agent: AgentSession) -> None:
    calls = "import urllib.request; urllib.request.urlopen('https://api.openai.com/v1/models', timeout=10)"
    agent.script.reply(tool.shell(f'python -c "{calls}"')).reply(say("Called.").hold())
    with pytest.raises(OutsideCall, match=r"api\.openai\.com"):
        agent.ask("Call them")


@pytest.mark.agent(rung="scripted")
def test_a_prompt_that_nobody_scripted_is_told_to_who_runs_a_program(
    agent_sandbox: AgentSandbox, name: str, cli: Path
) -> None:
    assert cli.exists()
    with pytest.raises(UnscriptedPrompt, match=f"no reply is scripted for request 1 of {name}"):
        agent_sandbox.run([*ONCE[name], "Fly to the moon"])
    assert [request.prompt for request in agent_sandbox.script.requests] == ["Fly to the moon"]


# -- under load -----------------------------------------------------------------------------------


@real
def test_an_agent_that_is_killed_in_mid_turn_is_told_and_comes_back(agent: AgentSession) -> None:
    agent.script.reply(say("going on\n", "done").hold(after_characters=9))
    agent.send("Go")
    agent.wait_for_text("going on")
    os.kill(agent.sandbox.launches[-1].pid, signal.SIGKILL)
    with pytest.raises(AgentExited) as caught:
        agent.wait()
    assert caught.value.signal == signal.SIGKILL
    assert "going on" in str(caught.value)
    assert agent.state == "exited"
    agent.script.reply("back")
    agent.restart()
    assert agent.ask("Once more").text == "back"


@real
@pytest.mark.parametrize(
    "prompt",
    ["word " * 209_714 + "end", "".join(f"line {number:06}\n" for number in range(87_381)) + "end"],
    ids=["one line", "lines"],
)
def test_a_megabyte_arrives_once_as_it_is(agent: AgentSession, prompt: str) -> None:
    agent.script.reply("Got it.")
    assert 1_048_500 < len(prompt) <= 1_048_576
    turn = agent.ask(prompt, timeout=60)
    assert turn.text == "Got it."
    assert turn.prompt == prompt
    assert [request.prompt for request in agent.script.requests] == [prompt]


@pytest.mark.agent(rung="scripted")
def test_four_work_at_once_in_one_test(launch_agent: Launcher) -> None:
    agents = [launch_agent(name) for name in ("claude", "codex", "claude", "codex")]
    for number, agent in enumerate(agents):
        agent.script.reply(tool.write(f"file-{number}", f"{number}\n")).reply(f"answer {number}")
        agent.send(f"question {number}")
    for number, agent in enumerate(agents):
        turn = agent.wait()
        assert turn.text == f"answer {number}"
        assert {request.prompt for request in agent.script.requests} == {f"question {number}"}
        assert (agent.workdir / f"file-{number}").read_text() == f"{number}\n"
