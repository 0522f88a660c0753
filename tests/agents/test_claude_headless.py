"""The output of `claude --print` read into turns: captured from the real CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.headless import ClaudeOutput, arguments
from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import Event, Observation, PromptAccepted, Unrecognised
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.turn import FileChanges, Turn
from pytest_tmuxagent.turns import TurnMachine

CAPTURED = Path(__file__).parents[1] / "captured" / "claude"
FILES = sorted(CAPTURED.glob("*/headless/*.jsonl"))


def events_of(path: Path) -> list[Event]:
    output = ClaudeOutput()
    lines = path.read_text(encoding="utf-8").splitlines()
    return [*(event for line in lines for event in output.line(line)), *output.exited(0, "")]


def turn_of(events: list[Event]) -> Turn:
    machine = TurnMachine(keeps_record=False)
    for event in [PromptAccepted(prompt="go"), *events]:
        machine.observe(Observation(event=event, at=1.0, source="process"))
    (live,) = machine.turns
    return assemble(live, tools=ClaudeTools(), files=FileChanges(), screen=Screen())


def captured(name: str, *, version: str = "2.1.197") -> Turn:
    return turn_of(events_of(CAPTURED / version / "headless" / f"{name}.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_every_captured_run_is_understood(path: Path) -> None:
    events = events_of(path)
    assert [event for event in events if isinstance(event, Unrecognised)] == []
    assert turn_of(events).stop_reason in {
        "text": "end_turn", "tools": "end_turn", "denied": "end_turn", "err400": "failed",
        "err500": "failed", "refusal": "refusal", "maxturns": "max_turn_requests", "sigint": "cancelled",
    }[path.stem]  # fmt: skip


def test_an_answer_is_read_with_what_it_cost() -> None:
    turn = captured("text")
    assert (turn.text, turn.error) == ("hello there", None)
    assert (turn.usage.input_tokens, turn.usage.output_tokens) == (10, 7)


@pytest.mark.parametrize("version", ["2.1.197", "2.1.329"])
def test_calls_come_with_their_results(version: str) -> None:
    turn = captured("tools", version=version)
    write, shell = turn.tool_calls
    assert (write.kind, write.name, write.is_error) == ("write", "Write", False)
    assert write.input["content"] == "x\n"
    assert "created successfully" in str(write.output)
    assert (shell.input["command"], shell.is_error, shell.exit_code) == ("echo out; exit 3", True, 3)
    assert turn.text == "Done."
    assert (turn.usage.input_tokens, turn.usage.output_tokens) == (20, 14)


def test_what_was_not_permitted_is_told() -> None:
    turn = captured("denied")
    assert [(asked.name, asked.decision) for asked in turn.permissions] == [("Bash", "deny")]
    assert turn.tool_calls[0].is_error
    assert turn.text == "Denied."


@pytest.mark.parametrize(
    ("name", "status", "words"), [("err400", 400, "bad thing"), ("err500", 500, "broken")]
)
def test_an_error_of_the_model_is_told_with_its_status(name: str, status: int, words: str) -> None:
    error = captured(name).error
    assert error is not None
    assert (error.status, words in error.message) == (status, True)


def test_a_run_that_never_came_to_a_turn_has_none() -> None:
    line = json.dumps(
        {"type": "result", "subtype": "error_during_execution", "is_error": True, "stop_reason": None}
    )
    assert ClaudeOutput().line(line) == []


def test_what_is_not_understood_is_kept() -> None:
    output = ClaudeOutput()
    (unknown,) = output.line('{"type": "telepathy"}')
    (broken,) = output.line("Segmentation fault")
    assert isinstance(unknown, Unrecognised)
    assert isinstance(broken, Unrecognised)
    assert "Segmentation fault" in broken.what


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
LINES = [json.loads(line) for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]


@given(line=st.text(), record=st.sampled_from(LINES), key=st.text(), value=JSON, at=st.integers(0, 30))
def test_no_line_whatever_it_holds_raises(
    line: str,
    record: dict[str, Any],
    key: str,
    value: object,
    at: int,
) -> None:
    spoilt = json.loads(json.dumps(record))
    targets = [spoilt, *(inner for inner in spoilt.values() if isinstance(inner, dict))]
    target = targets[at % len(targets)]
    names = [*target, key]
    target[names[at % len(names)]] = value
    output = ClaudeOutput()
    for text in ('{"type": "system"}', line, json.dumps(spoilt), json.dumps(record)):
        output.line(text)
    output.exited(1, "")


@pytest.mark.parametrize(
    ("resume", "words"), [(False, []), (True, ["--continue"]), ("an-id", ["--resume", "an-id"])]
)
def test_the_prompt_is_the_last_word_and_no_option(resume: bool | str, words: list[str]) -> None:  # noqa: FBT001
    flags = ["--print", "--output-format", "stream-json", "--verbose"]
    assert [*arguments("-R", resume)] == [*flags, *words, "--", "-R"]
