"""The hooks of Codex's stub, and the program it notifies: who is told what, and what their answers do."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stub.codex_driver import CONTROL_D, ENTER, ESCAPE, Codex, escalated, patch, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stub.codex_driver import CodexHome, StartCodex
    from tests.stub.stub_driver import Service

    Begin = Callable[..., Codex]

EVENTS = (
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "Stop",
    "SessionEnd",
)
BYPASS = "--dangerously-bypass-hook-trust"
SAID = ["text", "done"]


def table(event: str, command: str, *, matcher: str | None = None, timeout: int | None = None) -> str:
    """Give the lines of config.toml for one hook."""
    lines = [f"[[hooks.{event}]]"]
    if matcher is not None:
        lines.append(f"matcher = {json.dumps(matcher)}")
    lines += [f"[[hooks.{event}.hooks]]", 'type = "command"', f"command = {json.dumps(command)}"]
    if timeout is not None:
        lines.append(f"timeout = {timeout}")
    return "\n".join(lines) + "\n"


def answering(event: str, **specific: object) -> str:
    """Make a command that answers with what is specific to the event."""
    answer = json.dumps({"hookSpecificOutput": {"hookEventName": event, **specific}})
    return f"cat > /dev/null; printf %s {shlex.quote(answer)}"


def printing(text: str) -> str:
    return f"cat > /dev/null; printf %s {shlex.quote(text)}"


def blocking(reason: str) -> str:
    return printing(json.dumps({"decision": "block", "reason": reason}))


def exit_2(reason: str) -> str:
    return f"cat > /dev/null; printf %s {shlex.quote(reason)} >&2; exit 2"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "told.jsonl"


@pytest.fixture
def begin(start_codex: StartCodex, service: Service, codex_home: CodexHome) -> Begin:
    """Start the stub with these tables in its configuration."""

    def start(tables: str = "", *argv: str, extra: str = "") -> Codex:
        codex_home.configure(tables=tables, extra=extra)
        codex = start_codex(BYPASS, *argv)
        service.accept()
        codex.see_box()
        return codex

    return start


def ask(codex: Codex, service: Service, text: str, *answers: list[Any]) -> None:
    """Have a turn to its end."""
    ended = codex.states.count("done")
    codex.ask(text)
    for steps in answers or ([SAID],):
        service.answer(*steps)
    codex.until(lambda: codex.states.count("done") > ended)


def told(log: Path, event: str | None = None) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [payload for payload in found if event in (None, payload["hook_event_name"])]


def outputs(home: CodexHome) -> list[str]:
    """Give what went back to the model."""
    payloads = [record["payload"] for record in home.records()]
    return [payload["output"] for payload in payloads if str(payload.get("type")).endswith("_call_output")]


def developer(home: CodexHome) -> list[str]:
    """Give what the hooks told the model."""
    payloads = [record["payload"] for record in home.records()]
    messages = [payload for payload in payloads if payload.get("role") == "developer"]
    return [message["content"][0]["text"] for message in messages[1:]]


# --- who is told what ---


def test_every_event_is_told_in_order_with_the_keys_of_codex(
    begin: Begin, service: Service, codex_home: CodexHome, log: Path
) -> None:
    codex = begin("".join(table(event, f"cat >> {log}") for event in EVENTS))
    ask(codex, service, "hello", [["call", run("echo q")]], [SAID])
    codex.type(CONTROL_D)
    assert codex.leave() == 0
    common = [
        "session_id",
        "turn_id",
        "transcript_path",
        "cwd",
        "hook_event_name",
        "model",
        "permission_mode",
    ]
    apart = [key for key in common if key != "turn_id"]
    tool = [*common, "tool_name", "tool_input"]
    assert [(payload["hook_event_name"], list(payload)) for payload in told(log)] == [
        ("SessionStart", [*apart, "source"]),
        ("UserPromptSubmit", [*common, "prompt"]),
        ("PreToolUse", [*tool, "tool_use_id"]),
        ("PostToolUse", [*tool, "tool_response", "tool_use_id"]),
        ("Stop", [*common, "stop_hook_active", "last_assistant_message"]),
        ("SessionEnd", [*apart[:4], "reason"]),
    ]
    assert {payload["transcript_path"] for payload in told(log)} == {str(codex_home.rollouts[0])}
    (after,) = told(log, "PostToolUse")
    known = (after["tool_name"], after["tool_input"], after["tool_response"], after["tool_use_id"])
    assert known == ("Bash", {"command": "echo q"}, "q\n", "call_1")


def test_the_end_of_a_thread_without_a_turn_is_told(begin: Begin, log: Path) -> None:
    codex = begin("".join(table(event, f"cat >> {log}") for event in EVENTS))
    codex.type(CONTROL_D)
    assert codex.leave() == 0
    assert [payload["hook_event_name"] for payload in told(log)] == ["SessionEnd"]


def test_a_person_who_is_asked_is_told_of_with_the_justification(
    begin: Begin, service: Service, log: Path
) -> None:
    codex = begin(table("PermissionRequest", f"cat >> {log}"))
    codex.ask("may I")
    service.answer(["call", escalated("echo q")])
    codex.see_state("blocked:kind=permission")
    codex.until(lambda: told(log))
    assert told(log)[0]["tool_input"] == {"command": "echo q", "description": "May I?"}


def test_an_interrupted_turn_and_a_failed_one_have_no_stop(begin: Begin, service: Service, log: Path) -> None:
    codex = begin(table("Stop", f"cat >> {log}"))
    codex.ask("slow")
    service.receive("request")
    codex.type(ESCAPE)
    service.receive("abandoned")
    codex.see_state("working", "idle")
    codex.ask("bad")
    service.answer(["fault", {"kind": "fail", "status": 400, "message": "no"}])
    codex.see_state("error")
    assert told(log) == []


def test_a_thread_begins_for_its_hooks_once_with_its_first_prompt(
    begin: Begin, service: Service, log: Path
) -> None:
    codex = begin(table("SessionStart", f"cat >> {log}"))
    assert told(log) == []
    ask(codex, service, "one")
    ask(codex, service, "two")
    codex.ask("/clear")
    codex.see_box()
    ask(codex, service, "three")
    assert [payload["source"] for payload in told(log)] == ["startup", "clear"]


@pytest.mark.parametrize("matcher", ["Bash", "^Ba", "Edit|Bash", "*", ""])
def test_a_matcher_is_a_word_of_the_tools_names_or_a_pattern(
    begin: Begin, service: Service, log: Path, matcher: str
) -> None:
    codex = begin(table("PreToolUse", f"cat >> {log}", matcher=matcher))
    ask(codex, service, "go", [["call", run("true")]], [SAID])
    assert len(told(log)) == 1


@pytest.mark.parametrize("matcher", ["Ba", "bash", "exec_command", "(", "Write"])
def test_a_hook_whose_matcher_does_not_fit_is_told_nothing(
    begin: Begin, service: Service, log: Path, matcher: str
) -> None:
    codex = begin(table("PreToolUse", f"cat >> {log}", matcher=matcher))
    ask(codex, service, "go", [["call", run("true")]], [SAID])
    assert told(log) == []


@pytest.mark.parametrize("matcher", ["apply_patch", "Write", "Edit"])
def test_a_patch_is_known_to_matchers_by_three_names(
    begin: Begin, service: Service, log: Path, matcher: str
) -> None:
    codex = begin(table("PreToolUse", f"cat >> {log}", matcher=matcher))
    ask(codex, service, "go", [["call", patch("*** Add File: a", "+a")]], [SAID])
    assert [payload["tool_name"] for payload in told(log)] == ["apply_patch"]


def test_hooks_may_stand_in_a_file_of_their_own(
    begin: Begin, service: Service, codex_home: CodexHome, log: Path
) -> None:
    hooks = {"Stop": [{"hooks": [{"type": "command", "command": f"cat >> {log}"}]}]}
    (codex_home.state / "hooks.json").write_text(json.dumps({"hooks": hooks}))
    ask(begin(), service, "hello")
    assert [payload["last_assistant_message"] for payload in told(log)] == ["done"]


# --- what their answers do ---


@pytest.mark.parametrize("command", [blocking("no way"), exit_2("no way")])
def test_a_prompt_that_a_hook_refuses_never_reaches_the_model(
    begin: Begin, codex_home: CodexHome, command: str
) -> None:
    codex = begin(table("UserPromptSubmit", command))
    codex.ask("hello")
    codex.see("no way")
    codex.until(lambda: codex_home.events()[-1] == "task_complete")
    texts = [record["payload"].get("content") for record in codex_home.records()]
    assert "hello" not in json.dumps(texts)


@pytest.mark.parametrize("event", ["SessionStart", "UserPromptSubmit"])
@pytest.mark.parametrize("how", ["json", "plain"])
def test_what_a_hook_prints_is_told_to_the_model(
    begin: Begin, service: Service, codex_home: CodexHome, event: str, how: str
) -> None:
    commands = {
        "json": answering(event, additionalContext="mind the gap"),
        "plain": printing("mind the gap"),
    }
    ask(begin(table(event, commands[how])), service, "hello")
    assert developer(codex_home) == ["mind the gap"]


@pytest.mark.parametrize(
    "command",
    [
        answering("PreToolUse", permissionDecision="deny", permissionDecisionReason="NO"),
        blocking("NO"),
        exit_2("NO"),
    ],
)
def test_a_command_that_a_hook_forbids_does_not_run(
    begin: Begin, service: Service, codex_home: CodexHome, command: str
) -> None:
    codex = begin(table("PreToolUse", command))
    ask(codex, service, "go", [["call", run("touch made")]], [SAID])
    assert outputs(codex_home) == ["Command blocked by PreToolUse hook: NO. Command: touch made"]
    assert not (codex_home.workdir / "made").exists()
    assert "Blocked by hook" in codex.screen.text


def test_a_hook_may_change_a_command(begin: Begin, service: Service, codex_home: CodexHome) -> None:
    other = answering("PreToolUse", permissionDecision="allow", updatedInput={"command": "echo other"})
    ask(begin(table("PreToolUse", other)), service, "go", [["call", run("echo one")]], [SAID])
    assert [output.rpartition("Output:\n")[2] for output in outputs(codex_home)] == ["other\n"]


def test_a_hook_may_answer_for_the_person(begin: Begin, service: Service, codex_home: CodexHome) -> None:
    allowing = answering("PermissionRequest", decision={"behavior": "allow"})
    codex = begin(table("PermissionRequest", allowing))
    ask(codex, service, "go", [["call", escalated("touch made")]], [SAID])
    assert (codex_home.workdir / "made").exists()


def test_a_hook_may_refuse_for_the_person(begin: Begin, service: Service, codex_home: CodexHome) -> None:
    denying = answering("PermissionRequest", decision={"behavior": "deny", "message": "NO"})
    codex = begin(table("PermissionRequest", denying))
    ask(codex, service, "go", [["call", escalated("touch made")]], [SAID])
    assert outputs(codex_home) == ['exec_command failed: CreateProcess { message: "Rejected(\\"NO\\")" }']
    assert not (codex_home.workdir / "made").exists()


def test_a_hook_may_replace_what_the_model_hears_of_a_command(
    begin: Begin, service: Service, codex_home: CodexHome
) -> None:
    codex = begin(table("PostToolUse", blocking("not that")))
    ask(codex, service, "go", [["call", run("echo one")]], [SAID])
    assert outputs(codex_home) == ["not that"]


@pytest.mark.parametrize("command", [blocking("go on"), exit_2("go on")])
def test_a_hook_may_have_the_turn_go_on(
    begin: Begin, service: Service, codex_home: CodexHome, log: Path, command: str
) -> None:
    once = f"if mkdir {log}.d 2>/dev/null; then {command}; else cat >> {log}; fi"
    codex = begin(table("Stop", once))
    ask(codex, service, "hello", [SAID], [["text", "went on"]])
    assert [payload["stop_hook_active"] for payload in told(log)] == [True]
    items = [record["payload"].get("item", {}) for record in codex_home.records()]
    (prompt,) = [item for item in items if item.get("type") == "HookPrompt"]
    assert prompt["fragments"] == [{"text": "go on", "hookRunId": f"stop:0:{codex_home.config_file}"}]


@pytest.mark.parametrize(
    ("command", "timeout", "why"),
    [
        ("cat > /dev/null; exit 1", 60, "hook exited with code 1"),
        ("cat > /dev/null; echo text", 60, "hook returned invalid stop hook JSON output"),
        ("exec sleep 60", 1, "hook timed out after 1s"),
    ],
)
def test_a_hook_that_fails_is_shown_and_stops_nobody(
    begin: Begin, service: Service, command: str, timeout: int, why: str
) -> None:
    codex = begin(table("Stop", command, timeout=timeout))
    ask(codex, service, "hello")
    codex.see("Hook failed")
    assert why in codex.screen.text


# --- trust ---


def test_hooks_run_when_the_person_has_trusted_them_and_are_not_asked_about_again(
    start_codex: StartCodex, service: Service, codex_home: CodexHome, log: Path
) -> None:
    codex_home.configure(tables=table("Stop", f"cat >> {log}"))
    codex = start_codex()
    codex.see("1 hook is new or changed.")
    codex.type("2")
    codex.type(ENTER)
    service.accept()
    codex.see_box()
    ask(codex, service, "hello")
    assert len(told(log)) == 1
    assert f'[hooks.state."{codex_home.config_file}:stop:0:0"]' in codex_home.config_file.read_text()


def test_the_hash_of_a_trusted_hook_is_that_of_codex() -> None:
    from pytest_tmuxagent.faces.codex.matching import read_hooks
    from pytest_tmuxagent.stub.codex.hooks import trusted_hash, untrusted

    stop: dict[str, Any] = {"hooks": [{"type": "command", "command": "true"}]}
    before = {"matcher": "Bash", "hooks": [{"type": "command", "command": "true", "timeout": 7}]}
    first, second = read_hooks([("/c", {"Stop": [stop], "PreToolUse": [before]})])
    assert (first.key, second.key) == ("/c:pre_tool_use:0:0", "/c:stop:0:0")
    assert trusted_hash(first) == "sha256:be5e8bd5ce1d7720c039c9eee3b95f1b959cf99083e6f426e5b63b46a4ab99d2"
    assert trusted_hash(second) == "sha256:2ba34c7a02841fada06b868a093d041fd3d9de81883c789a321916b0aa118851"
    state = {first.key: {"trusted_hash": trusted_hash(first)}, second.key: "other"}
    assert untrusted([first, second], state) == [second]


# --- the notified program ---


def test_a_program_is_notified_of_a_turn_and_of_the_thread_that_thinks_up_the_title(
    begin: Begin, service: Service, codex_home: CodexHome, tmp_path: Path
) -> None:
    log = tmp_path / "notified"
    script = tmp_path / "notify"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$2" >> {log}\n')
    script.chmod(0o700)
    codex = begin(extra=f'notify = ["{script}", "word"]')
    ask(codex, service, "hello")
    ask(codex, service, "again")
    codex.until(lambda: log.exists() and len(log.read_text().splitlines()) == 3)
    found = [json.loads(line) for line in log.read_text().splitlines()]
    thread = codex_home.records()[0]["payload"]["id"]
    own = [told for told in found if told["thread-id"] == thread]
    keys = ["type", "thread-id", "turn-id", "cwd", "client", "input-messages", "last-assistant-message"]
    assert [list(told) for told in found] == [keys] * 3
    assert [told["input-messages"] for told in own] == [["hello"], ["hello", "again"]]
    assert {(told["type"], told["client"]) for told in found} == {("agent-turn-complete", "codex-tui")}


def test_a_program_that_is_not_there_stops_nobody(begin: Begin, service: Service) -> None:
    codex = begin(extra='notify = ["/no/such/program"]')
    ask(codex, service, "hello")
    assert codex.states[-1] == "done"
