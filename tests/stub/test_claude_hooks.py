"""The hooks of Claude Code's stub: who is told what, and what their answers do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stub.claude_driver import call, read_lines, until

if TYPE_CHECKING:
    from tests.stub.claude_driver import ClaudeHome, RunClaude, StartClaude
    from tests.stub.stub_driver import Service

    Hooks = dict[str, list[dict[str, Any]]]

WRITE = {"call": call("Write", file_path="a.txt", content="x")}
BASH = {"call": call("Bash", command="echo one")}
SAID = [{"say": "done"}]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "hooks.jsonl"


def command(line: str, *, matcher: str = "", **more: object) -> dict[str, Any]:
    return {"matcher": matcher, "hooks": [{"type": "command", "command": line, **more}]}


def logging(log: Path) -> str:
    return f"cat >> {log}"


def answering(event: str, **specific: object) -> str:
    """Make a command that answers with what is specific to the event."""
    answer = {"hookSpecificOutput": {"hookEventName": event, **specific}}
    return f"cat > /dev/null; echo '{json.dumps(answer)}'"


def told(log: Path, event: str | None = None) -> list[dict[str, Any]]:
    found = read_lines(log) if log.exists() else []
    return [payload for payload in found if event in (None, payload["hook_event_name"])]


def results(home: ClaudeHome) -> list[dict[str, Any]]:
    """Give what went back to the model."""
    contents = [record["message"]["content"] for record in home.records("user")]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return [block for block in blocks if block["type"] == "tool_result"]


# --- who is told what ---


def test_every_event_of_a_turn_is_told_in_order(run_claude: RunClaude, home: ClaudeHome, log: Path) -> None:
    events = [
        "SessionStart",
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "PostToolBatch",
        "Stop",
        "SessionEnd",
    ]
    home.write_settings({"hooks": {event: [command(logging(log))] for event in events}})
    run_claude("-p", "--permission-mode", "acceptEdits", "hi", replies=[WRITE, *SAID])
    assert [payload["hook_event_name"] for payload in told(log)] == events
    (transcript,) = home.transcripts
    common = {
        "session_id": transcript.stem,
        "transcript_path": str(transcript),
        "cwd": str(home.workdir.resolve()),
    }
    for payload in told(log):
        assert payload.items() >= common.items()
    _, submit, before, after, batch, stop, end = told(log)
    assert submit["prompt"] == "hi"
    assert before["tool_name"] == "Write"
    assert before["tool_input"] == {"file_path": str(home.workdir / "a.txt"), "content": "x"}
    assert before["permission_mode"] == "acceptEdits"
    assert after["tool_response"]["type"] == "create"
    assert batch["tool_calls"][0]["tool_use_id"] == before["tool_use_id"]
    assert (stop["stop_hook_active"], stop["last_assistant_message"]) == (False, "done")
    assert end["reason"] == "other"
    assert len({payload["prompt_id"] for payload in told(log)[1:]}) == 1


def test_a_failure_is_told_in_the_place_of_a_stop(run_claude: RunClaude, home: ClaudeHome, log: Path) -> None:
    home.write_settings({"hooks": {event: [command(logging(log))] for event in ("Stop", "StopFailure")}})
    done = run_claude("-p", "hi", replies=[{"fail": 400, "message": "bad"}])
    assert done.returncode == 1
    (payload,) = told(log)
    assert payload["hook_event_name"] == "StopFailure"
    assert payload["last_assistant_message"] == "API Error: 400 bad"


def test_settings_of_all_places_are_heard(run_claude: RunClaude, home: ClaudeHome, tmp_path: Path) -> None:
    for name in ("user", "project", "local"):
        home.write_settings({"hooks": {"Stop": [command(f"touch {tmp_path}/{name}")]}}, of=name)
    given = json.dumps({"hooks": {"Stop": [command(f"touch {tmp_path}/inline")]}})
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"hooks": {"Stop": [command(f"touch {tmp_path}/file")]}}))
    run_claude("-p", "--settings", given, "hi")
    run_claude("-p", "--settings", str(file), "hi")
    assert all((tmp_path / name).exists() for name in ("user", "project", "local", "inline", "file"))


def test_only_those_whose_matcher_fits_are_told(run_claude: RunClaude, home: ClaudeHome, log: Path) -> None:
    hooks = [
        command(f"cat > /dev/null; echo '\"{m}\"' >> {log}", matcher=m) for m in ("Bash", "Write", "B.*h")
    ]
    home.write_settings({"hooks": {"PreToolUse": hooks}})
    run_claude("-p", "hi", replies=[BASH, *SAID])
    assert sorted(log.read_text().split()) == ['"B.*h"', '"Bash"']


def test_hooks_can_be_switched_off(run_claude: RunClaude, home: ClaudeHome, log: Path) -> None:
    home.write_settings({"disableAllHooks": True, "hooks": {"Stop": [command(logging(log))]}})
    run_claude("-p", "hi")
    assert told(log) == []


def test_a_hook_finds_the_project_in_its_environment(
    run_claude: RunClaude, home: ClaudeHome, tmp_path: Path
) -> None:
    home.write_settings(
        {"hooks": {"Stop": [command(f"echo $CLAUDE_PROJECT_DIR > {tmp_path}/out; pwd >> {tmp_path}/out")]}}
    )
    run_claude("-p", "hi")
    assert (tmp_path / "out").read_text().split() == [str(home.workdir)] * 2


@pytest.mark.parametrize("headless", [True, False])
def test_the_first_prompt_waits_for_the_hooks_of_the_start(
    run_claude: RunClaude, start_claude: StartClaude, home: ClaudeHome, log: Path, *, headless: bool
) -> None:
    slow = f"while [ ! -e {log}.go ]; do (sleep 0.2; touch {log}.go); done; {logging(log)}"
    home.write_settings(
        {"hooks": {"SessionStart": [command(slow)], "UserPromptSubmit": [command(logging(log))]}}
    )
    if headless:
        run_claude("-p", "hi")
    else:
        start_claude("hi", link="").see("● You said: hi")
    assert [payload["hook_event_name"] for payload in told(log)] == ["SessionStart", "UserPromptSubmit"]


# --- what an answer does ---


@pytest.mark.parametrize(
    "line", ["echo not this >&2; exit 2", """echo '{"decision": "block", "reason": "not this"}'"""]
)
def test_a_blocked_prompt_opens_no_turn(
    run_claude: RunClaude, home: ClaudeHome, log: Path, line: str
) -> None:
    home.write_settings({"hooks": {"UserPromptSubmit": [command(line)], "Stop": [command(logging(log))]}})
    done = run_claude("-p", "hi")
    assert "not this" in done.stdout
    assert "You said" not in done.stdout
    assert told(log) == []


def test_a_blocked_prompt_leaves_the_terminal_idle(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    line = "grep -q secret || exit 0; echo no secrets >&2; exit 2"
    home.write_settings({"hooks": {"UserPromptSubmit": [command(line)]}})
    claude = start_claude()
    service.accept()
    claude.ask("a secret")
    claude.see("UserPromptSubmit operation blocked by hook:")
    claude.see("no secrets")
    claude.see_idle()
    claude.ask("hi")
    assert service.answer(["text", "ok"])["prompt"] == "hi"


def test_a_denied_call_is_not_run_and_the_model_reads_why(run_claude: RunClaude, home: ClaudeHome) -> None:
    deny = answering("PreToolUse", permissionDecision="deny", permissionDecisionReason="not today")
    home.write_settings({"hooks": {"PreToolUse": [command(deny)]}})
    done = run_claude("-p", "--permission-mode", "acceptEdits", "hi", replies=[WRITE, *SAID])
    assert (done.returncode, done.stdout) == (0, "done\n")
    (result,) = results(home)
    assert (result["content"], result["is_error"]) == ("not today", True)
    assert not (home.workdir / "a.txt").exists()


def test_exit_status_2_denies_a_call(run_claude: RunClaude, home: ClaudeHome) -> None:
    line = "echo not today >&2; exit 2"
    home.write_settings({"hooks": {"PreToolUse": [command(line)]}})
    run_claude("-p", "--permission-mode", "acceptEdits", "hi", replies=[WRITE, *SAID])
    (result,) = results(home)
    assert result["content"] == f"PreToolUse:Write hook error: [{line}]: not today\n"


def test_an_allowed_call_is_run_unasked(run_claude: RunClaude, home: ClaudeHome) -> None:
    home.write_settings(
        {"hooks": {"PreToolUse": [command(answering("PreToolUse", permissionDecision="allow"))]}}
    )
    run_claude("-p", "hi", replies=[WRITE, *SAID])
    assert (home.workdir / "a.txt").read_text() == "x"


def test_what_the_rules_forbid_no_hook_allows(run_claude: RunClaude, home: ClaudeHome) -> None:
    allow = command(answering("PreToolUse", permissionDecision="allow"))
    home.write_settings({"hooks": {"PreToolUse": [allow]}, "permissions": {"deny": ["Bash(touch *)"]}})
    touch = {"call": call("Bash", command="touch a.txt")}
    run_claude("-p", "hi", replies=[touch, *SAID])
    assert results(home)[0]["is_error"] is True
    assert not (home.workdir / "a.txt").exists()


def test_a_hook_can_have_the_person_asked(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.write_settings(
        {"hooks": {"PreToolUse": [command(answering("PreToolUse", permissionDecision="ask"))]}}
    )
    claude = start_claude()
    service.accept()
    claude.ask("go")
    service.answer(["call", BASH["call"]], stop_reason="tool_use")
    claude.see("Do you want to proceed?")
    claude.type("1")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["output"] == "one"


def test_a_hook_changes_what_a_tool_gets(run_claude: RunClaude, home: ClaudeHome) -> None:
    changed = {"file_path": str(home.workdir / "b.txt"), "content": "changed"}
    line = answering("PreToolUse", permissionDecision="allow", updatedInput=changed)
    home.write_settings({"hooks": {"PreToolUse": [command(line)]}})
    run_claude("-p", "hi", replies=[WRITE, *SAID])
    assert (home.workdir / "b.txt").read_text() == "changed"
    assert not (home.workdir / "a.txt").exists()


def test_a_hook_answers_the_dialog_with_yes(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    changed = {"file_path": str(home.workdir / "b.txt"), "content": "changed"}
    decision = {"behavior": "allow", "updatedInput": changed}
    home.write_settings(
        {"hooks": {"PermissionRequest": [command(answering("PermissionRequest", decision=decision))]}}
    )
    claude = start_claude()
    service.accept()
    claude.ask("go")
    service.answer(["call", WRITE["call"]], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert not result["is_error"]
    claude.see("  ⎿ \u00a0Allowed by PermissionRequest hook\n\n● ok")
    claude.see_end()
    assert (home.workdir / "b.txt").read_text() == "changed"


def test_a_hook_answers_the_dialog_with_no_and_the_turn_goes_on(
    start_claude: StartClaude, service: Service, home: ClaudeHome, log: Path
) -> None:
    decision = {"behavior": "deny", "message": "not today"}
    hooks: Hooks = {
        "PermissionRequest": [command(answering("PermissionRequest", decision=decision))],
        "PostToolUseFailure": [command(logging(log))],
    }
    home.write_settings({"hooks": hooks})
    claude = start_claude()
    service.accept()
    claude.ask("go")
    service.answer(["call", WRITE["call"]], stop_reason="tool_use")
    request = service.reply(["gate", 1], ["text", "ok"])
    (result,) = request["results"]
    assert (result["output"], result["is_error"]) == ("not today", True)
    claude.see("  ⎿ \u00a0Denied by PermissionRequest hook")
    assert [status["status"] for status in home.statuses] == ["busy"]
    service.send({"type": "release", "id": request["id"], "count": 1})
    claude.see("● ok")
    claude.see_idle()
    assert not (home.workdir / "a.txt").exists()
    assert told(log) == []


def test_a_dialog_that_hooks_leave_open_is_told_with_what_could_be_allowed(
    start_claude: StartClaude, service: Service, home: ClaudeHome, log: Path
) -> None:
    home.write_settings({"hooks": {"PermissionRequest": [command(logging(log))]}})
    claude = start_claude()
    service.accept()
    claude.ask("go")
    service.answer(["call", WRITE["call"]], stop_reason="tool_use")
    claude.see("Do you want to create a.txt?")
    claude.until(lambda: told(log))
    (payload,) = told(log)
    assert payload["tool_name"] == "Write"
    assert payload["permission_suggestions"] == [
        {"type": "setMode", "mode": "acceptEdits", "destination": "session"}
    ]


def test_a_block_after_a_tool_is_shown_and_recorded(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    line = """echo '{"decision": "block", "reason": "looks odd"}'"""
    home.write_settings({"hooks": {"PostToolUse": [command(line)]}})
    claude = start_claude()
    service.accept()
    claude.ask("go")
    service.answer(["call", BASH["call"]], stop_reason="tool_use")
    service.answer(["text", "ok"])
    claude.see_end()
    assert "looks odd" in claude.screen.text
    claude.until(lambda: home.records("system"))
    attachments = [record["attachment"] for record in home.records("attachment")]
    (blocked,) = [told for told in attachments if told["type"] == "hook_blocking_error"]
    assert blocked["blockingError"]["blockingError"] == "looks odd"


def test_a_blocked_stop_goes_on_and_the_hook_is_told_so(
    run_claude: RunClaude, home: ClaudeHome, log: Path
) -> None:
    line = f"tee -a {log} | grep -q '\"stop_hook_active\":true' || {{ echo go on >&2; exit 2; }}"
    home.write_settings({"hooks": {"Stop": [command(line)]}})
    done = run_claude("-p", "hi", replies=[{"say": "first"}, {"say": "second"}])
    assert (done.returncode, done.stdout) == (0, "second\n")
    heard = [(payload["stop_hook_active"], payload["last_assistant_message"]) for payload in told(log)]
    assert heard == [(False, "first"), (True, "second")]


# --- hooks that go wrong ---


@pytest.mark.parametrize(
    "line",
    [
        "true",  # it does not read
        "exec 0<&- 1>&- 2>&-",
        "sleep 600 &",  # it leaves somebody behind, with our pipes, if they were pipes
        "head -c 1000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero | tr '\\0' y >&2",
        "/nonexistent/program",
        "exit 1",
        "kill -9 $$",
        "printf '\\377\\376{'",
        """echo '{"decision": 7, "hookSpecificOutput": [], "continue": "yes"}'""",
    ],
)
def test_a_bad_hook_does_not_hold_up_a_turn(run_claude: RunClaude, home: ClaudeHome, line: str) -> None:
    events = ("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd")
    home.write_settings({"hooks": {event: [command(line)] for event in events}})
    done = run_claude("-p", stdin="y" * 200_000, replies=[BASH, *SAID])
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_hook_that_takes_too_long_is_ended(
    start_claude: StartClaude, service: Service, home: ClaudeHome, tmp_path: Path
) -> None:
    line = f"echo $$ > {tmp_path}/pid; exec sleep 600"
    home.write_settings({"hooks": {"UserPromptSubmit": [command(line, timeout=0.2)]}})
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    service.answer(["text", "ok"])
    written = tmp_path / "pid"  # On a busy machine it was ended before it could write that.
    pid = written.read_text().strip() if written.exists() else ""
    until(lambda: not pid or not Path(f"/proc/{pid}").exists())


def test_a_failed_hook_is_shown_to_the_person(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    home.write_settings({"hooks": {"UserPromptSubmit": [command("echo broken >&2; exit 3")]}})
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    service.answer(["text", "ok"])
    claude.see("UserPromptSubmit hook error")
    claude.see("Failed with non-blocking status code: broken")
    claude.see_end()


# --- hooks over HTTP ---


class Server:
    """Keeps what is posted to it, and answers all of it alike."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.status = 200
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.held = threading.Event()
        self.held.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.posted.append((self.path, json.loads(body)))
                server.held.wait(30)
                data = json.dumps(server.answer).encode()
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,)).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/hook/it?a=b"

    def hook(self, **more: object) -> dict[str, Any]:
        return {"hooks": [{"type": "http", "url": self.url, **more}]}


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    yield serving
    serving.held.set()
    serving.http.shutdown()
    serving.http.server_close()


