"""What reached the agents of programs, to the byte, and how."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, crash, fail, say
from tests.schedules import HEARS_EVERY_ENTER

SENDER = Path(__file__).parent / "faulty" / "sender.py"
HEADLESS = {"claude": "claude -p", "codex": "codex exec --skip-git-repo-check"}
NASTY = "-x  tab\there; \"quotes\" 'and' $HOME `id` \\ ünïcödé 漢字 👩‍👩‍👧\n\n  indented;"


def received(sandbox: AgentSandbox) -> list[tuple[str, str]]:
    return [(prompt.text, prompt.how) for prompt in sandbox.prompts]


@pytest.mark.usefixtures("rung")
@pytest.mark.parametrize("name", HEADLESS)
def test_a_prompt_on_the_command_line_is_exact(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("ok"))
    words = shlex.split(HEADLESS[name])
    assert agent_sandbox.run([*words, "--", NASTY]).returncode == 0
    assert received(agent_sandbox) == [(NASTY, "argv")]
    (prompt,) = agent_sandbox.prompts
    assert prompt.launch == agent_sandbox.launches[0]


@pytest.mark.usefixtures("rung")
@pytest.mark.parametrize("name", HEADLESS)
def test_a_prompt_on_stdin_is_exact(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("ok"))
    (agent_sandbox.workdir / "prompt").write_text(NASTY, encoding="utf-8")
    agent_sandbox.run(["sh", "-c", f"{HEADLESS[name]} < prompt"])
    assert received(agent_sandbox) == [(NASTY, "stdin")]


@pytest.mark.usefixtures("rung")
def test_a_prompt_that_is_tried_again_is_received_once(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(fail(529)).reply(say("ok"))
    agent_sandbox.run(["claude", "-p", "Once"])
    assert received(agent_sandbox) == [("Once", "argv")]
    agent_sandbox.assert_prompts_delivered_once("Once")


@pytest.mark.usefixtures("rung")
def test_two_agents_that_get_the_same_are_two(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("Same").reply(say("ok")).reply(say("ok"))
    agent_sandbox.run(["sh", "-c", "claude -p Same; claude -p Same"])
    one, two = agent_sandbox.prompts
    assert one.launch is not None
    assert two.launch is not None
    assert one.launch.pid != two.launch.pid
    with pytest.raises(AssertionError, match="'Same' arrived 2 times"):
        agent_sandbox.assert_prompts_delivered_once()
    agent_sandbox.assert_prompts_delivered_once("Same", "Same")


@HEARS_EVERY_ENTER
@pytest.mark.parametrize("way", ["exactly", "as_an_argument"])
def test_a_prompt_in_the_terminal_is_exact(agent_sandbox: AgentSandbox, rung: str, way: str) -> None:
    text = "Find -x and \"y\" in 'z' (ünïcödé 漢字)"
    agent_sandbox.script.reply(say("heard"))
    agent_sandbox.run([sys.executable, SENDER, way, text, "heard"])
    how = "terminal" if rung == "scripted" else {"exactly": "paste", "as_an_argument": "keys"}[way]
    assert received(agent_sandbox) == [(text, how)]


@HEARS_EVERY_ENTER
def test_a_large_paste_is_received_in_full(agent_sandbox: AgentSandbox, rung: str) -> None:
    text = "\n".join(f"line {number} of a large prompt" for number in range(1000 if rung == "stub" else 60))
    agent_sandbox.script.reply(say("heard"))
    agent_sandbox.run([sys.executable, SENDER, "exactly", text, "heard"])
    assert [prompt.text for prompt in agent_sandbox.prompts] == [text]


def test_a_megabyte_on_stdin_is_received_in_full(agent_sandbox: AgentSandbox) -> None:
    text = "0123456789abcde\n" * 65536
    (agent_sandbox.workdir / "prompt").write_text(text)
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["sh", "-c", "claude -p < prompt"])
    assert received(agent_sandbox) == [(text, "stdin")]


def test_bytes_that_are_no_text_are_received_as_the_cli_reads_them(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.workdir / "prompt").write_bytes(b"a \xff b")
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["sh", "-c", "claude -p < prompt"])
    assert received(agent_sandbox) == [("a � b", "stdin")]


def test_each_message_of_a_stream_is_a_prompt(agent_sandbox: AgentSandbox) -> None:
    line = '{"type":"user","message":{"role":"user","content":"%s"}}\\n'
    agent_sandbox.script.when("one").reply(say("1"))
    agent_sandbox.script.when("two").reply(say("2"))
    stream = "claude -p --verbose --input-format stream-json --output-format stream-json"
    agent_sandbox.run(["sh", "-c", f"printf '{line % 'one'}{line % 'two'}' | {stream}"])
    assert received(agent_sandbox) == [("one", "stdin"), ("two", "stdin")]


def test_a_slash_command_is_received_and_is_nothing_that_was_to_be_delivered(
    agent_sandbox: AgentSandbox,
) -> None:
    agent_sandbox.run([sys.executable, SENDER, "exactly", "/clear", "❯"])
    agent_sandbox.wait_until(lambda: agent_sandbox.prompts, what="the command")
    (prompt,) = agent_sandbox.prompts
    assert (prompt.text, prompt.is_command) == ("/clear", True)
    agent_sandbox.assert_prompts_delivered_once()


def test_a_prompt_that_kills_the_agent_was_received(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(crash(signal="SIGKILL"))
    agent_sandbox.run(["claude", "-p", "Crash"])
    assert received(agent_sandbox) == [("Crash", "argv")]


@pytest.mark.usefixtures("rung")
def test_what_the_test_asks_its_own_agent_is_no_programs_prompt(
    agent: AgentSession, agent_sandbox: AgentSandbox
) -> None:
    agent.script.reply(say("ok"))
    agent.ask("of the test")
    assert agent_sandbox.prompts == ()
    agent_sandbox.script.reply(say("ok"))
    agent_sandbox.run(["claude", "-p", "of a program"])
    assert received(agent_sandbox) == [("of a program", "argv")]
