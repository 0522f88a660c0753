"""Without a terminal: `run_headless`, and the command lines of programs, with their output and exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, Completed, fail, say, tool
from tests.contract.headless_shapes import ANSWERED, EXEC_ITEMS, INIT, LATER, LINES, PARTIAL, RESULT, SPOKEN

pytestmark = pytest.mark.agent("claude", "codex")

COMMANDS = {
    "claude": ["claude", "-p", "--verbose", "--output-format", "stream-json"],
    "codex": ["codex", "exec", "--skip-git-repo-check", "--json"],
}
# Starts a command, interrupts it when a line that it prints has the word, and tells how it ended.
INTERRUPTS = """
import signal, subprocess, sys
word, *command = sys.argv[1:]
running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
for line in running.stdout:
    print(line, end="")
    if word in line:
        running.send_signal(signal.SIGINT)
        break
print(running.stdout.read(), "ended with ", running.wait(), sep="")
"""
INTERRUPTED = {
    "claude": ("first line", [*COMMANDS["claude"], "--include-partial-messages"], 0),
    "codex": ('"status":"completed"', COMMANDS["codex"], 1),
}


@pytest.fixture
def name(_agent_name: str) -> str:
    return _agent_name


def lines_of(done: Completed) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def kind_of(line: Mapping[str, Any]) -> str:
    item = line.get("item", {})
    return " ".join(filter(None, (line["type"], line.get("subtype"), item.get("type"), item.get("status"))))


def has_shape(line: Mapping[str, Any], known: set[str]) -> None:
    assert set(line) >= known
    assert set(line) - known <= LATER


# -- run_headless ---------------------------------------------------------------------------------------


def test_a_prompt_is_answered_without_a_terminal(agent: AgentSession) -> None:
    agent.script.reply(say("Let me."), tool.shell("echo hi > made")).reply(say("Done."))
    turn = agent.run_headless("Do it")
    assert turn.text == "Done."
    assert turn.stop_reason == "end_turn"
    assert turn.prompts == ("Do it",)
    assert [call.kind for call in turn.tool_calls] == ["shell"]
    assert not turn.tool_calls[0].is_error
    assert turn.files.created == {"made"}
    assert agent.script.requests[0].prompt == "Do it"
    assert agent.turns == ()


def test_a_conversation_goes_on_by_its_id_and_as_the_last_one(agent: AgentSession) -> None:
    for number in range(3):
        agent.script.reply(say(f"answer {number}"))
    assert agent.run_headless("question 0").text == "answer 0"
    (session,) = agent.sessions()
    assert agent.run_headless("question 1", resume=session.id).text == "answer 1"
    assert agent.run_headless("question 2", resume=True).text == "answer 2"
    assert [known.id for known in agent.sessions()] == [session.id]
    assert [request.prompt for request in agent.script.requests] == [f"question {n}" for n in range(3)]


def test_an_error_of_the_model_fails_the_turn(agent: AgentSession) -> None:
    agent.script.reply(fail(400, "no good"))
    turn = agent.run_headless("Do it")
    assert turn.stop_reason == "failed"
    assert turn.error is not None
    assert "no good" in turn.error.message
    assert turn.error.status == 400


@pytest.mark.agent("claude", "codex", permissions="ask")
def test_nobody_is_there_to_allow_anything(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch made")).reply(say("I may not."))
    turn = agent.run_headless("Make it")
    assert turn.text == "I may not."
    assert turn.stop_reason == "end_turn"
    # Codex prints nothing of a call that it refused.
    assert [call.is_error for call in turn.tool_calls] == ([] if agent.name == "codex" else [True])
    assert not turn.files


# -- the command lines of programs ----------------------------------------------------------------------


def test_the_lines_of_a_run_have_this_shape(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("Let me."), tool.shell("echo hi")).reply(say("Done."))
    done = agent_sandbox.run([*COMMANDS[name], "Do it"])
    assert done.returncode == 0
    lines = lines_of(done)
    assert [kind_of(line) for line in lines] == LINES[name]["done"]
    if name == "claude":
        has_shape(lines[0], INIT)
        for line in lines[1:-1]:
            has_shape(line, SPOKEN[line["type"]])
        has_shape(lines[-1], RESULT | ANSWERED)
        assert (lines[-1]["result"], lines[-1]["num_turns"], lines[-1]["is_error"]) == ("Done.", 2, False)
    else:
        assert all(set(line["item"]) == EXEC_ITEMS[line["item"]["type"]] for line in lines if "item" in line)
        assert lines[-2]["item"]["text"] == "Done."
        assert set(lines[-1]["usage"]) == EXEC_ITEMS["usage"]


def test_an_answer_is_printed_as_text(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("Let me."), tool.shell("echo hi")).reply(say("Done.\n", "Really."))
    command = ["claude", "-p"] if name == "claude" else ["codex", "exec", "--skip-git-repo-check"]
    done = agent_sandbox.run([*command, "Do it"])
    assert done.returncode == 0
    assert done.stdout == "Done.\nReally.\n"


@pytest.mark.agent("claude")
def test_the_answer_of_claude_is_one_object(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(say("Done."))
    done = agent_sandbox.run(["claude", "-p", "--output-format", "json", "Do it"])
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert (result["type"], result["result"], result["terminal_reason"]) == ("result", "Done.", "completed")
    assert set(result) >= RESULT


def test_a_prompt_comes_from_the_input(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(say("Done."))
    words = " ".join(COMMANDS[name])
    done = agent_sandbox.run(["sh", "-c", f"printf 'Do it\\nwell' | {words}"])
    assert done.returncode == 0
    assert [kind_of(line) for line in lines_of(done)] == LINES[name]["said"]
    assert agent_sandbox.script.requests[0].prompt == "Do it\nwell"


@pytest.mark.agent("claude")
def test_claude_reads_a_file_from_its_beginning_whoever_has_read_from_it(agent_sandbox: AgentSandbox) -> None:
    (agent_sandbox.workdir / "prompt").write_text("first\nsecond\n")
    agent_sandbox.script.reply(lambda request: repr(request.prompt))
    done = agent_sandbox.run(["bash", "-c", "exec < prompt; read line; exec claude --print"])
    assert done.stdout == "'first\\nsecond\\n'\n"


def test_a_run_that_failed_says_so_and_exits_with_1(agent_sandbox: AgentSandbox, name: str) -> None:
    agent_sandbox.script.reply(fail(400, "no good"))
    done = agent_sandbox.run([*COMMANDS[name], "Do it"])
    assert done.returncode == 1
    lines = lines_of(done)
    assert [kind_of(line) for line in lines] == LINES[name]["failed"]
    assert "no good" in json.dumps(lines[-1])
    if name == "claude":
        assert (lines[-1]["is_error"], lines[-1]["api_error_status"]) == (True, 400)


@pytest.mark.agent("claude")
def test_a_call_that_nobody_allows_is_told_as_denied(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("touch made")).reply(say("I may not."))
    done = agent_sandbox.run([*COMMANDS["claude"], "Make it"])
    assert done.returncode == 0
    result = lines_of(done)[-1]
    assert [denied["tool_input"]["command"] for denied in result["permission_denials"]] == ["touch made"]
    assert not (agent_sandbox.workdir / "made").exists()


@pytest.mark.agent("claude")
def test_claude_stops_after_the_turns_that_it_may_take(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("echo hi"))
    done = agent_sandbox.run([*COMMANDS["claude"], "--max-turns", "1", "Do it"])
    assert done.returncode == 1
    result = lines_of(done)[-1]
    has_shape(result, RESULT | {"errors"})
    assert (result["subtype"], result["terminal_reason"]) == ("error_max_turns", "max_turns")
    assert result["errors"] == ["Reached maximum number of turns (1)"]


SCHEMA = json.dumps({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})


@pytest.mark.agent("claude")
def test_claude_answers_by_a_schema(agent_sandbox: AgentSandbox) -> None:
    script = agent_sandbox.script
    script.reply(say("It is b."))
    script.reply(tool.call("StructuredOutput", a=1)).reply(tool.call("StructuredOutput", a="b"))
    done = agent_sandbox.run([*COMMANDS["claude"], "--json-schema", SCHEMA, "Do it"])
    *_, result = lines_of(done)
    assert (result["structured_output"], result["result"]) == ({"a": "b"}, '{"a":"b"}')
    assert (result["stop_reason"], result["num_turns"]) == ("tool_use", 4)
    (wrong,) = script.requests[2].results
    assert wrong.output == "Output does not match required schema: /a: must be string"
    assert len([line for line in lines_of(done) if line.get("isSynthetic")]) == 1


@pytest.mark.agent("claude")
def test_claude_stops_when_its_budget_is_spent(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.reply(tool.shell("echo hi > made"))
    command = [*COMMANDS["claude"], "--dangerously-skip-permissions", "--max-budget-usd", "0.000001"]
    done = agent_sandbox.run([*command, "Do it"])
    *_, result = lines_of(done)
    assert (done.returncode, result["subtype"]) == (1, "error_max_budget_usd")
    assert result["errors"] == ["Reached maximum budget ($0.000001)"]
    assert not (agent_sandbox.workdir / "made").exists()


def test_a_run_that_is_interrupted_ends(agent_sandbox: AgentSandbox, name: str) -> None:
    word, command, status = INTERRUPTED[name]
    agent_sandbox.script.reply(say("Let me."), tool.shell("true"))
    agent_sandbox.script.reply(say("first line\n", "never").hold(after_characters=11))
    done = agent_sandbox.run([sys.executable, "-c", INTERRUPTS, word, *command, "Do it"])
    *printed, ended = done.stdout.splitlines()
    kinds = [kind_of(json.loads(line)) for line in printed]
    assert [kind for kind in kinds if kind not in PARTIAL] == LINES[name]["interrupted"]
    assert ended == f"ended with {status}"


def test_a_conversation_that_is_not_there_is_an_error(agent_sandbox: AgentSandbox, name: str) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    resume = ["--resume", unknown] if name == "claude" else ["resume", unknown]
    command = ["claude", "-p"] if name == "claude" else ["codex", "exec", "--skip-git-repo-check"]
    done = agent_sandbox.run([*command, *resume, "Go on"])
    assert done.returncode == 1
    assert unknown in done.stdout + done.stderr
    assert not agent_sandbox.script.requests
