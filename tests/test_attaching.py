"""Attaching to agents that programs started in tmux, on the stub: which, how often, and what it changes."""

from __future__ import annotations

import sys

import pytest

from pytest_tmuxagent import AgentSandbox, say, tool
from pytest_tmuxagent.errors import (
    AgentExited,
    NothingToInterrupt,
    NotSupported,
    ScriptMismatch,
    TurnTimeout,
    WaitTimeout,
)
from pytest_tmuxagent.launcher import Launcher

_SESSION = ("tmux", "new-session", "-d", "-x", "100", "-y", "30")
_PLUGINS = ("-p", "pytest_tmuxagent.plugin", "-p", "no:cacheprovider")


def start(sandbox: AgentSandbox, *words: str, session: str = "mine") -> None:
    sandbox.run([*_SESSION, "-s", session, *words])


def asked(sandbox: AgentSandbox, *words: str) -> str:
    return sandbox.run(["tmux", *words]).stdout.strip()


def test_agents_stand_in_the_order_of_their_launches_each_with_one_session(
    agent_sandbox: AgentSandbox,
) -> None:
    for session, name in (("b", "claude"), ("a", "codex")):
        start(agent_sandbox, name, session=session)
        agent_sandbox.wait_for_agent(name)
    first, second = agent_sandbox.agents
    assert (first.name, second.name) == ("claude", "codex")
    assert agent_sandbox.agents[0] is first


