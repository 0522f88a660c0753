"""The same generated conversations in the stub's face and on the real CLI, compared event by event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, note, settings

from pytest_tmuxagent import AgentSession, open_sandbox
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import AgentBlocked
from pytest_tmuxagent.standalone import Rung
from pytest_tmuxagent.strategies import ScriptedTurn, conversations
from pytest_tmuxagent.turn import Turn
from tests.contract.exceptions import EXCEPTIONS
from tests.contract.runs import require_cli
from tests.contract.shapes import CLAUDE_HOOKS
from tests.contract.test_records import in_order, kind_of, told

Told = Mapping[str, Any]

# A difference is not made smaller: a step on the real CLI takes seconds.
live = settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.fixture(params=[pytest.param("scripted", marks=pytest.mark.agent(rung="scripted"))], autouse=True)
def rung(request: pytest.FixtureRequest) -> str:
    """Both bodies live in each test."""
    return str(request.param)


@pytest.fixture(scope="module")
def claude(request: pytest.FixtureRequest) -> Path:
    return require_cli("claude", request.config)


def read(path: Path) -> list[Told]:
    """Read JSON lines: a line may hold what Unicode calls the end of one."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def without_first_prompt(records: list[Told]) -> list[Told]:
    """Leave out what the real one may begin with."""
    return records[1:] if records and records[0]["type"] == "last-prompt" else records


def each_batch_sorted(hooks: Iterable[str]) -> list[str]:
    """Sort what is told of the calls of one answer, which the real one may make at the same time."""
    batches = groupby(hooks, key=lambda hook: hook.startswith(("PreToolUse", "PostToolUse")))
    return [hook for is_batch, told_of in batches for hook in (sorted(told_of) if is_batch else told_of)]


def lived(story: tuple[ScriptedTurn, ...], *, permissions: Permissions, rung: Rung, cli: Path) -> Told:
    """Give all that a body tells of a conversation, without what is its own: places, times, names."""
    clis = {"claude": str(cli)} if rung == "scripted" else {}
    with open_sandbox(rung=rung, clis=clis, permissions=permissions) as sandbox:
        log = sandbox.root / "hooks.jsonl"
        command = f"printf '%s\\n' \"$(cat)\" >> {log}"
        hooks = {name: [{"hooks": [{"type": "command", "command": command}]}] for name in CLAUDE_HOOKS}
        agent = sandbox.launch("claude", arguments=["--settings", json.dumps({"hooks": hooks})])
        turns = [played(agent, scripted) for scripted in story]
        assert agent.transcript is not None
        path = agent.transcript.path
        assert path is not None
        agent.press("C-c")
        agent.wait_for_text("Press Ctrl-C again to exit")
        agent.press("C-c")
        agent.wait_until(lambda: agent.state == "exited")
        place = re.compile(re.escape(str(sandbox.root)))
        return {
            "turns": [json.loads(place.sub("ROOT", json.dumps(turn))) for turn in turns],
            "requests": [
                (asked.prompts, len(asked.results), [bool(it.is_error) for it in asked.results])
                for asked in agent.script.requests
            ],
            "hooks": each_batch_sorted(
                told(it) for it in read(log) if f"hook {it['hook_event_name']}" not in EXCEPTIONS["claude"]
            ),
            "records": [
                kind_of(it)
                for it in without_first_prompt(in_order(read(path)))
                if f"record {it['type']}" not in EXCEPTIONS["claude"]
            ],
        }


def played(agent: AgentSession, scripted: ScriptedTurn) -> Told:
    """Play one turn, and answer its dialogs."""
    for reply in scripted.replies:
        agent.script.reply(*reply.parts)
    decisions = list(scripted.decisions)
    agent.send(scripted.prompt)
    while True:
        try:
            return told_of(agent.wait())
        except AgentBlocked as blocked:
            request = blocked.request
            request.allow() if not decisions or decisions.pop(0) == "allow" else request.deny()


def told_of(turn: Turn) -> Told:
    """Give what a turn says of itself."""
    return {
        "prompts": turn.prompts,
        "text": turn.text,
        "stop_reason": turn.stop_reason,
        "calls": [[call.kind, bool(call.is_error), call.exit_code, call.output] for call in turn.tool_calls],
        "permissions": len(turn.permissions),
        "files": [sorted(turn.files.created), sorted(turn.files.modified), sorted(turn.files.deleted)],
        "error": turn.error is not None,
    }


def compare(story: tuple[ScriptedTurn, ...], *, permissions: Permissions, cli: Path) -> None:
    stub = lived(story, permissions=permissions, rung="stub", cli=cli)
    real = lived(story, permissions=permissions, rung="scripted", cli=cli)
    for part in real:
        note(f"{part} of the real one: {real[part]}")
        assert stub[part] == real[part], part


@pytest.mark.agent("claude")
@live
@given(story=conversations(agent="claude", max_turns=3))
def test_the_face_of_claude_lives_as_the_real_one_does(claude: Path, story: tuple[ScriptedTurn, ...]) -> None:
    compare(story, permissions="allow", cli=claude)


@pytest.mark.agent("claude")
@live
@given(story=conversations(agent="claude", permissions="ask", max_turns=2))
def test_the_face_of_claude_asks_as_the_real_one_does(claude: Path, story: tuple[ScriptedTurn, ...]) -> None:
    compare(story, permissions="ask", cli=claude)
