"""The sandbox as a program under test finds it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, Launcher, fail, say, tool
from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.errors import Misuse, UnscriptedPrompt, WaitTimeout
from pytest_tmuxagent.sandbox.slots import Slots
from pytest_tmuxagent.scripted import ScriptedRung
from pytest_tmuxagent.tmux.objects import Server

ORCHESTRATOR = Path(__file__).parent / "orchestrator.py"


def test_my_orchestrator(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("review").reply(say("LGTM"))
    done = agent_sandbox.run([sys.executable, ORCHESTRATOR, "review"])
    assert done.returncode == 0
    assert "LGTM" in done.stdout
    assert agent_sandbox.launches[0].prompt == "review"


def test_two_agents_share_a_workdir_and_have_a_script_each(launch_agent: Launcher) -> None:
    writer, critic = launch_agent("claude"), launch_agent("codex")
    writer.script.reply(tool.write("essay.txt", "words\n")).reply("Written.")
    critic.script.reply(tool.read("essay.txt")).reply("Too short.")
    assert writer.ask("Write").text == "Written."
    assert critic.ask("Read").tool_calls[0].output == "words\n"
    assert writer.workdir == critic.workdir
    assert (writer.key, critic.key) == ("claude-1", "codex-1")


def test_two_agents_of_a_kind_do_not_hear_each_other(launch_agent: Launcher) -> None:
    one, two = launch_agent("claude"), launch_agent("claude")
    one.script.reply("I am one")
    two.script.reply("I am two")
    one.send("who?")
    two.send("who?")
    assert (two.wait().text, one.wait().text) == ("I am two", "I am one")


@pytest.mark.parametrize(
    "start",
    [
        ["claude", "-p", "hello"],
        ["env", "-i", "{shim}", "-p", "hello"],
        ["bash", "-lc", "claude -p hello"],
        ["sh", "-c", "mkdir away && HOME=$PWD/away && export HOME && cd / && claude -p hello"],
    ],
    ids=["by name", "with an empty environment", "from a login shell", "with another home"],
)
def test_the_agent_is_found_however_it_is_started(agent_sandbox: AgentSandbox, start: list[str]) -> None:
    agent_sandbox.script.reply("found")
    shim = str(agent_sandbox.root / "bin" / "claude")
    done = agent_sandbox.run([word.format(shim=shim) for word in start])
    assert (done.returncode, done.stdout) == (0, "found\n"), done.stderr
    (launch,) = agent_sandbox.launches
    assert (launch.name, launch.prompt, launch.argv[1:]) == ("claude", "hello", ("-p", "hello"))


@pytest.mark.parametrize("name", ["claude", "codex", "gemini", "opencode", "pi", "cursor-agent"])
def test_every_agent_is_on_the_path(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply("here")
    headless = "exec" if name == "codex" else "-p"
    assert agent_sandbox.run([name, headless, "where?"]).stdout == "here\n"
    assert agent_sandbox.launches[0].name == name


def test_an_agent_that_a_program_keeps_in_tmux_answers(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("ping").reply("pong")
    hub = (
        "tmux new-session -d -s hub claude; "
        "until tmux capture-pane -pt hub | grep -q 'for shortcuts'; do :; done; "
        "tmux send-keys -t hub ping Enter; "
        "until tmux capture-pane -pt hub | grep pong; do :; done"
    )
    done = agent_sandbox.run(["sh", "-c", hub])
    assert "pong" in done.stdout
    assert agent_sandbox.tmux.has_session("hub")


def test_python_means_the_python_of_the_tests(agent_sandbox: AgentSandbox) -> None:
    done = agent_sandbox.run(["python", "-c", "import sys; print(sys.version)"])
    assert done.stdout.strip() == sys.version


def test_an_agents_own_tools_find_agents(agent: AgentSession) -> None:
    agent.sandbox.script.reply("from below")
    agent.script.reply(tool.shell("claude -p help")).reply("Done.")
    assert str(agent.ask("delegate").tool_calls[0].output).strip() == "from below"


def test_status_and_output_of_a_program_are_its_own(agent_sandbox: AgentSandbox) -> None:
    done = agent_sandbox.run(["sh", "-c", "echo out; echo err >&2; exit 7"], env={"X": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert agent_sandbox.run(["sh", "-c", "kill -TERM $$"]).returncode == -15


def test_a_program_runs_in_the_workdir_with_the_environment_it_is_given(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.workdir / "sub").mkdir()
    done = agent_sandbox.run(["sh", "-c", "pwd; echo $X; git status -s"], cwd="sub", env={"X": "1"})
    assert done.stdout.splitlines()[:2] == [str(agent_sandbox.workdir / "sub"), "1"]
    assert done.stderr == ""


def test_children_left_behind_do_not_hold_the_program_up(agent_sandbox: AgentSandbox) -> None:
    assert agent_sandbox.run(["sh", "-c", "sleep 300 & echo done"]).stdout == "done\n"


def test_a_program_that_goes_on_is_ended_and_told(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(WaitTimeout, match=r"did not end within 0\.2 s"):
        agent_sandbox.run(["sleep", "300"], timeout=0.2)


def test_an_unscripted_prompt_of_a_program_fails_the_test_at_once(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("review").reply("LGTM")
    with pytest.raises(UnscriptedPrompt, match=r"(?s)deploy.*review"):
        agent_sandbox.run(["sh", "-c", "claude -p deploy; sleep 300"], timeout=60)


def test_a_scripted_failure_is_the_programs_to_handle(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(fail(400))
    assert agent_sandbox.run(["claude", "-p", "hi"]).returncode == 1


@pytest.mark.parametrize("argv", [[], ["no-such-program"], ["/no/such/program"]], ids=repr)
def test_what_cannot_be_started_is_refused(agent_sandbox: AgentSandbox, argv: list[str]) -> None:
    with pytest.raises(Misuse, match=r"empty command|could not be started"):
        agent_sandbox.run(argv)


def test_a_command_line_in_one_text_is_refused(agent_sandbox: AgentSandbox) -> None:
    with pytest.raises(Misuse, match=r"takes a list.*'claude', '-p', 'hi'"):
        agent_sandbox.run("claude -p hi")


@pytest.mark.parametrize(
    ("argv", "env"), [(["true", "a\0b"], {}), (["true"], {"A=B": ""}), (["true"], {"": ""})]
)
def test_what_no_program_can_be_given_is_refused_and_the_sandbox_lives_on(
    agent_sandbox: AgentSandbox, argv: list[str], env: dict[str, str]
) -> None:
    with pytest.raises(Misuse, match="could not be started"):
        agent_sandbox.run(argv, env=env)
    assert agent_sandbox.run(["true"]).returncode == 0


def test_a_folder_is_copied_into_the_workdir(agent: AgentSession) -> None:
    assert (agent.workdir / "README.txt").read_text() == "A small program.\n"


@pytest.fixture
def agent_options(request: pytest.FixtureRequest) -> dict[str, object]:
    if request.function is test_a_folder_is_copied_into_the_workdir:
        return {"workdir_from": Path(__file__).parent.parent / "examples" / "regression" / "project"}
    return {}


def test_the_server_of_our_agents_can_be_had_before_any_agent(
    agent_tmux: Server, launch_agent: Launcher
) -> None:
    agent = launch_agent()
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"
    assert agent.key in [window.name for window in agent_tmux.windows]


def test_the_server_of_our_agents_has_a_window_for_each(agent: AgentSession, agent_tmux: Server) -> None:
    assert [window.name for window in agent_tmux.windows] == [agent.key]


def test_a_sandbox_that_cannot_be_closed_keeps_no_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_close() -> None:
        raise OSError("no tmux")

    slots = Slots(tmp_path / "live", most=1)
    sandbox = AgentSandbox.open(rung=ScriptedRung(clis=Clis({}), slots=slots))
    sandbox.take_slot()
    with monkeypatch.context() as broken:
        broken.setattr(sandbox.agent_server, "close", fail_to_close)
        with pytest.raises(OSError, match="no tmux"):
            sandbox.close()
    slot = slots.take_free()
    sandbox.close()
    assert slot is not None
    slot.give_back()
