"""The same generated conversations and stories in the stub's faces and on the real CLIs, event by event."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, note, settings

from pytest_tmuxagent import AgentSession, open_sandbox
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import AgentBlocked
from pytest_tmuxagent.machine import Story, steps, stories
from pytest_tmuxagent.machine.model import foresee
from pytest_tmuxagent.standalone import OwnSandbox, Rung
from pytest_tmuxagent.strategies import ScriptedTurn, conversations
from pytest_tmuxagent.turn import Turn
from tests.contract.codex_shapes import CODEX_HOOKS
from tests.contract.exceptions import EXCEPTIONS
from tests.contract.runs import require_cli
from tests.contract.shapes import CLAUDE_HOOKS, FACE, OF_THE_SESSION
from tests.contract.test_records import in_order, kind_of, leave, rolled, told, without_first_prompt

Told = Mapping[str, Any]

OTHER_LIVES = (steps.Crash, steps.KillServer, steps.Close, steps.Restart)
"""A story with one of these has more than one transcript, or none that is whole."""

# A difference is not made smaller: a step on the real CLI takes seconds.
live = settings(
    max_examples=4, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)


@pytest.fixture(params=[pytest.param("scripted", marks=pytest.mark.agent(rung="scripted"))], autouse=True)
def rung(request: pytest.FixtureRequest) -> str:
    """Both bodies live in each test."""
    return str(request.param)


@pytest.fixture(scope="module")
def claude(request: pytest.FixtureRequest) -> Path:
    return require_cli("claude", request.config)


@pytest.fixture(scope="module")
def codex(request: pytest.FixtureRequest) -> Path:
    return require_cli("codex", request.config)


def read(path: Path) -> list[Told]:
    """Read JSON lines: a line may hold what Unicode calls the end of one."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def each_batch_sorted(hooks: Iterable[str]) -> list[str]:
    """Sort what is told of the calls of one answer: they may be made, and hooks run, at the same time."""
    of_calls = ("PreToolUse", "PermissionRequest", "PostToolUse")
    batches = groupby(hooks, key=lambda hook: hook.startswith(of_calls))
    return [hook for is_batch, told_of in batches for hook in (sorted(told_of) if is_batch else told_of)]