def test_events_are_posted(run_claude: RunClaude, home: ClaudeHome, server: Server) -> None:
    home.write_settings({"hooks": {event: [server.hook()] for event in ("UserPromptSubmit", "Stop")}})
    assert run_claude("-p", "hi").returncode == 0
    assert [(path, told["hook_event_name"]) for path, told in server.posted] == [
        ("/hook/it?a=b", "UserPromptSubmit"),
        ("/hook/it?a=b", "Stop"),
    ]


def test_an_answer_over_http_counts(run_claude: RunClaude, home: ClaudeHome, server: Server) -> None:
    specific = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": "no!",
    }
    server.answer = {"hookSpecificOutput": specific}
    home.write_settings({"hooks": {"PreToolUse": [server.hook()]}})
    run_claude("-p", "hi", replies=[BASH, *SAID])
    assert results(home)[0]["content"] == "no!"


def test_an_error_over_http_blocks_nothing(run_claude: RunClaude, home: ClaudeHome, server: Server) -> None:
    server.status, server.answer = 500, {"decision": "block", "reason": "no"}
    home.write_settings({"hooks": {"UserPromptSubmit": [server.hook()]}})
    assert run_claude("-p", "hi").stdout == "You said: hi\n"


def test_a_server_that_is_down_blocks_nothing(run_claude: RunClaude, home: ClaudeHome) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    hook = {"hooks": [{"type": "http", "url": url}]}
    home.write_settings({"hooks": {event: [hook] for event in ("SessionStart", "UserPromptSubmit", "Stop")}})
    assert run_claude("-p", "hi").stdout == "You said: hi\n"


def test_a_slow_server_is_waited_for_while_keys_are_heard(
    start_claude: StartClaude, service: Service, home: ClaudeHome, server: Server
) -> None:
    home.write_settings({"hooks": {"UserPromptSubmit": [server.hook()]}})
    server.held.clear()
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    claude.until(lambda: server.posted)
    claude.paste("draft")
    claude.see_box("draft")
    server.held.set()
    assert service.answer(["text", "ok"])["prompt"] == "hi"


def test_a_server_that_takes_too_long_is_left(
    run_claude: RunClaude, home: ClaudeHome, server: Server
) -> None:
    server.held.clear()
    home.write_settings({"hooks": {"UserPromptSubmit": [server.hook(timeout=0.2)]}})
    assert run_claude("-p", "hi").stdout == "You said: hi\n"
