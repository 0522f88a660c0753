"""Programs that start the agent themselves: however they do it, it is the one of the script."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

from pytest_tmuxagent import AgentSandbox, say, tool
from pytest_tmuxagent.errors import OutsideCall

pytestmark = pytest.mark.agent("claude", "codex", permissions="allow")

COMMANDS = {"claude": ["claude", "-p"], "codex": ["codex", "exec", "--skip-git-repo-check"]}
# How a program may start it: {command} are the words that a shell finds, {shim} where the first of them lies.
WAYS = {
    "by its name": "{command} 'Do it'",
    "with an empty environment": "env -i {shim} {words} 'Do it'",
    "from a login shell": "bash -lc \"{command} 'Do it'\"",
    "with a home of its own": "mkdir -p away/home && HOME=$PWD/away/home {command} 'Do it'",
    "from another folder": "mkdir -p other && cd other && {command} 'Do it'",
    "with keys of its own": "ANTHROPIC_API_KEY=sk-ant-mine ANTHROPIC_BASE_URL=https://api.anthropic.com "
    "OPENAI_API_KEY=sk-mine OPENAI_BASE_URL=https://api.openai.com/v1 {command} 'Do it'",
    "without proxies": "env -u HTTPS_PROXY -u HTTP_PROXY -u https_proxy -u http_proxy {command} 'Do it'",
}


@pytest.fixture
def name(_agent_name: str) -> str:
    return _agent_name


@pytest.mark.parametrize("way", WAYS)
def test_the_agent_is_found_however_it_is_started(agent_sandbox: AgentSandbox, name: str, way: str) -> None:
    agent_sandbox.script.when("Do it").reply(say("Done."))
    command, *words = COMMANDS[name]
    started = WAYS[way].format(
        command=shlex.join([command, *words]),
        shim=agent_sandbox.root / "bin" / command,
        words=shlex.join(words),
    )
    done = agent_sandbox.run(["sh", "-c", started])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Done.\n"
    (launch,) = agent_sandbox.launches
    assert (launch.name, launch.prompt) == (name, "Do it")
    assert launch.argv[1:] == (*words, "Do it")
    there = agent_sandbox.workdir / ("other" if way == "from another folder" else "")
    assert launch.cwd == str(there)


def test_an_agent_in_the_tmux_of_a_program_works(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.when("Do it").reply(tool.shell("echo hi > made")).reply(say("Done."))
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine", "-x", "120", "-y", "40", name, "Do it"])
    assert agent_sandbox.wait_for_file("made") == "hi\n"
    (launch,) = agent_sandbox.launches
    assert (launch.name, launch.argv[1:]) == (name, ("Do it",))
    assert agent_sandbox.script.requests[0].prompt == "Do it"


def test_the_process_of_an_agent_has_its_name(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.run(["tmux", "new-session", "-d", "-s", "mine", f"exec {name}"])
    pid = agent_sandbox.wait_until(lambda: agent_sandbox.launches)[0].pid
    (pane,) = agent_sandbox.tmux.panes

    def named() -> bool:
        shown = pane.cmd("display-message", "-p", "#{pane_pid} #{pane_current_command}").stdout
        return shown == [f"{pid} {name}"]

    agent_sandbox.wait_until(named, what=f"a process called {name}")


def test_two_agents_of_a_program_are_told_apart_by_their_prompts(
    agent_sandbox: AgentSandbox, name: str
) -> None:
    agent_sandbox.script.when("one").reply(say("first"))
    agent_sandbox.script.when("two").reply(say("second"))
    command = shlex.join(COMMANDS[name])
    both = f"{command} one > 1 < /dev/null & {command} two > 2 < /dev/null & wait"
    agent_sandbox.run(["sh", "-c", both])
    assert (agent_sandbox.workdir / "1").read_text() == "first\n"
    assert (agent_sandbox.workdir / "2").read_text() == "second\n"
    assert sorted(str(launch.prompt) for launch in agent_sandbox.launches) == ["one", "two"]


@pytest.mark.agent("codex")
def test_a_model_that_a_program_names_writes_files(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.write("made", "x\n")).reply(say("Made."))
    words = ["exec", "--skip-git-repo-check", "-s", "workspace-write", "-m", "gpt-5.5", "Make it"]
    done = agent_sandbox.run(["codex", *words])
    assert (agent_sandbox.workdir / "made").read_text() == "x\n", done.stderr


@pytest.mark.parametrize("host", ["api.anthropic.com", "api.openai.com"])
def test_a_call_of_the_vendors_own_host_is_refused_and_told(
    agent_sandbox: AgentSandbox, rung: str, host: str
) -> None:
    if rung == "stub":
        pytest.skip("the stub calls nobody, and nobody stands in its way")
    calls = f"import urllib.request; urllib.request.urlopen('https://{host}/v1/models', timeout=10)"
    with pytest.raises(OutsideCall) as told:
        agent_sandbox.run([sys.executable, "-c", calls])
    assert told.value.host == host


def test_no_key_of_the_sandbox_is_a_real_one(agent_sandbox: AgentSandbox) -> None:
    shows = "import json, os; print(json.dumps(dict(os.environ)))"
    environment = json.loads(agent_sandbox.run([sys.executable, "-c", shows]).stdout)
    assert not {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"} & set(environment)