def without_lone_end(hooks: list[str]) -> list[str]:
    """Leave out the end of a life without a turn: a real Codex that is left at once may not tell it."""
    return [] if hooks == ["SessionEnd"] else hooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a body lives: what it is, and whether it asks."""

    agent: str
    permissions: Permissions
    rung: Rung
    cli: Path


def launched(sandbox: OwnSandbox, stand: Stand, *, log: Path) -> AgentSession:
    """Launch an agent that tells all its hooks to the log."""
    command = f"printf '%s\\n' \"$(cat)\" >> {log}"
    names = CLAUDE_HOOKS if stand.agent == "claude" else CODEX_HOOKS
    hooks = {"hooks": {name: [{"hooks": [{"type": "command", "command": command}]}] for name in names}}
    if stand.agent == "claude":
        return sandbox.launch("claude", arguments=["--settings", json.dumps(hooks)])
    folder = sandbox.home / ".codex"
    folder.mkdir(exist_ok=True)
    (folder / "hooks.json").write_text(json.dumps(hooks), encoding="utf-8")
    return sandbox.launch("codex", arguments=["--dangerously-bypass-hook-trust"])


def lived(live: Callable[[AgentSession], list[Told]], stand: Stand) -> dict[str, Any]:
    """Give all that a body tells of its life, without what is its own: places, times, names."""
    clis = {stand.agent: str(stand.cli)} if stand.rung == "scripted" else {}
    with open_sandbox(rung=stand.rung, clis=clis, permissions=stand.permissions) as sandbox:
        log = sandbox.root / "hooks.jsonl"
        agent = launched(sandbox, stand, log=log)
        turns = live(agent)
        path = agent.transcript.path if agent.transcript else None
        leave(agent)
        place = re.compile(re.escape(str(sandbox.root)))
        hooks = read(log) if log.exists() else []
        return {
            "turns": [json.loads(place.sub("ROOT", json.dumps(turn))) for turn in turns],
            "requests": [
                (asked.prompts, len(asked.results), [bool(it.is_error) for it in asked.results])
                for asked in agent.script.requests
            ],
            "hooks": without_lone_end(
                each_batch_sorted(
                    told(it) for it in hooks if f"hook {it['hook_event_name']}" not in EXCEPTIONS[stand.agent]
                )
            ),
            "records": recorded(stand.agent, read(path) if path and path.exists() else []),
        }


def recorded(agent: str, records: list[Told]) -> list[str]:
    """Name the records of a transcript in their order."""
    if agent == "codex":
        return [rolled(record) for record in records]
    kinds = [
        kind_of(record)
        for record in without_first_prompt(in_order(records))
        if f"record {record['type']}" not in EXCEPTIONS["claude"] and record["type"] not in OF_THE_SESSION
    ]
    return [kind for kind in kinds if f"record {kind}" not in EXCEPTIONS["claude"]]


def played_through(story: Story, agent: AgentSession) -> list[Told]:
    """Play a story, and let nothing of it run on."""
    story.play(agent)
    now = story.beginning
    for step in story.steps:
        now = foresee(step, now).then
    if now.running is not None:
        agent.interrupt()
    agent.press("C-e", "C-u")
    return [told_of(turn) for turn in agent.turns]


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
        "calls": [
            [call.kind, bool(call.is_error), call.exit_code, timeless(call.output)]
            for call in turn.tool_calls
        ],
        "permissions": len(turn.permissions),
        "files": [sorted(turn.files.created), sorted(turn.files.modified), sorted(turn.files.deleted)],
        "error": turn.error is not None,
    }


def compare(live: Callable[[AgentSession], list[Told]], stand: Stand) -> None:
    stub = lived(live, replace(stand, rung="stub"))
    real = lived(live, stand)
    if stand.agent == "claude" and version_of(stand.cli) != FACE:
        del real["records"]
    for part in real:
        note(f"{part} of the real one: {real[part]}")
        assert stub[part] == real[part], part


@cache
def version_of(cli: Path) -> str:
    """Ask a CLI for its version: a later Claude Code writes down more than the face does."""
    told = subprocess.run([cli, "--version"], capture_output=True, text=True, check=True, timeout=60)
    return told.stdout.split()[0]


def timeless(output: str | None) -> str | None:
    """Leave out how long a command took."""
    return output and re.sub(r"Wall time: [\d.]+ seconds", "Wall time: N seconds", output)


def talk(story: tuple[ScriptedTurn, ...], *, permissions: Permissions, cli: Path) -> None:
    stand = Stand(agent="claude", permissions=permissions, rung="scripted", cli=cli)
    compare(lambda agent: [played(agent, scripted) for scripted in story], stand)


def play(story: Story, *, cli: Path) -> None:
    stand = Stand(agent=story.agent, permissions=story.permissions, rung="scripted", cli=cli)
    compare(lambda agent: played_through(story, agent), stand)


@pytest.mark.agent("claude")
@live
@given(story=conversations(agent="claude", max_turns=3))
def test_the_face_of_claude_lives_as_the_real_one_does(claude: Path, story: tuple[ScriptedTurn, ...]) -> None:
    talk(story, permissions="allow", cli=claude)


@pytest.mark.agent("claude")
@live
@given(story=conversations(agent="claude", permissions="ask", max_turns=2))
def test_the_face_of_claude_asks_as_the_real_one_does(claude: Path, story: tuple[ScriptedTurn, ...]) -> None:
    talk(story, permissions="ask", cli=claude)


@pytest.mark.agent("claude")
@live
@given(story=stories("claude", permissions="ask", most_steps=6, without=OTHER_LIVES))
def test_a_story_of_the_face_of_claude_is_told_as_the_real_one_tells_it(claude: Path, story: Story) -> None:
    play(story, cli=claude)


@pytest.mark.agent("codex")
@live
@given(story=stories("codex", permissions="ask", most_steps=6, without=OTHER_LIVES))
def test_a_story_of_the_face_of_codex_is_told_as_the_real_one_tells_it(codex: Path, story: Story) -> None:
    play(story, cli=codex)
