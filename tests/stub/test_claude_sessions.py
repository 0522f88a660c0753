"""Which conversation Claude Code's stub goes on with, and what it says when there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.stub.claude_driver import call
from tests.stub.stub_driver import PROGRAM, TIMEOUT

if TYPE_CHECKING:
    from tests.stub.claude_driver import ClaudeHome, StartClaude
    from tests.stub.stub_driver import Service

NOBODY = "11111111-1111-4111-8111-111111111111"
STREAM = ("-p", "--verbose", "--output-format", "stream-json")


class RunClaude(Protocol):
    def __call__(self, *argv: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def run_claude(
    claude_wiring: dict[str, Any], claude_environment: dict[str, str], home: ClaudeHome
) -> RunClaude:
    """Run Claude Code's stub without a terminal, with a brain that has one thing to say."""

    def run_stub(*argv: str) -> subprocess.CompletedProcess[str]:
        wiring = json.dumps({**claude_wiring, "link": ""})
        return subprocess.run(
            [sys.executable, "-I", "-S", str(PROGRAM), wiring, *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=home.workdir,
            env=claude_environment,
            timeout=TIMEOUT,
            check=False,
        )

    return run_stub


def told(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_headless_continue_without_a_conversation_begins_one(run_claude: RunClaude) -> None:
    first, last = (told(run_claude(*STREAM, "--continue", "hi"))[at] for at in (0, -1))
    assert (first["subtype"], last["subtype"]) == ("init", "success")


def test_in_the_terminal_continue_needs_a_conversation(start_claude: StartClaude) -> None:
    claude = start_claude("--continue")
    assert claude.leave() == 1
    assert "No conversation found to continue" in claude.screen.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (NOBODY, f"No conversation found with session ID: {NOBODY}"),
        ("nope", 'Provided value "nope" is not a UUID and does not match any session title.'),
    ],
)
def test_who_resumes_nothing_is_told_in_the_stream_as_well(
    run_claude: RunClaude, name: str, message: str
) -> None:
    done = run_claude(*STREAM, "--resume", name, "hi")
    (result,) = told(done)
    assert done.returncode == 1
    assert result["subtype"] == "error_during_execution"
    assert result["errors"] == [done.stderr.removesuffix("\n")]
    assert done.stderr.endswith(f"{message}\n")
    assert run_claude("-p", "--resume", name, "hi").stdout == ""


def test_a_transcript_in_which_nothing_was_said_is_no_conversation(
    run_claude: RunClaude, home: ClaudeHome
) -> None:
    (begun,) = told(run_claude("-p", "--output-format", "json", "hi"))
    session = begun["session_id"]
    (path,) = home.folder.glob(f".claude/projects/*/{session}.jsonl")
    (path.parent / f"{NOBODY}.jsonl").write_text('{"type":"last-prompt","lastPrompt":"hi"}\n')
    assert run_claude("-p", "--resume", NOBODY, "hi").returncode == 1
    assert run_claude("-p", "--resume", session, "hi").returncode == 0


def test_the_model_that_answered_last_is_asked_again(run_claude: RunClaude) -> None:
    run_claude("-p", "--model", "sonnet", "hi")
    assert told(run_claude(*STREAM, "--continue", "hi"))[0]["model"] == "claude-sonnet-5"
    chosen = told(run_claude(*STREAM, "--continue", "--model", "haiku", "hi"))
    assert chosen[0]["model"] == "claude-haiku-4-5-20251001"


def test_without_words_nothing_is_resumed(run_claude: RunClaude) -> None:
    run_claude("-p", "hi")
    refused = run_claude("-p", "--continue", "")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: No deferred tool marker found in the resumed session.")


@pytest.mark.parametrize(("form", "status"), [("stream-json", 0), ("json", 1), ("text", 1)])
def test_a_blank_prompt_is_an_error_but_for_streams(run_claude: RunClaude, form: str, status: int) -> None:
    done = run_claude("-p", "--verbose", "--output-format", form, "   ")
    assert (done.returncode, done.stdout) == (status, "")


def test_three_quick_interrupts_stop_the_turn_and_leave(
    start_claude: StartClaude, service: Service, home: ClaudeHome
) -> None:
    claude = start_claude()
    service.accept()
    claude.ask("hi")
    service.reply(["text", "one\n"], ["gate", 1])
    claude.see("● one")
    claude.type("\x03\x03\x03")
    assert claude.leave() == 0
    (transcript,) = home.folder.glob(".claude/projects/*/*.jsonl")
    assert "[Request interrupted by user]" in transcript.read_text()


def test_a_question_that_is_disallowed_reaches_nobody(start_claude: StartClaude, service: Service) -> None:
    claude = start_claude("--disallowedTools", "AskUserQuestion")
    service.accept()
    claude.ask("hi")
    asked = {"question": "Which?", "header": "Which?", "options": [{"label": "a", "description": "a"}]}
    question = {**call("AskUserQuestion", questions=[asked]), "kind": "ask_user"}
    service.answer(["call", question], stop_reason="tool_use")
    (result,) = service.answer(["text", "ok"])["results"]
    assert result["is_error"]
    assert "AskUserQuestion exists but is not enabled in this context." in result["output"]