def test_an_agent_that_starts_without_a_prompt_has_nothing_to_interrupt(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.cli("claude").start_slowly(0.3)
    start(agent_sandbox, "claude")
    with pytest.raises(NothingToInterrupt):
        agent_sandbox.wait_for_agent().interrupt()


def test_two_agents_in_the_panes_of_one_window_are_told_apart(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("one").reply(say("First."))
    agent_sandbox.script.when("two").reply(say("Second."))
    start(agent_sandbox, "claude", "one")
    first = agent_sandbox.wait_for_agent()
    agent_sandbox.run(["tmux", "split-window", "-d", "-t", "=mine:", "claude", "two"])
    second = agent_sandbox.wait_for_agent()
    assert (first.wait().text, second.wait().text) == ("First.", "Second.")
    assert "Second." not in first.screen


def test_an_agent_without_a_terminal_is_none(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply("hi").reply("hi")
    agent_sandbox.run(["claude", "-p", "hello"])
    start(agent_sandbox, "sh", "-c", "claude -p again | tee said; read word")
    agent_sandbox.wait_for_file("said")
    assert len(agent_sandbox.launches) == 2
    assert agent_sandbox.agents == ()


def test_one_that_only_prints_in_a_pane_is_none(agent_sandbox: AgentSandbox) -> None:
    held = agent_sandbox.script.reply(say("Half\n", "way").hold(after_characters=5))
    start(agent_sandbox, "claude", "-p", "hello")
    agent_sandbox.run([sys.executable, "-c", ""])
    with pytest.raises(WaitTimeout, match="an agent"):
        agent_sandbox.wait_for_agent(timeout=0.3)
    held.release()


def test_the_agents_that_the_test_launched_are_none(
    agent_sandbox: AgentSandbox, launch_agent: Launcher
) -> None:
    launch_agent("claude")
    assert agent_sandbox.agents == ()


def test_each_call_waits_for_another_agent(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude")
    start(agent_sandbox, "codex", session="other")
    codex = agent_sandbox.wait_for_agent("codex")
    claude = agent_sandbox.wait_for_agent()
    assert (codex.name, claude.name) == ("codex", "claude")
    with pytest.raises(WaitTimeout, match="an agent"):
        agent_sandbox.wait_for_agent(timeout=0.05)


@pytest.mark.parametrize("server", [("-L", "side"), ("-S", "side.sock")])
def test_an_agent_in_a_tmux_server_of_the_programs_own_is_found(
    agent_sandbox: AgentSandbox, server: tuple[str, str]
) -> None:
    agent_sandbox.script.reply(say("Done."))
    agent_sandbox.run(["tmux", *server, "new-session", "-d", "claude", "go"])
    assert agent_sandbox.wait_for_agent().wait().text == "Done."


@pytest.mark.parametrize("name", ["gemini", "opencode", "pi", "cursor-agent"])
def test_the_other_agents_are_attached_to_as_well(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("First.")).reply(say("Second."))
    start(agent_sandbox, name)
    agent = agent_sandbox.wait_for_agent(name)
    assert agent.ask("one").text == "First."
    assert agent.ask("two").text == "Second."
    assert [turn.prompt for turn in agent.turns] == ["one", "two"]


def test_attaching_changes_nothing_that_a_program_sees_of_its_session(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude")
    agent_sandbox.run(["tmux", "split-window", "-t", "=mine:", "cat"])
    agent_sandbox.run(["tmux", "set-environment", "-t", "mine", "DISPLAY", "theirs"])
    agent_sandbox.run(["tmux", "rename-window", "-t", "=mine:", "both"])  # Else tmux does so, some time.
    questions = [
        (
            "list-panes",
            "-a",
            "-F",
            "#{session_name} #{window_name} #{pane_id} #{pane_width} #{pane_active}",
        ),
        ("show-options", "-t", "mine"),
        ("show-options", "-w", "-t", "mine:"),
        ("show-options", "-g"),
        ("show-hooks", "-g"),
        ("show-environment", "-t", "mine"),
        ("list-buffers",),
    ]
    before = [asked(agent_sandbox, *question) for question in questions]
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    agent_sandbox.script.reply(say("Done."))
    agent.ask("a prompt\nof two lines")
    assert [asked(agent_sandbox, *question) for question in questions] == before


def test_closing_lets_go_of_an_agent_that_goes_on(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude")
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    agent.close()
    agent.close()
    with pytest.raises(AgentExited, match="close"):
        agent.ask("anything")
    assert agent_sandbox.launches[0].is_running
    assert agent_sandbox.agents == (agent,)


def test_what_is_not_ours_to_start_is_not_started(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude")
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    with pytest.raises(NotSupported, match="a program under test started it"):
        agent.restart()
    with pytest.raises(NotSupported, match="a program under test started it"):
        agent.run_headless("hello")


def test_an_agent_from_whom_we_were_detached_is_found_again(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("Done."))
    start(agent_sandbox, "claude")
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    before = asked(agent_sandbox, "list-clients", "-F", "#{client_name}")
    agent_sandbox.run(["tmux", "detach-client", "-s", "mine"])
    agent.wait_until(lambda: asked(agent_sandbox, "list-clients", "-F", "#{client_name}") not in ("", before))
    assert agent.ask("x").text == "Done."


def test_a_wait_for_a_turn_that_nobody_began_ends_with_its_time(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude")
    agent = agent_sandbox.wait_for_agent()
    with pytest.raises(TurnTimeout):
        agent.wait(timeout=0.2)


def test_a_wait_tells_what_is_not_in_the_script(agent_sandbox: AgentSandbox) -> None:
    start(agent_sandbox, "claude", "unheard of")
    agent = agent_sandbox.wait_for_agent()
    with pytest.raises(ScriptMismatch, match="unheard of"):
        agent.wait()


def test_only_its_own_turns_are_those_of_an_agent_that_goes_on_with_a_conversation(
    agent_sandbox: AgentSandbox,
) -> None:
    agent_sandbox.script.reply(say("First.")).reply(say("Second."))
    start(agent_sandbox, "claude", "one", session="before")
    agent_sandbox.wait_for_agent().wait()
    agent_sandbox.run(["tmux", "kill-session", "-t", "=before"])
    start(agent_sandbox, "claude", "--continue")
    agent = agent_sandbox.wait_for_agent()
    assert agent.ask("two").text == "Second."
    assert [turn.prompt for turn in agent.turns] == ["two"]


def test_the_next_agent_in_a_pane_is_another_one(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("First.")).reply(say("Second."))
    start(agent_sandbox, "sh", "-c", "claude one; claude two; read word")
    first = agent_sandbox.wait_for_agent()
    first.wait()
    first.press("C-c")
    first.press("C-c")
    second = agent_sandbox.wait_for_agent()
    assert second.wait().text == "Second."
    assert first.state == "exited"
    assert first.pane.pane_id == second.pane.pane_id


def test_how_a_crashed_agent_ended_is_told(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("kill -9 $PPID"))
    start(agent_sandbox, "claude", "--dangerously-skip-permissions")
    agent = agent_sandbox.wait_for_agent()
    agent.send("go")
    with pytest.raises(AgentExited, match=r"SIGKILL|status unknown"):
        agent.wait()


@pytest.fixture
def no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without those of other people, which take most of the time that a run needs."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("no_other_plugins")
def test_the_report_of_a_failed_test_shows_the_agents_of_its_program(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_fails(agent_sandbox):
            agent_sandbox.script.reply("The answer\\n")
            agent_sandbox.run(["tmux", "new-session", "-d", "claude", "What is it?"])
            assert agent_sandbox.wait_for_agent().wait().text == "something else"
        """
    )
    result = pytester.runpytest_subprocess(*_PLUGINS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- agent claude (claude-1) -*",
            "turn 1: complete, 1 answers, prompt 'What is it?', end_turn by transcript",
            "*● The answer*",
            "attach: tmux -S *default attach -t %0",
        ]
    )
    (folder,) = (pytester.path / "agent-artifacts").glob("*test_fails")
    assert "The answer" in (folder / "claude-1" / "screen.txt").read_text()


@pytest.mark.usefixtures("no_other_plugins")
def test_the_report_shows_agents_that_the_test_never_looked_at(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_fails(agent_sandbox):
            agent_sandbox.script.reply("The answer\\n")
            agent_sandbox.run(["tmux", "new-session", "-d", "claude", "What is it?"])
            shown = lambda: agent_sandbox.run(["tmux", "capture-pane", "-p"]).stdout
            agent_sandbox.wait_until(lambda: "The answer" in shown(), timeout=60)
            assert not shown()
        """
    )
    result = pytester.runpytest_subprocess(*_PLUGINS)
    result.stdout.fnmatch_lines(["*- agent claude (claude-1) -*", "*● The answer*"])


@pytest.mark.agent(permissions="ask")
def test_an_agent_whose_pane_was_moved_to_another_session_is_still_seen(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("true")).reply(say("Done."))
    start(agent_sandbox, "cat")
    agent_sandbox.run(["tmux", "split-window", "-d", "-t", "=mine:", "claude"])
    agent = agent_sandbox.wait_for_agent()
    agent.await_ready()
    start(agent_sandbox, "cat", session="other")
    agent_sandbox.run(["tmux", "join-pane", "-d", "-s", str(agent.pane.pane_id), "-t", "=other:"])
    agent.send("go")
    agent.wait_for_permission().allow()
    assert agent.wait().text == "Done."
    assert "Done." in agent.screen
