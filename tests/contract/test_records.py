"""What an agent writes down and tells its hooks: each shape is written once here, and both bodies have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, PermissionRequest, fail, say, tool
from pytest_tmuxagent.events import Unrecognised
from pytest_tmuxagent.launcher import Launcher
from tests.contract.codex_shapes import (
    CODEX_COMMON,
    CODEX_HISTORY,
    CODEX_HOOKS,
    CODEX_NOTIFIED,
    CODEX_ORDER,
    CODEX_RECORDS,
    CODEX_TOLD,
)
from tests.contract.exceptions import EXCEPTIONS
from tests.contract.shapes import (
    CLAUDE_HISTORY,
    CLAUDE_HOOKS,
    CLAUDE_ORDER,
    CLAUDE_ORDER_LATER,
    CLAUDE_RECORDS,
    CLAUDE_STATUS,
    CLAUDE_TOLD,
    COMMON,
    FACE,
    OF_THE_SESSION,
)

Record = Mapping[str, Any]


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def kind_of(record: Record) -> str:
    """Name a record of a transcript: its type, and what makes it another of that type."""
    words = [record["type"]]
    words += [str(record[key]) for key in ("subtype", "operation") if key in record]
    words += [record["attachment"]["type"]] if record["type"] == "attachment" else []
    content = record.get("message", {}).get("content")
    if isinstance(content, list):
        words.append("+".join(block["type"] for block in content))
    elif content is not None:
        words.append("prompt")
    if record.get("isApiErrorMessage"):
        words.append("error")
    return " ".join(words)


def in_order(records: Iterable[Record]) -> list[Record]:
    """Put each record behind its parent: the real CLI may write an answer before the prompt."""
    waiting, ordered = list(records), []
    known: set[str | None] = {None}
    while waiting:
        nearest = next(record for record in waiting if record.get("parentUuid") in known)
        waiting.remove(nearest)
        ordered.append(nearest)
        known.add(nearest.get("uuid"))
    return ordered


def without_first_prompt(records: list[Record]) -> list[Record]:
    """Leave out what the real one may begin with, before or behind the like of it."""
    begins = next((place for place, record in enumerate(records) if record["type"] == "mode"), 0)
    return [record for record in records[:begins] if record["type"] != "last-prompt"] + records[begins:]


def keys_of(records: Iterable[Record], name_of: Any) -> dict[str, set[frozenset[str]]]:  # noqa: ANN401
    found: dict[str, set[frozenset[str]]] = {}
    for record in records:
        found.setdefault(name_of(record), set()).add(frozenset(record))
    return found


def is_later(records: Iterable[Record]) -> bool:
    """Whether Claude Code is another one than the face of the stub."""
    return bool({record["version"] for record in records if "version" in record} - {FACE})


def has_shape(status: Record, known: set[str]) -> bool:
    return set(status) >= known if is_later([status]) else set(status) == known


def known_part(kind: str, shapes: set[frozenset[str]]) -> set[frozenset[str]]:
    """Leave out the keys that a later Claude Code writes beside those of the face."""
    known = frozenset[str]().union(*CLAUDE_RECORDS[kind])
    return {shape & known for shape in shapes}


def told(payload: Record) -> str:
    return " ".join(filter(None, (payload["hook_event_name"], payload.get("tool_name"))))


@pytest.fixture
def log(agent_sandbox: AgentSandbox) -> Path:
    return agent_sandbox.root / "hooks.jsonl"


@pytest.fixture
def claude(launch_agent: Launcher, log: Path) -> AgentSession:
    """Claude Code that asks for everything, and tells all its hooks to the log."""
    command = f"printf '%s\\n' \"$(cat)\" >> {log}"
    hooks = {name: [{"hooks": [{"type": "command", "command": command}]}] for name in CLAUDE_HOOKS}
    return launch_agent(arguments=["--settings", json.dumps({"hooks": hooks})], permissions="ask")


def live(agent: AgentSession) -> None:
    """Go through what can happen: calls that succeed, fail and are refused, an interrupt, an error."""
    agent.script.when("work").reply(say("Let me."), tool.shell("echo hi"))
    agent.script.when("work").reply(tool.shell("exit 3")).reply(tool.write("new.txt", "x\n"))
    agent.script.when("work").reply(tool.read("new.txt")).reply(say("Done."))
    agent.send("Do the work")
    for number in range(3):
        asked(agent, number=number + 1).allow()
    agent.wait()
    agent.script.when("refused").reply(tool.shell("touch never"))
    agent.send("To be refused")
    asked(agent, number=4).deny()
    agent.wait()
    agent.script.when("long").reply(say("first\n", "rest").hold(after_characters=6))
    agent.send("Talk for long")
    agent.wait_for_text("first")
    agent.interrupt()
    agent.script.when("fail").reply(fail(400, "no good"))
    agent.ask("To fail")
    agent.script.when("end").reply(say("The end."))
    agent.ask("To end")


def asked(agent: AgentSession, *, number: int) -> PermissionRequest:
    """Wait for a dialog, and until the hook has written down what Codex tells it beside that."""
    request = agent.wait_for_permission()
    if agent.name == "codex":
        log = agent.sandbox.root / "hooks.jsonl"
        agent.wait_until(lambda: log.read_text(encoding="utf-8").count('"PermissionRequest"') == number)
    return request


def leave(agent: AgentSession) -> None:
    """End the agent as a person does, and wait for its process."""
    if agent.name == "codex":
        agent.press("C-d")
        agent.wait_until(lambda: agent.state == "exited")
        return
    agent.press("C-c")
    agent.wait_for_text("Press Ctrl-C again to exit")
    agent.press("C-c")
    agent.wait_until(lambda: agent.state == "exited")


@pytest.mark.agent("claude")
def test_the_transcript_of_claude_has_this_shape(claude: AgentSession) -> None:
    live(claude)
    assert claude.transcript is not None
    path = claude.transcript.path
    assert path is not None
    leave(claude)
    # A prompt is queued for a moment where the hooks of the turn before it still run.
    written = [record for record in read(path) if record["type"] != "queue-operation"]
    records = without_first_prompt(in_order(written))
    order = [kind_of(record) for record in records if f"record {record['type']}" not in EXCEPTIONS["claude"]]
    shapes = keys_of(records, kind_of)
    assert not [event for event in claude.events if isinstance(event, Unrecognised)]
    if is_later(records):
        order = [kind for kind in order if kind in CLAUDE_RECORDS and kind not in OF_THE_SESSION]
        shapes = {kind: known_part(kind, found) for kind, found in shapes.items() if kind in CLAUDE_RECORDS}
        assert order == CLAUDE_ORDER_LATER
    else:
        assert order == CLAUDE_ORDER
    for kind, found in shapes.items():
        assert found <= CLAUDE_RECORDS[kind], f"{kind}: {[sorted(shape) for shape in found]}"


@pytest.mark.agent("claude")
def test_the_records_of_claude_hang_together(claude: AgentSession) -> None:
    claude.script.reply(tool.shell("echo hi")).reply(say("Done."))
    claude.send("Do the work")
    claude.wait_for_permission().allow()
    claude.wait()
    assert claude.transcript is not None
    assert claude.transcript.path is not None
    records = [record for record in read(claude.transcript.path) if "uuid" in record]
    known = [None, *(record["uuid"] for record in records)]
    assert all(record["parentUuid"] in known for record in records)
    assert {record["sessionId"] for record in records} == {claude.transcript.path.stem}
    assert {record["cwd"] for record in records} == {str(claude.workdir)}


@pytest.mark.agent("claude")
def test_the_hooks_of_claude_are_told_this(claude: AgentSession, log: Path) -> None:
    live(claude)
    leave(claude)
    payloads = read(log)
    events = [it for it in payloads if f"hook {it['hook_event_name']}" not in EXCEPTIONS["claude"]]
    assert [told(payload) for payload in events] == CLAUDE_TOLD
    for payload in events:
        own = set(payload) - COMMON
        assert own == CLAUDE_HOOKS[payload["hook_event_name"]], told(payload)
        assert set(payload) >= COMMON


@pytest.mark.agent("claude")
def test_the_status_file_of_claude_has_this_shape(agent: AgentSession) -> None:
    held = agent.script.reply(say("first\n", "rest").hold(after_characters=6))
    agent.send("Say something")
    agent.wait_for_text("first")
    (path,) = (agent.sandbox.home / ".claude" / "sessions").glob("*.json")

    def status() -> Record:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    agent.wait_until(lambda: status().get("status") == "busy")
    assert has_shape(status(), CLAUDE_STATUS)
    assert str(status()["pid"]) == path.stem
    assert status()["kind"] == "interactive"
    assert status()["sessionId"] == agent.conversation
    held.release()
    agent.wait()
    agent.wait_until(lambda: status()["status"] == "idle")
    assert has_shape(status(), CLAUDE_STATUS)
    leave(agent)
    assert not path.exists()


@pytest.mark.agent("claude", permissions="ask")
def test_the_status_file_of_claude_says_that_it_waits(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch made"))
    agent.send("Make it")
    request = agent.wait_for_permission()
    (path,) = (agent.sandbox.home / ".claude" / "sessions").glob("*.json")
    agent.wait_until(lambda: json.loads(path.read_text(encoding="utf-8"))["status"] == "waiting")
    status = json.loads(path.read_text(encoding="utf-8"))
    assert has_shape(status, CLAUDE_STATUS | {"waitingFor"})
    assert status["waitingFor"] == "permission prompt"
    request.deny()
    assert agent.wait().stop_reason == "cancelled"


@pytest.mark.agent("claude")
def test_the_history_of_claude_has_each_prompt(agent: AgentSession) -> None:
    agent.script.reply(say("one")).reply(say("two"))
    agent.ask("the first")
    agent.ask("the second")
    leave(agent)
    lines = read(agent.sandbox.home / ".claude" / "history.jsonl")
    assert [set(line) for line in lines] == [CLAUDE_HISTORY] * 2
    assert [line["display"] for line in lines] == ["the first", "the second"]
    assert {line["project"] for line in lines} == {str(agent.workdir)}
    assert {line["sessionId"] for line in lines} == {agent.conversation}


@pytest.fixture
def codex(launch_agent: Launcher, agent_sandbox: AgentSandbox, log: Path) -> AgentSession:
    """Codex that asks for everything, and tells all its hooks, and who is to be notified, to logs."""
    tells = agent_sandbox.root / "tells.sh"
    tells.write_text('#!/bin/sh\nprintf \'%s\\n\' "${2-$(cat)}" >> "$1"\n', encoding="utf-8")
    tells.chmod(0o755)
    command = f"{tells} {log}"
    hooks = {name: [{"hooks": [{"type": "command", "command": command}]}] for name in CODEX_HOOKS}
    folder = agent_sandbox.home / ".codex"
    folder.mkdir(exist_ok=True)
    (folder / "hooks.json").write_text(json.dumps({"hooks": hooks}), encoding="utf-8")
    notify = json.dumps([str(tells), f"{log}.notified"])
    arguments = ["--dangerously-bypass-hook-trust", "-c", f"notify={notify}"]
    return launch_agent(arguments=arguments, permissions="ask")


def rolled(record: Record) -> str:
    """Name a record of a rollout."""
    payload = record["payload"]
    return " ".join(filter(None, (record["type"], payload.get("type"), payload.get("role"))))


@pytest.mark.agent("codex")
def test_the_rollout_of_codex_has_this_shape(codex: AgentSession) -> None:
    live(codex)
    assert codex.transcript is not None
    path = codex.transcript.path
    assert path is not None
    leave(codex)
    records = read(path)
    assert [rolled(record) for record in records] == CODEX_ORDER
    for record in records:
        assert set(record) - {"metadata"} == {"timestamp", "ordinal", "type", "payload"}
        assert set(record["payload"]) in CODEX_RECORDS[rolled(record)], rolled(record)
    assert [record["ordinal"] for record in records] == list(range(len(records)))


@pytest.mark.agent("codex")
def test_the_hooks_of_codex_are_told_this(codex: AgentSession, log: Path) -> None:
    live(codex)
    leave(codex)
    payloads = read(log)
    assert [told(payload) for payload in payloads] == CODEX_TOLD
    for payload in payloads:
        assert set(payload) - CODEX_COMMON == CODEX_HOOKS[payload["hook_event_name"]], told(payload)


@pytest.mark.agent("codex")
def test_codex_notifies_of_turns_that_ended_well(codex: AgentSession, log: Path) -> None:
    told_to = Path(f"{log}.notified")

    def notified_of_both() -> list[Record] | None:
        # The title of a thread is a turn of its own, of another thread.
        told = read(told_to) if told_to.exists() else []
        notified = [one for one in told if one["input-messages"][0] == "Do the work"]
        return notified if len(notified) > 1 else None

    live(codex)
    codex.wait_until(notified_of_both)  # Codex does not wait for who is notified, not at its end either.
    leave(codex)
    notified = notified_of_both() or []
    assert [set(told) for told in notified] == [CODEX_NOTIFIED] * 2
    assert [told["last-assistant-message"] for told in notified] == ["Done.", "The end."]
    assert [told["input-messages"][-1] for told in notified] == ["Do the work", "To end"]


@pytest.mark.agent("codex")
def test_the_history_of_codex_has_each_prompt(agent: AgentSession) -> None:
    agent.script.reply(say("one")).reply(say("two"))
    agent.ask("the first")
    agent.ask("the second")
    leave(agent)
    lines = read(agent.sandbox.home / ".codex" / "history.jsonl")
    assert [set(line) for line in lines] == [CODEX_HISTORY] * 2
    assert [line["text"] for line in lines] == ["the first", "the second"]
