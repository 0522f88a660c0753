"""Headless Claude Code: what it prints, line by line as the real one printed it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent.faces.claude.arguments import parse
from pytest_tmuxagent.faces.claude.offers import tools
from pytest_tmuxagent.stub.claude.control import Control
from pytest_tmuxagent.stub.claude.driver import Driver
from pytest_tmuxagent.stub.claude.printing import Printing
from pytest_tmuxagent.stub.leave import Leave

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CAPTURED = Path(__file__).parents[1] / "captured/claude/2.1.197/print"
CWD = "/home/dev/proj"
MODEL = "claude-opus-4-8[1m]"
USAGE = {
    "input_tokens": 10,
    "output_tokens": 7,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
}
STREAM = ["-p", "--output-format", "stream-json", "--verbose"]
PARTIAL = [*STREAM, "--include-partial-messages"]
INPUT = [*STREAM, "--input-format", "stream-json"]
JSON = ["-p", "--output-format", "json"]
# What no two runs have in common.
_PASSING = {
    "uuid",
    "session_id",
    "timestamp",
    "hook_id",
    "retry_delay_ms",
    "refused_user_message_uuid",
    "pid",
    "duration_ms",
    "duration_api_ms",
    "ttft_ms",
    "ttft_stream_ms",
    "time_to_request_ms",
}


def normalised(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Keep keys, their order, and all values that are not of their moment."""
    if isinstance(value, list):
        return [normalised(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "partial_json" in value:  # its blanks are the API's
        value = {**value, "partial_json": json.loads(value["partial_json"])}
    kept = {key: "*" if key in _PASSING else normalised(each) for key, each in value.items()}
    if kept.get("model") == "<synthetic>":
        kept["id"] = "*"
    if kept.get("subtype") in ("success", "can_use_tool") and "request_id" in kept:
        kept["request_id"] = "*"
    if kept.get("type") == "control_request":
        kept["request_id"] = "*"
    return kept


def shown(lines: list[str]) -> list[str]:
    """Give each line's JSON, its ids replaced by the number of those seen before."""
    seen: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return seen.setdefault(found[0], f"{found[1]}_{len(seen)}")

    whole = "\x00".join(json.dumps(normalised(json.loads(line)), indent=1) for line in lines)
    whole = re.sub(r"\b(msg|req|toolu)_\w+", named, whole)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", whole).split("\x00")


class Stage:
    """A printing whose output is kept, and an engine that does as it is told."""

    def __init__(self, words: list[str]) -> None:
        self.written = b""
        self.requests = 0
        self.mode, self.model, self.asks = "default", MODEL, False
        self.printing = Printing(
            parse(words),
            session="s1",
            cwd=CWD,
            memory="/home/dev/.claude/projects/-home-dev-proj/memory/",
            version="2.1.197",
            write=self._write,
        )
        self.control = Control(self, printing=self.printing, driver=Driver(self.printing), cwd=CWD)
        self.interrupts: list[Callable[[], None]] = []

    @property
    def lines(self) -> list[str]:
        return self.written.decode().splitlines()

    def _write(self, fd: int, data: bytes) -> None:
        assert fd == 1
        self.written += data

    # --- what the engine does ---

    def begin(self, text: str = "") -> None:
        offered = tools(asks=self.asks)
        self.printing.begun(session="s1", tools=offered, mcp_servers=[], model=self.model, mode=self.mode)
        self.printing.prompted(text)

    def start(self, text: str = "") -> None:
        self.hook("SessionStart:startup")
        self.begin(text)

    def hook(self, name: str) -> None:
        self.printing.hook_started(name, hook_id="h")
        self.printing.hook_ended(name, hook_id="h", stdout="", stderr="", code=0)

    def request(self) -> None:
        self.printing.requesting(message_id=f"msg_a{self.requests}", request_id=f"req_a{self.requests}")

    def say(self, text: str, *calls: dict[str, Any], stop_reason: str = "") -> None:
        self.request()
        self.requests += 1
        reason = stop_reason or ("tool_use" if calls else "end_turn")
        self.printing.said(text, list(calls), usage=USAGE, stop_reason=reason)

    def answer(self, text: str) -> None:
        self.say(text)
        self.printing.ended(text, stop_reason="end_turn")

    def returns(self, call: dict[str, Any], output: str, *, response: Any = None) -> None:  # noqa: ANN401
        """Give a result; one without a structured response is an error."""
        error = response is None
        response = f"Error: {output}" if error else response
        self.printing.returned(
            call, {"call": call["id"], "output": output, "is_error": error, "response": response}
        )

    def interrupt(self) -> None:
        for each in self.interrupts:
            each()

    def set_mode(self, mode: str) -> str:
        self.mode = mode
        return ""

    def set_model(self, model: str) -> None:
        self.model = model

    def add_hooks(self, hooks: Mapping[str, Any]) -> None: ...

    def connect_servers(self, names: Sequence[str], ready: Callable[[], None]) -> None:  # noqa: ARG002
        ready()

    def context_usage(self) -> dict[str, Any]:
        return {}

    def mcp_servers(self) -> list[dict[str, Any]]:
        return []


def call(identity: str, name: str, **given: str) -> dict[str, Any]:
    return {"id": identity, "name": name, "input": given}


def bash(identity: str, command: str = "echo hi") -> dict[str, Any]:
    return call(identity, "Bash", command=command, description="d")


def printed(text: str) -> dict[str, Any]:
    return {
        "stdout": text,
        "stderr": "",
        "interrupted": False,
        "isImage": False,
        "noOutputExpected": False,
    }


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def control(name: str, **request: object) -> dict[str, Any]:
    return {"type": "control_request", "request_id": name, "request": request}


# --- the plays: what happened when the real one was captured ---


def play_tool(stage: Stage) -> None:
    stage.start()
    stage.say("first", bash("toolu_1"))
    stage.returns(bash("toolu_1"), "hi", response=printed("hi"))
    stage.answer("All done with the tool.")


def play_two_tools(stage: Stage) -> None:
    first, second = bash("toolu_1"), bash("toolu_2", "exit 3")
    stage.start()
    stage.say("", first, second)
    stage.returns(first, "hi", response=printed("hi"))
    stage.printing.denied(second)
    stage.returns(second, "This command requires approval")
    stage.answer("All done with the tool.")


def play_denied(stage: Stage) -> None:
    write = call("toolu_1", "Write", file_path="z.txt", content="hi")
    stage.start()
    stage.say("", write)
    stage.printing.denied(write)
    why = f"Claude requested permissions to write to {CWD}/z.txt, but you haven't granted it yet."
    stage.returns(write, why)
    stage.answer("All done with the tool.")


def play_max_turns(stage: Stage) -> None:
    stage.start()
    stage.say("first", bash("toolu_1"))
    stage.returns(bash("toolu_1"), "hi", response=printed("hi"))
    stage.printing.stopped_at_limit()


def play_failed(stage: Stage) -> None:
    stage.start()
    for attempt in (1, 2):
        stage.request()
        stage.printing.retrying(attempt=attempt, attempts=2, delay=0.5, status=500, error="server_error")
    stage.request()
    usually = "This is a server-side issue, usually temporary — try again in a moment."
    gateway = "If it persists, check your inference gateway (127.0.0.1:1)."
    text = f"API Error: 500 boom. {usually} {gateway}"
    stage.printing.failed(text, error="server_error", status=500)


def play_json_failed(stage: Stage) -> None:
    stage.start()
    stage.request()
    stage.printing.failed("API Error: 400 bad thing", error="unknown", status=400)


def play_partial_text(stage: Stage) -> None:
    stage.start()
    stage.request()
    stage.printing.partial("A\n", usage=USAGE)
    stage.printing.partial("B", usage=USAGE)
    stage.printing.said("A\nB", [], usage=USAGE, stop_reason="end_turn")
    stage.printing.ended("A\nB", stop_reason="end_turn")


def play_partial_retried(stage: Stage) -> None:
    stage.start()
    stage.request()
    stage.printing.retrying(attempt=1, attempts=2, delay=0.5, status=529, error="overloaded")
    stage.answer("ok")


def play_refusal(stage: Stage) -> None:
    stage.begin()
    stage.say("no", stop_reason="refusal")
    stage.printing.ended("no", stop_reason="refusal")


def play_unknown_command(stage: Stage) -> None:
    stage.start()
    stage.printing.answered_itself("Unknown command: /nonesuch")


def play_clear(stage: Stage) -> None:
    stage.start()
    stage.printing.answered_itself("")


def play_blocked(stage: Stage) -> None:
    why = "UserPromptSubmit operation blocked by hook:\n[echo blocked >&2; exit 2]: blocked\n"
    stage.begin()
    stage.printing.blocked(f"{why}\n\nOriginal prompt: BLOCK me")


def play_hooks(stage: Stage) -> None:
    run = call("toolu_1", "Bash", command="echo a")
    stage.hook("SessionStart:startup")
    stage.hook("UserPromptSubmit")
    stage.begin()
    stage.say("", run)
    stage.hook("PreToolUse:Bash")
    stage.hook("PostToolUse:Bash")
    stage.returns(run, "a", response=printed("a"))
    stage.hook("PostToolBatch")
    stage.say("All done with the tool.")
    stage.hook("Stop")
    stage.printing.ended("All done with the tool.", stop_reason="end_turn")


def play_replayed(stage: Stage) -> None:
    stage.printing.announced("one", user("one [[text:r1]]"), uuid=None)
    stage.begin("one")
    stage.answer("r1")
    said = {"role": "user", "content": "two [[text:r2]]"}
    stage.printing.announced("two", said, uuid=None)
    stage.begin("two")
    stage.answer("r2")


def play_interrupted(stage: Stage) -> None:
    cut_short(stage)
    stage.control.take(control("q1", subtype="interrupt"))
    stage.begin()
    stage.answer("r2")


def play_partial_interrupted(stage: Stage) -> None:
    cut_short(stage)
    stage.control.take(control("q1", subtype="interrupt"))
    stage.begin()
    stage.answer("q")


def cut_short(stage: Stage) -> None:
    stage.begin()
    stage.request()
    stage.requests += 1
    stage.printing.partial("A\n", usage=USAGE)
    stage.interrupts.append(lambda: stage.printing.interrupted(in_tool=False, partial="A\n"))


def play_signalled(stage: Stage) -> None:
    cut_short(stage)
    stage.interrupt()


def play_interrupted_in_tool(stage: Stage) -> None:
    run = bash("toolu_1", "sleep 4")
    why = (
        "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
        " edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to"
        " tell you how to proceed."
    )
    result = {"call": "toolu_1", "output": why, "is_error": True, "response": "User rejected tool use"}
    stage.begin()
    stage.say("", run)
    stage.interrupts.append(lambda: stage.printing.returned(run, result))
    stage.interrupts.append(lambda: stage.printing.interrupted(in_tool=True))
    stage.control.take(control("q1", subtype="interrupt"))


def play_control(stage: Stage) -> None:
    stage.control.take(control("q1", subtype="initialize", hooks=None))
    stage.begin()
    stage.answer("r1")
    stage.control.take(control("q2", subtype="set_permission_mode", mode="acceptEdits"))
    stage.control.take(control("q3", subtype="nonesuch"))
    stage.control.take(control("q4", subtype="set_model", model="claude-sonnet-4-5"))
    stage.control.take(control("q5", subtype="mcp_status"))
    stage.control.take(control("q6", subtype="interrupt"))
    stage.begin()
    stage.answer("r3")


def play_asked(stage: Stage) -> None:
    write = call("toolu_1", "Write", file_path="z2.txt", content="hi")
    suggestions = [{"type": "setMode", "mode": "acceptEdits", "destination": "session"}]
    decisions: list[dict[str, Any]] = []
    stage.asks = True
    stage.begin()
    stage.say("", write)
    stage.control.ask(write, suggestions=suggestions, decided=decisions.append)
    asked = json.loads(stage.lines[-1])["request_id"]
    response = {"behavior": "deny", "message": "not today"}
    answer = {"subtype": "success", "request_id": asked, "response": response}
    stage.control.take({"type": "control_response", "response": answer})
    stage.printing.denied(write)
    stage.returns(write, decisions[0]["message"])
    stage.answer("All done with the tool.")


def play_answer(stage: Stage) -> None:
    stage.start()
    stage.answer("hi")


PLAYS: list[tuple[str, list[str], Callable[[Stage], None], int]] = [
    ("tool", STREAM, play_tool, 0),
    ("two-tools", STREAM, play_two_tools, 0),
    ("denied", STREAM, play_denied, 0),
    ("max-turns", [*STREAM, "--max-turns", "1"], play_max_turns, 1),
    ("failed", STREAM, play_failed, 1),
    ("refusal", STREAM, play_refusal, 1),
    ("unknown-command", STREAM, play_unknown_command, 0),
    ("blocked", STREAM, play_blocked, 0),
    ("hooks", [*STREAM, "--include-hook-events"], play_hooks, 0),
    ("partial-text", PARTIAL, play_partial_text, 0),
    ("partial-tool", PARTIAL, play_tool, 0),
    ("partial-retried", PARTIAL, play_partial_retried, 0),
    ("partial-interrupted", [*INPUT, "--include-partial-messages"], play_partial_interrupted, 0),
    ("input-replayed", [*INPUT, "--replay-user-messages"], play_replayed, 0),
    ("input-interrupted", INPUT, play_interrupted, 0),
    ("input-interrupted-in-tool", INPUT, play_interrupted_in_tool, 1),
    ("input-control", INPUT, play_control, 0),
    ("input-asked", INPUT, play_asked, 0),
    ("json", JSON, play_answer, 0),
    ("json-verbose", [*JSON, "--verbose"], play_answer, 0),
    ("json-failed", JSON, play_json_failed, 1),
    ("json-max-turns", [*JSON, "--max-turns", "1"], play_max_turns, 1),
    ("json-clear", JSON, play_clear, 0),
    ("json-interrupted", JSON, play_signalled, 0),
]


@pytest.mark.parametrize(("name", "words", "play", "status"), PLAYS, ids=[play[0] for play in PLAYS])
def test_it_prints_what_the_real_one_printed(
    name: str, words: list[str], play: Callable[[Stage], None], status: int
) -> None:
    stage = Stage([*words, "x"] if words[-1] != "stream-json" else words)
    play(stage)
    captured = (CAPTURED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert shown(stage.lines) == shown(captured)
    assert stage.printing.status == status


TEXTS: dict[str, tuple[list[str], Callable[[Stage], None]]] = {
    "text": (["-p"], play_answer),
    "text-tool": (["-p"], play_tool),
    "text-max": (["-p", "--max-turns", "1"], play_max_turns),
    "text-err": (["-p"], play_json_failed),
    "clear-text": (["-p"], play_clear),
    "slash-text": (["-p"], play_unknown_command),
    "sigint-text": (["-p"], play_signalled),
}


@pytest.mark.parametrize("name", TEXTS)
def test_only_the_last_text_is_printed_where_no_format_was_asked_for(name: str) -> None:
    words, play = TEXTS[name]
    stage = Stage([*words, "x"])
    play(stage)
    real = json.loads((CAPTURED / "text.json").read_text(encoding="utf-8"))[name]
    assert (stage.written.decode(), stage.printing.status) == (real["stdout"], real["status"])


def test_a_text_that_ends_its_line_gets_no_second_newline() -> None:
    stage = Stage(["-p", "x"])
    stage.begin()
    stage.answer("hi\n\n")
    assert stage.written == b"hi\n\n"


def test_text_is_written_in_utf_8_and_half_a_character_as_an_escape() -> None:
    stage = Stage([*STREAM, "x"])
    stage.begin()
    stage.say("süß \ud83d")
    assert '"text":"süß \\ud83d"'.encode() in stage.written


def test_lines_are_compact() -> None:
    stage = Stage([*STREAM, "x"])
    stage.begin()
    assert stage.written.startswith(b'{"type":"system","subtype":"init","cwd":')


def test_it_leaves_without_complaint_when_nobody_reads() -> None:
    def closed(_fd: int, _data: bytes) -> None:
        raise BrokenPipeError

    printing = Printing(parse([*STREAM, "x"]), session="s1", cwd=CWD, memory="", version="1", write=closed)
    with pytest.raises(Leave) as left:
        printing.begun(session="s1", tools=[], mcp_servers=[], model=MODEL, mode="default")
    assert left.value.status == 0


def test_money_and_api_time_add_up_over_the_turns_and_tokens_do_not() -> None:
    ticks = iter(range(10_000))
    stage = Stage(INPUT)
    stage.printing = Printing(
        parse(INPUT),
        session="s1",
        cwd=CWD,
        memory="",
        version="1",
        write=stage._write,
        clock=lambda: float(next(ticks)),
    )
    for text in ("one", "two"):
        stage.begin()
        stage.answer(text)
    first, second = (json.loads(line) for line in stage.lines if '"type":"result"' in line)
    assert second["total_cost_usd"] == 2 * first["total_cost_usd"]
    assert second["duration_api_ms"] == 2 * first["duration_api_ms"]
    assert second["usage"] == first["usage"]
