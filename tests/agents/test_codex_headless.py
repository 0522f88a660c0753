"""Running Codex without a terminal: its command line, and the JSON lines that it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent import AgentSession
from pytest_tmuxagent.agents.codex.headless import CodexOutput, arguments
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import (
    Event,
    MessageSaid,
    Observation,
    ProcessExited,
    PromptAccepted,
    Unrecognised,
)
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.turn import Failure, FileChanges, Turn, Usage
from pytest_tmuxagent.turns import TurnMachine

CAPTURED = Path(__file__).parent.parent / "captured" / "codex" / "0.169.0" / "headless"


def read(name: str) -> Turn:
    machine, output = TurnMachine(keeps_record=False), CodexOutput()
    events: list[Event] = [PromptAccepted(prompt="p")]
    for line in (CAPTURED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        events += output.line(line)
    for event in (*events, *output.exited(0, ""), ProcessExited(status=0)):
        assert not isinstance(event, Unrecognised)
        machine.observe(Observation(event=event, at=0.0, source="process"))
    (live,) = machine.turns
    return assemble(live, tools=CodexTools(), files=FileChanges(), screen=Screen())


def test_an_answer_is_read() -> None:
    turn = read("text")
    assert (turn.text, turn.stop_reason, turn.usage) == (
        "hi",
        "end_turn",
        Usage(input_tokens=10, output_tokens=7),
    )


def test_calls_and_their_results_are_read() -> None:
    turn = read("tools")
    shell, write = turn.tool_calls
    assert (shell.kind, shell.input, shell.output) == ("shell", {"cmd": "echo q; exit 3"}, "q\n")
    assert (shell.exit_code, shell.is_error) == (3, True)
    assert (write.kind, write.is_error) == ("write", False)
    assert (turn.text, turn.usage.input_tokens) == ("All done with the tool.", 20)


def test_an_error_ends_the_turn() -> None:
    turn = read("failed")
    assert (turn.stop_reason, turn.error) == ("failed", Failure(message="bad", status=400))


@pytest.mark.parametrize(
    ("resume", "words"),
    [(False, []), (True, ["resume", "--last"]), ("s1", ["resume", "s1"])],
)
def test_the_prompt_is_no_option(resume: bool | str, words: list[str]) -> None:  # noqa: FBT001
    given_words = [*arguments("-x", resume)]
    assert given_words == ["exec", "--json", "--skip-git-repo-check", *words, "--", "-x"]


ITEMS = st.sampled_from(
    ["agent_message", "command_execution", "file_change", "mcp_tool_call", "todo_list", "new"]
)
KEYS = st.sampled_from(["id", "text", "command", "aggregated_output", "changes", "tool", "arguments"])
VALUES = st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text()))


@given(item=st.dictionaries(KEYS, VALUES), kind=ITEMS)
def test_no_item_raises(item: dict[str, Any], kind: str) -> None:
    CodexOutput().line(json.dumps({"type": "item.completed", "item": {"type": kind, **item}}))


@given(
    line=st.one_of(st.text(), st.sampled_from(['{"type":"turn.completed"}', '{"type":"turn.failed"}', "[]"]))
)
def test_no_line_raises(line: str) -> None:
    assert all(isinstance(event, Unrecognised) for event in CodexOutput().line(line))


THREAD = "01234567-89ab-cdef-0123-456789abcdef"


def usage(given: int, written: int) -> dict[str, int]:
    return {"input_tokens": given, "cached_input_tokens": 0, "output_tokens": written}


def rollout(folder: Path, *totals: dict[str, int] | None) -> Path:
    """The rollout of a thread, with what it had used up at several times."""
    file = folder / "2026" / f"rollout-2026-11-21T08-01-13-{THREAD}.jsonl"
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        for total in totals:
            told = None if total is None else {"total_token_usage": total}
            record = {"type": "event_msg", "payload": {"type": "token_count", "info": told}}
            opened.write(json.dumps(record) + "\n")
    return file


def used(output: CodexOutput, *, thread: str, total: dict[str, int]) -> Usage:
    """What a run says that it has used up, where the vendor tells that total."""
    output.line(json.dumps({"type": "thread.started", "thread_id": thread}))
    said, _end = output.line(json.dumps({"type": "turn.completed", "usage": total}))
    assert isinstance(said, MessageSaid)
    return said.usage


def test_a_run_that_goes_on_with_a_thread_has_used_up_what_is_its_own(tmp_path: Path) -> None:
    rollout(tmp_path, usage(10, 1), usage(30, 5), None)
    output = CodexOutput()
    output.goes_on(tmp_path)
    rollout(tmp_path, usage(70, 8))  # The run writes it, too.
    assert used(output, thread=THREAD, total=usage(70, 8)) == Usage(input_tokens=40, output_tokens=3)


@pytest.mark.parametrize("damage", ["no total", "torn", "gone", "another thread"])
def test_a_thread_whose_total_is_not_known_has_used_up_what_is_told(tmp_path: Path, damage: str) -> None:
    file = rollout(tmp_path, *([None] if damage == "no total" else [usage(30, 5)]))
    if damage == "torn":
        file.write_bytes(file.read_bytes()[:-9])
    output = CodexOutput()
    output.goes_on(tmp_path)
    if damage == "gone":
        file.unlink()
    thread = "another" if damage == "another thread" else THREAD
    assert used(output, thread=thread, total=usage(70, 8)) == Usage(input_tokens=70, output_tokens=8)


def test_a_total_below_that_of_before_is_the_turns_own(tmp_path: Path) -> None:
    rollout(tmp_path, usage(30, 5))
    output = CodexOutput()
    output.goes_on(tmp_path)
    assert used(output, thread=THREAD, total=usage(40, 3)) == Usage(input_tokens=40, output_tokens=3)


@pytest.mark.agent("claude", "codex")
def test_each_run_that_goes_on_has_the_usage_that_the_script_gave_it(agent: AgentSession) -> None:
    agent.script.reply("one two three").reply("four five").reply("six").reply("seven eight nine ten")
    runs = [agent.run_headless("go"), agent.run_headless("on", resume=True)]
    asked, conversation = agent.ask("and on"), agent.conversation
    agent.restart(resume=False)  # Codex refuses a thread that is open elsewhere.
    runs.append(agent.run_headless("further", resume=conversation or ""))
    spent = agent.sandbox.meter.spent
    usages = [turn.usage for turn in (*runs, asked)]
    assert sum(usage.output_tokens for usage in usages) == spent.output_tokens
    assert sum(usage.input_tokens for usage in usages) == spent.input_tokens


@pytest.mark.agent("codex")
def test_a_turn_after_a_restart_has_its_own_usage(agent: AgentSession) -> None:
    agent.script.reply("one two three").reply("four five")
    before = agent.ask("go").usage
    agent.restart(resume=True)
    after = agent.ask("on").usage
    assert before.output_tokens + after.output_tokens == agent.sandbox.meter.spent.output_tokens
