"""Running Codex without a terminal: its command line, and the JSON lines that it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex.headless import CodexOutput, arguments
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import Event, Observation, ProcessExited, PromptAccepted, Unrecognised
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
