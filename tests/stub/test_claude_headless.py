"""`claude --print` of the stub, from the command line to the exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.stub.claude_driver import call, read_lines, until
from tests.stub.stub_driver import PROGRAM, TIMEOUT

if TYPE_CHECKING:
    from tests.stub.claude_driver import ClaudeHome, PopenClaude, RunClaude
    from tests.stub.stub_driver import Service

SERVER = Path(__file__).parent / "mcp_server.py"
STREAM = ("-p", "--output-format", "stream-json", "--verbose")
BASH = {"call": call("Bash", command="echo one")}
TOUCH = {"call": call("Bash", command="touch made")}
SAID = {"say": "done"}


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def kinds(printed: str) -> list[str]:
    """Give the types, with the subtype where there is one."""
    return [":".join(filter(None, (line["type"], line.get("subtype", "")))) for line in lines(printed)]


def user(text: str) -> str:
    return json.dumps({"type": "user", "message": {"role": "user", "content": text}}) + "\n"


def control(name: str, **request: object) -> str:
    return json.dumps({"type": "control_request", "request_id": name, "request": request}) + "\n"


def sent_back(home: ClaudeHome) -> list[dict[str, Any]]:
    contents = [record["message"]["content"] for record in home.records("user")]
    return [block for content in contents if isinstance(content, list) for block in content]


# --- what is printed ---


def test_text_is_the_last_answer_alone(run_claude: RunClaude) -> None:
    done = run_claude("-p", "hi", replies=[{"say": "first", **BASH}, SAID])
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_json_is_one_result(run_claude: RunClaude, home: ClaudeHome) -> None:
    done = run_claude("-p", "--output-format", "json", "hi", replies=[BASH, SAID])
    (result,) = lines(done.stdout)
    assert result["subtype"] == "success"
    assert (result["is_error"], result["result"], result["num_turns"]) == (False, "done", 2)
    assert result["session_id"] == home.transcripts[0].stem


def test_a_stream_tells_of_every_step(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "hi", replies=[BASH, SAID])
    assert kinds(done.stdout) == ["system:init", "assistant", "user", "assistant", "result:success"]
    init, asked, returned, said, result = lines(done.stdout)
    assert init["claude_code_version"] == "2.1.197"
    assert asked["message"]["content"][0]["name"] == "Bash"
    assert returned["message"]["content"][0]["content"] == "one"
    assert said["message"]["content"] == [{"type": "text", "text": "done"}]
    assert {line["session_id"] for line in lines(done.stdout)} == {result["session_id"]}


def test_partial_messages_come_as_events(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "--include-partial-messages", "hi", replies=[SAID])
    events = [line["event"] for line in lines(done.stdout) if line["type"] == "stream_event"]
    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[2]["delta"] == {"type": "text_delta", "text": "done"}


def test_what_a_stream_tells_is_printed_while_the_turn_runs(
    popen_claude: PopenClaude, service: Service
) -> None:
    running = popen_claude(*STREAM, "hi")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.close()
    service.accept()
    request = service.receive("request")
    assert json.loads(running.stdout.readline())["subtype"] == "init"
    reply = {"type": "reply", "id": request["id"], "steps": [["text", "ok"]], "stop_reason": "end_turn"}
    service.send({**reply, "usage": None})
    assert json.loads(running.stdout.readline())["type"] == "assistant"
    assert json.loads(running.stdout.readline())["subtype"] == "success"
    assert running.wait(TIMEOUT) == 0


# --- the prompt ---


@pytest.mark.parametrize(
    ("argv", "stdin", "prompt"),
    [
        (["-p", "hi"], "", "hi"),
        (["hi", "-p"], "", "hi"),
        (["-p"], "piped\n", "piped\n"),
        (["-p", "hi"], "piped", "hi\npiped"),
        (["-p", "-"], "", "-"),
    ],
)
def test_the_prompt_comes_from_the_command_line_and_from_stdin(
    run_claude: RunClaude, argv: list[str], stdin: str, prompt: str
) -> None:
    done = run_claude(*argv, "--output-format", "json", stdin=stdin)
    assert json.loads(done.stdout)["result"] == f"You said: {prompt}"


@pytest.mark.parametrize("argv", [["-p"], ["-p", "  "], ["-p", "--output-format", "stream-json", "hi"]])
def test_what_cannot_run_says_why_and_fails(run_claude: RunClaude, home: ClaudeHome, argv: list[str]) -> None:
    done = run_claude(*argv)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr
    assert home.transcripts == []


def test_an_unknown_command_is_answered_without_the_model(run_claude: RunClaude) -> None:
    done = run_claude("-p", "/nosuch x", replies=[])
    assert (done.returncode, done.stdout) == (0, "Unknown command: /nosuch\n")


def test_a_closed_stdin_is_no_input(
    home: ClaudeHome, claude_wiring: dict[str, Any], claude_environment: dict[str, str]
) -> None:
    wiring = json.dumps({**claude_wiring, "link": ""})
    command = '"$0" -I -S "$1" "$2" -p hi <&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, str(PROGRAM), wiring],
        env=claude_environment,
        cwd=home.workdir,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "You said: hi\n", "")


# --- prompts that stream in ---


def test_each_prompt_that_streams_in_has_its_own_result(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "--input-format", "stream-json", stdin=user("one") + user("two"))
    results = [line["result"] for line in lines(done.stdout) if line["type"] == "result"]
    assert (done.returncode, results) == (0, ["You said: one", "You said: two"])


def test_prompts_are_replayed_where_that_is_asked_for(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "--input-format", "stream-json", "--replay-user-messages", stdin=user("one"))
    (replayed,) = [line for line in lines(done.stdout) if line["type"] == "user"]
    assert replayed["isReplay"] is True
    assert replayed["message"] == {"role": "user", "content": "one"}


def test_control_requests_are_answered(run_claude: RunClaude) -> None:
    given = control("c1", subtype="initialize") + control("c2", subtype="nosuch")
    given += control("c3", subtype="set_permission_mode", mode="acceptEdits") + user("hi")
    done = run_claude(*STREAM, "--input-format", "stream-json", stdin=given)
    answers = [line["response"] for line in lines(done.stdout) if line["type"] == "control_response"]
    told = [(answer["request_id"], answer["subtype"]) for answer in answers]
    assert told == [("c1", "success"), ("c2", "error"), ("c3", "success")]
    (init,) = [line for line in lines(done.stdout) if line.get("subtype") == "init"]
    assert init["permissionMode"] == "acceptEdits"


def test_a_control_request_interrupts_the_turn_and_the_next_prompt_runs(
    popen_claude: PopenClaude, service: Service
) -> None:
    running = popen_claude(*STREAM, "--input-format", "stream-json")
    assert running.stdin is not None
    service.accept()
    running.stdin.write(user("one"))
    running.stdin.flush()
    service.receive("request")
    running.stdin.write(control("c1", subtype="interrupt"))
    running.stdin.flush()
    service.receive("abandoned")
    running.stdin.write(user("two"))
    running.stdin.flush()
    service.answer(["text", "ok"])
    printed, errors = running.communicate(timeout=TIMEOUT)
    results = [(line["subtype"], line["is_error"]) for line in lines(printed) if line["type"] == "result"]
    assert results == [("error_during_execution", True), ("success", False)]
    assert (running.returncode, errors) == (0, "")


@pytest.mark.parametrize("line", ["{broken\n", "null\n", '{"type": "user", "message": {"role": "dog"}}\n'])
def test_input_that_cannot_be_read_ends_it(run_claude: RunClaude, line: str) -> None:
    done = run_claude(*STREAM, "--input-format", "stream-json", stdin=line)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error")


def test_the_driving_program_is_asked_for_permission(popen_claude: PopenClaude) -> None:
    running = popen_claude(
        *STREAM,
        "--input-format",
        "stream-json",
        "--permission-prompt-tool",
        "stdio",
        replies=[TOUCH, SAID],
        link="",
    )
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(user("go"))
    running.stdin.flush()
    asked: dict[str, Any] = {}
    while asked.get("type") != "control_request":
        asked = json.loads(running.stdout.readline())
    assert asked["request"]["tool_name"] == "Bash"
    answer = {"behavior": "allow", "updatedInput": {"command": "echo changed"}}
    response = {"subtype": "success", "request_id": asked["request_id"], "response": answer}
    printed, _ = running.communicate(json.dumps({"type": "control_response", "response": response}) + "\n")
    (returned,) = [line for line in lines(printed) if line["type"] == "user"]
    assert returned["message"]["content"][0]["content"] == "changed"


# --- ends ---


def test_a_failed_request_is_a_success_with_an_error(run_claude: RunClaude) -> None:
    done = run_claude("-p", "--output-format", "json", "hi", replies=[{"fail": 400, "message": "bad"}])
    (result,) = lines(done.stdout)
    assert (done.returncode, result["subtype"], result["is_error"]) == (1, "success", True)
    assert (result["api_error_status"], result["result"]) == (400, "API Error: 400 bad")


def test_a_passing_failure_is_retried_and_told(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "hi", replies=[{"fail": 529, "message": "busy"}, SAID])
    assert kinds(done.stdout) == ["system:init", "system:api_retry", "assistant", "result:success"]
    assert done.returncode == 0


def test_the_limit_of_turns_is_an_error(run_claude: RunClaude) -> None:
    done = run_claude("-p", "--output-format", "json", "--max-turns", "1", "hi", replies=[BASH, SAID])
    (result,) = lines(done.stdout)
    assert (done.returncode, result["subtype"], result["is_error"]) == (1, "error_max_turns", True)


@pytest.mark.parametrize("in_tool", [False, True])
def test_sigint_ends_a_stream_with_a_result(
    popen_claude: PopenClaude, service: Service, home: ClaudeHome, *, in_tool: bool
) -> None:
    os.mkfifo(home.workdir / "pipe")
    running = popen_claude(*STREAM, "--allowedTools", "Bash", "--", "hi")
    assert running.stdin is not None
    running.stdin.close()
    running.stdin = None
    pid = int(service.accept()["pid"])
    if in_tool:
        asked = call("Bash", command="echo > begun; cat pipe")
        service.answer(["call", asked], stop_reason="tool_use")
        until(lambda: (home.workdir / "begun").exists())
    else:
        service.receive("request")
    os.kill(pid, signal.SIGINT)
    printed, _ = running.communicate(timeout=TIMEOUT)
    result = lines(printed)[-1]
    assert (result["type"], result["subtype"], result["is_error"]) == (
        "result",
        "error_during_execution",
        True,
    )
    assert running.returncode == int(in_tool)


def test_sigterm_ends_it_with_its_status_and_its_hooks(
    popen_claude: PopenClaude, service: Service, home: ClaudeHome, tmp_path: Path
) -> None:
    line = {"hooks": [{"type": "command", "command": f"cat > {tmp_path}/ended"}]}
    home.write_settings({"hooks": {"SessionEnd": [line]}})
    running = popen_claude("-p", "hi")
    assert running.stdin is not None
    running.stdin.close()
    running.stdin = None
    service.accept()
    service.receive("request")
    running.terminate()
    running.communicate(timeout=TIMEOUT)
    assert running.returncode == 143
    assert json.loads((tmp_path / "ended").read_text())["reason"] == "other"


@pytest.mark.parametrize("argv", [STREAM, ("-p",)])
def test_nobody_who_reads_is_no_failure(
    popen_claude: PopenClaude, service: Service, argv: tuple[str, ...]
) -> None:
    running = popen_claude(*argv, "hi")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.close()
    service.accept()
    request = service.receive("request")
    running.stdout.close()
    steps = [["text", "x" * 100_000]]
    service.send(
        {"type": "reply", "id": request["id"], "steps": steps, "stop_reason": "end_turn", "usage": None}
    )
    assert running.wait(TIMEOUT) == 0
    assert running.stderr is not None
    assert running.stderr.read() == ""


# --- sessions ---


def test_a_session_is_resumed_with_its_id(run_claude: RunClaude, home: ClaudeHome) -> None:
    session = str(uuid4())
    run_claude("-p", "--session-id", session, "one")
    run_claude("-p", "--resume", session, "two")
    run_claude("-p", "--continue", "three")
    (file,) = home.transcripts
    assert file.stem == session
    prompts = [record for record in home.records("user") if isinstance(record["message"]["content"], str)]
    assert [record["message"]["content"] for record in prompts] == ["one", "two", "three"]
    assert prompts[1]["parentUuid"] is not None


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--resume", "5b0a2a42-5e6b-4bb4-9f1e-5d27a2f1a000"], "No conversation found with session ID: 5b0a"),
        (["--session-id", "nonsense"], "Invalid session ID"),
        (["--no-such-option"], "unknown option '--no-such-option'"),
        (["--settings", "/nonexistent.json"], "Settings file not found: /nonexistent.json"),
    ],
)
def test_what_is_not_there_is_refused(run_claude: RunClaude, argv: list[str], message: str) -> None:
    done = run_claude("-p", *argv, "hi")
    assert done.returncode == 1
    assert message in done.stderr


def test_the_id_of_another_session_is_refused(run_claude: RunClaude) -> None:
    session = str(uuid4())
    assert run_claude("-p", "--session-id", session, "hi").returncode == 0
    again = run_claude("-p", "--session-id", session, "hi")
    assert (again.returncode, again.stderr) == (1, f"Error: Session ID {session} is already in use.\n")


def test_without_persistence_nothing_is_kept(run_claude: RunClaude, home: ClaudeHome) -> None:
    assert run_claude("-p", "--no-session-persistence", "hi").returncode == 0
    assert home.transcripts == []


# --- permission ---


def test_a_call_that_nobody_allows_is_denied_and_told(run_claude: RunClaude, home: ClaudeHome) -> None:
    done = run_claude("-p", "--output-format", "json", "hi", replies=[TOUCH, SAID])
    (result,) = lines(done.stdout)
    assert (done.returncode, result["result"]) == (0, "done")
    (denial,) = result["permission_denials"]
    assert (denial["tool_name"], denial["tool_input"]) == ("Bash", {"command": "touch made"})
    assert not (home.workdir / "made").exists()
    assert sent_back(home)[0]["is_error"] is True


@pytest.mark.parametrize(
    "argv",
    [
        ("--allowedTools", "Bash(touch:*)", "--"),
        ("--allowedTools=Bash",),
        ("--permission-mode", "acceptEdits"),
        ("--settings", '{"permissions": {"allow": ["Bash(touch *)"]}}'),
    ],
)
def test_an_allowed_call_runs(run_claude: RunClaude, home: ClaudeHome, argv: tuple[str, ...]) -> None:
    assert run_claude("-p", *argv, "hi", replies=[TOUCH, SAID]).stdout == "done\n"
    assert (home.workdir / "made").exists()


def test_a_tool_that_is_not_there_says_so(run_claude: RunClaude, home: ClaudeHome) -> None:
    run_claude("-p", "hi", replies=[{"call": call("Nonesuch", x=1)}, SAID])
    assert "No such tool available: Nonesuch" in sent_back(home)[0]["content"]


# --- MCP ---


def test_an_mcp_server_is_started_and_gone_afterwards(run_claude: RunClaude, tmp_path: Path) -> None:
    log = tmp_path / "mcp.jsonl"
    server = {"command": sys.executable, "args": [str(SERVER), "plain", str(log)]}
    config = json.dumps({"mcpServers": {"test": server}})
    asked = {"call": call("mcp__test__echo", a=1)}
    done = run_claude(
        *STREAM, "--mcp-config", config, "--allowedTools", "mcp__test", "--", "hi", replies=[asked, SAID]
    )
    init, _, returned, *_ = lines(done.stdout)
    assert init["mcp_servers"] == [{"name": "test", "status": "connected"}]
    assert "mcp__test__echo" in init["tools"]
    assert returned["message"]["content"][0]["content"] == [{"type": "text", "text": 'echo {"a": 1}'}]
    pid = read_lines(log)[0][1]  # type: ignore[index]
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_an_mcp_server_that_fails_holds_nothing_up(run_claude: RunClaude) -> None:
    config = json.dumps({"mcpServers": {"test": {"command": "/nonexistent"}}})
    done = run_claude(*STREAM, "--mcp-config", config, "--", "hi", replies=[SAID])
    assert lines(done.stdout)[0]["mcp_servers"] == [{"name": "test", "status": "failed"}]
    assert done.returncode == 0


# --- an answer by a schema, a budget ---

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"a": {"type": "string", "minLength": 1}, "b": {"type": ["integer", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
)


def answered(**given: object) -> dict[str, Any]:
    return {"call": {**call("StructuredOutput"), "input": given}}


def test_an_answer_by_the_schema_ends_the_turn(run_claude: RunClaude, home: ClaudeHome) -> None:
    words = ("-p", "go", "--json-schema", SCHEMA)
    done = run_claude(*words, "--output-format", "json", replies=[answered(a="é"), SAID])
    result = json.loads(done.stdout)
    assert (result["structured_output"], result["result"]) == ({"a": "é"}, '{"a":"é"}')
    assert (result["stop_reason"], result["num_turns"]) == ("tool_use", 2)
    (kept,) = [
        record["attachment"]
        for record in home.records("attachment")
        if record["attachment"]["type"] == "structured_output"
    ]
    assert kept["data"] == {"a": "é"}
    assert home.records("user")[-1]["toolEndsTurn"] is True


def test_text_is_the_answer_by_the_schema(run_claude: RunClaude) -> None:
    done = run_claude("-p", "go", "--json-schema", SCHEMA, replies=[answered(a="b")])
    assert (done.returncode, done.stdout) == (0, '{"a":"b"}\n')


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "root: must have required property 'a'"),
        (
            {"a": 1, "b": "x", "c": 2},
            "root: must NOT have additional properties, /a: must be string, /b: must be integer,null",
        ),
        ({"a": ""}, "/a: must NOT have fewer than 1 characters"),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_again(
    run_claude: RunClaude, home: ClaudeHome, given: dict[str, Any], wrong: str
) -> None:
    done = run_claude("-p", "go", "--json-schema", SCHEMA, replies=[answered(**given), answered(a="b")])
    assert done.stdout == '{"a":"b"}\n'
    assert sent_back(home)[0]["content"] == f"Output does not match required schema: {wrong}"


def test_an_answer_without_the_schema_is_asked_for_once_more(run_claude: RunClaude) -> None:
    words = (*STREAM, "go", "--json-schema", SCHEMA)
    done = run_claude(*words, replies=[{"say": "one"}, {"say": "two"}])
    (reminder,) = [line for line in lines(done.stdout) if line.get("isSynthetic")]
    assert "You MUST call the StructuredOutput tool" in reminder["message"]["content"][0]["text"]
    result = lines(done.stdout)[-1]
    assert (result["result"], result["num_turns"], "structured_output" in result) == ("two", 2, False)


def test_a_schema_that_is_no_json_is_refused(run_claude: RunClaude) -> None:
    done = run_claude("-p", "go", "--json-schema", "nonsense", replies=[SAID])
    assert done.returncode == 1
    assert done.stderr.startswith("Error: --json-schema is not valid JSON")


def test_a_budget_that_is_spent_ends_the_turn_before_its_calls(
    popen_claude: PopenClaude, service: Service, home: ClaudeHome
) -> None:
    words = ("-p", "go", "--dangerously-skip-permissions", "--output-format", "json")
    running = popen_claude(*words, "--max-budget-usd", "0.000001", env={"IS_SANDBOX": "1"})
    assert running.stdin is not None
    running.stdin.close()
    running.stdin = None
    service.accept()
    service.reply(["call", call("Bash", command="touch made")])
    printed, _ = running.communicate(timeout=TIMEOUT)
    result = json.loads(printed)
    assert (result["subtype"], result["errors"], result["stop_reason"]) == (
        "error_max_budget_usd",
        ["Reached maximum budget ($0.000001)"],
        "tool_use",
    )
    assert running.returncode == 1
    assert not (home.workdir / "made").exists()


def test_text_says_that_the_budget_is_spent(popen_claude: PopenClaude, service: Service) -> None:
    running = popen_claude("-p", "go", "--max-budget-usd", "0.000001")
    assert running.stdin is not None
    running.stdin.close()
    running.stdin = None
    service.accept()
    service.reply(["text", "done"])
    printed, _ = running.communicate(timeout=TIMEOUT)
    assert (running.returncode, printed) == (1, "Error: Exceeded USD budget (0.000001)")


@pytest.mark.parametrize("amount", ["0", "-1", "nonsense", "nan", "inf"])
def test_a_budget_is_a_positive_number(run_claude: RunClaude, amount: str) -> None:
    done = run_claude("-p", "go", f"--max-budget-usd={amount}", replies=[SAID])
    assert done.returncode == 1
    assert done.stderr == "error: --max-budget-usd must be a positive number greater than 0\n"


# --- what is told of a conversation that is too short, and of a denial by the mode ---


def test_a_conversation_of_a_script_is_too_short_to_compact(run_claude: RunClaude) -> None:
    done = run_claude(*STREAM, "/compact", replies=[])
    assert kinds(done.stdout)[:2] == ["system:status", "system:status"]
    told = lines(done.stdout)
    assert (told[0]["status"], told[1]["compact_result"]) == ("compacting", "failed")
    assert told[-1]["result"] == "Not enough messages to compact."


def test_a_denial_by_the_mode_says_what_not_to_make_of_it(run_claude: RunClaude, home: ClaudeHome) -> None:
    run_claude("-p", "go", "--permission-mode", "dontAsk", replies=[TOUCH, SAID])
    (told,) = [block["content"] for block in sent_back(home)]
    assert told.startswith(
        "Permission to use Bash has been denied because Claude Code is running in don't ask"
    )
    assert "you *should not* attempt to work around this denial" in told
