"""What the claude face writes into a transcript is what Claude Code 2.1.197 wrote: keys, order, chain."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.faces.claude.metadata import is_metadata
from pytest_tmuxagent.faces.claude.records import Records

CAPTURED = Path(__file__).parent.parent / "captured/claude/2.1.197/transcripts"
NOW = 1795237100.25
HOOK = "record-hook"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(msg|req|toolu)_fake_\w+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_BACKUP = re.compile(r"[0-9a-f]{16}@v")
Record = dict[str, Any]


class Session:
    """Drives Records as a conversation does, with made-up ids."""

    def __init__(self, options: dict[str, str] | None = None) -> None:
        self.count = itertools.count(1)
        self.records = Records(
            self.new_id(),
            cwd="/home/dev/proj",
            version="2.1.197",
            branch="master",
            new_id=self.new_id,
            **(options or {}),
        )
        self.written: list[Record] = []
        self.requests = 0
        self.prompt_id = ""

    def new_id(self) -> str:
        return f"00000000-0000-0000-0000-{next(self.count):012}"

    def write(self, records: list[Record]) -> None:
        self.written += records

    def prompt(self, *texts: str, source: str = "typed", prompt_id: str = "") -> None:
        self.prompt_id = prompt_id or self.new_id()
        self.write(self.records.prompts(texts, prompt_id=self.prompt_id, now=NOW, source=source))

    def message(self, text: str, *calls: Record) -> None:
        self.requests += 1
        self.write(
            self.records.assistant(
                text,
                calls,
                usage={"input_tokens": 10, "output_tokens": 7},
                message_id=f"msg_fake_{self.requests}",
                request_id=f"req_fake_{self.requests}",
                model="claude-opus-4-8",
                stop_reason="tool_use" if calls else "end_turn",
                now=NOW,
            )
        )

    def result(self, call: Record, output: str, response: Record | None, *, is_error: bool = False) -> None:
        result = {"output": output, "is_error": is_error, "response": response}
        self.write(self.records.result(call, result, prompt_id=self.prompt_id, now=NOW))

    def reject(self, call: Record) -> None:
        self.write(self.records.rejected(call, prompt_id=self.prompt_id, now=NOW))

    def interrupt(self, *, tool: bool = False, partial: str = "", message_id: str | None = None) -> None:
        self.write(
            self.records.interrupted(
                prompt_id=self.prompt_id, now=NOW, tool=tool, partial=partial, message_id=message_id
            )
        )

    def end(self) -> None:
        self.write(self.records.stop_hook_summary([HOOK], [1], now=NOW, run_id=self.new_id()))
        self.write(self.records.turn_duration(1, now=NOW))


def bash(number: int, command: str, description: str = "d") -> Record:
    return {
        "id": f"toolu_fake_{number}",
        "name": "Bash",
        "input": {"command": command, "description": description},
    }


def ran(stdout: str) -> Record:
    return {
        "stdout": stdout,
        "stderr": "",
        "interrupted": False,
        "isImage": False,
        "noOutputExpected": False,
    }


def write(number: int, path: str) -> Record:
    return {
        "id": f"toolu_fake_{number}",
        "name": "Write",
        "input": {"file_path": path, "content": "hello\n"},
    }


def tools(session: Session) -> None:
    session.write(session.records.begin())
    one, two = bash(1, "echo one", "One"), bash(2, "echo two; false", "Two")
    calls = " ".join(f"[[tool:Bash,{compact(call['input'])}]]" for call in (one, two))
    session.prompt(f"two at once [[slow:0.3]] [[say:Both.]] {calls}")
    session.write(session.records.title("A title"))
    session.message("Both.", one, two)
    session.result(two, "Exit code 1\ntwo", None, is_error=True)
    session.result(one, "one", ran("one"))
    session.message("All done with the tool.")
    session.end()
    a, b = write(3, "/home/dev/proj/a.txt"), write(4, "/home/dev/proj/b.txt")
    session.prompt(f"write it [[tool:Write,{compact(a['input'])}]]")
    session.message("", a)
    session.write(session.records.wrote(a, "/home/dev/proj/a.txt", existed=False, now=NOW))
    session.result(
        a,
        "File created successfully at: /home/dev/proj/a.txt"
        " (file state is current in your context — no need to Read it back)",
        {
            "type": "create",
            "filePath": "/home/dev/proj/a.txt",
            "content": "hello\n",
            "structuredPatch": [],
            "originalFile": None,
            "userModified": False,
        },
    )
    session.message("All done with the tool.")
    session.end()
    session.prompt(f"again [[tool:Write,{compact(b['input'])}]]")
    session.message("", b)
    session.reject(b)
    session.interrupt(tool=True)
    session.write(session.records.end())


def interrupts(session: Session) -> None:
    session.write(session.records.begin())
    session.prompt("x [[slow:0.3]] [[hold:AAA|BBB|5]]")
    session.write(session.records.title("A title"))
    session.interrupt(partial="AAA\n", message_id="msg_fake_0")
    session.prompt("y [[slow:5]] [[text:zz]]")
    session.records.given_back()
    call = bash(1, "sleep 6")
    session.prompt(f"z [[tool:Bash,{compact(call['input'])}]]")
    session.message("", call)
    session.reject(call)
    session.interrupt(tool=True, message_id="msg_fake_1")
    session.write(session.records.end())


def queue(session: Session) -> None:
    records = session.records
    session.write(records.begin())
    session.prompt("x [[slow:0.3]] [[hold:AAA|BBB|2]]")
    session.write(records.title("A title"))
    for text in ("second [[text:two]]", "third [[text:three]]"):
        session.write(records.queue("enqueue", text=text, now=NOW))
    session.message("AAA\nBBB")
    session.write(records.queue("dequeue", now=NOW) * 2)
    session.end()
    session.prompt("second [[text:two]]", "third [[text:three]]", source="queued")
    session.message("three")
    session.end()
    call = bash(1, "sleep 2; echo s")
    session.prompt(f"y [[tool:Bash,{compact(call['input'])}]]")
    session.message("", call)
    session.write(records.queue("enqueue", text="fold me", now=NOW))
    session.result(call, "s", ran("s"))
    session.write(records.queue("remove", now=NOW))
    session.write(records.folded("fold me", queued_at=NOW))
    session.message("All done with the tool.")
    session.end()
    session.prompt("z [[hold:CCC|DDD|8]]>>[[hold:CCC|DDD|8]]>>[[hold:CCC|DDD|8]]")
    session.write(records.queue("enqueue", text="after esc [[text:escd]]", now=NOW))
    session.write(records.queue("dequeue", now=NOW))
    session.prompt_id = session.new_id()  # of the prompt that comes next
    session.interrupt(partial="CCC\n", message_id="msg_fake_0")
    session.prompt("after esc [[text:escd]]", source="queued", prompt_id=session.prompt_id)
    session.message("escd")
    session.end()
    session.write(records.end())


def asides(session: Session) -> None:
    session.write(session.records.begin())
    session.prompt("first [[slow:0.3]] [[text:hi]]")
    session.write(session.records.title("A title"))
    session.message("hi")
    session.end()


def after_clear(session: Session) -> None:
    records = session.records
    session.write(records.cleared(prompt_id=session.new_id(), now=NOW))
    session.prompt("hello [[text:hi]]")
    session.write(records.title("A title"))
    session.message("hi")
    session.end()
    session.write(
        records.asides.shell(
            "echo out; echo err >&2", stdout="out\nerr", stderr="", prompt_id=session.prompt_id, now=NOW
        )
    )
    session.message("Hello from the fake API.")
    session.end()
    session.write(records.asides.unknown_command("unknown", words="x", now=NOW))
    session.write(records.asides.rename("foo", prompt_id=session.new_id(), now=NOW))
    session.write(records.end())


def errors(session: Session) -> None:
    session.write(session.records.begin())
    session.prompt("x [[slow:0.3]] [[text:a]]")
    session.write(session.records.title("A title"))
    session.message("a")
    session.end()
    session.prompt("y [[err:400:bad thing]]")
    session.write(
        session.records.api_error(
            "API Error: 400 bad thing", status=400, kind="unknown", request_id="req_fake_0", now=NOW
        )
    )
    session.write(session.records.turn_duration(1, now=NOW))
    session.prompt("z [[once:529:over]] [[text:fine]]")
    session.message("fine")
    session.end()
    session.write(session.records.end())


def resume(session: Session) -> None:
    session.write(session.records.begin())
    session.prompt("y [[slow:5]] [[text:zz]]")
    session.write(session.records.title("A title"))
    session.records.given_back()
    session.write(session.records.end())
    old = session.written
    again = Session()
    again.count = session.count
    again.records = Records(
        session.records.session,
        cwd="/home/dev/proj",
        version="2.1.197",
        branch="master",
        new_id=session.new_id,
        permission_mode="acceptEdits",
    )
    again.records.load(old, now=NOW)
    again.prompt("go on [[text:gone on]]", prompt_id=session.new_id())
    again.message("gone on")
    again.end()
    again.write(again.records.end())
    session.write(again.written)


def headless(session: Session) -> None:
    call = bash(1, "echo hi")
    text = f"hello [[tool:Bash,{compact(call['input'])}]]"
    session.write(session.records.begin())
    session.write(session.records.queue("enqueue", text=text, now=NOW))
    session.write(session.records.queue("dequeue", now=NOW))
    session.prompt(text, source="sdk")
    session.message("", call)
    session.result(call, "hi", ran("hi"))
    session.message("All done with the tool.")
    session.write(session.records.end())


def compact(value: Record) -> str:
    return json.dumps(value, separators=(",", ":"))


def read(name: str) -> list[Record]:
    return [json.loads(line) for line in (CAPTURED / f"{name}.jsonl").read_text("utf-8").splitlines()]


def comparable(records: list[Record]) -> list[str]:
    """Give records with their keys in order, ids numbered as they come, times and durations all the same.

    What is written at once comes before the rest up to the first batch: real ones race there.
    """
    start = next(index for index, record in enumerate(records) if not is_metadata(record))
    title = [record for record in records if record["type"] == "ai-title"]
    opening = [record for record in records[:start] if record["type"] != "ai-title"]
    rest = [record for record in records[start:] if record["type"] != "ai-title"]
    names: dict[str, str] = {}
    text = "\n".join(
        json.dumps({**record, "durationMs": 1} if "durationMs" in record else record, ensure_ascii=False)
        for record in [*opening, *rest, *title]
    )
    text = re.sub(r'"durationMs": \d+', '"durationMs": 1', text)
    text = _BACKUP.sub("HASH@v", _TIME.sub("TIME", text))
    return _ID.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), text).split("\n")


@pytest.mark.parametrize(
    ("name", "play", "options"),
    [
        ("tools", tools, {}),
        ("interrupts", interrupts, {}),
        ("queue", queue, {}),
        ("asides", asides, {}),
        ("asides-2", after_clear, {}),
        ("errors", errors, {}),
        ("resume", resume, {}),
        ("headless", headless, {"entrypoint": "sdk-cli"}),
    ],
)
def test_records_are_those_of_the_real_transcript(
    name: str, play: Callable[[Session], None], options: Record
) -> None:
    session = Session(options)
    play(session)
    assert comparable(session.written) == comparable(read(name))


def test_metadata_is_repeated_with_what_has_changed_since() -> None:
    session = Session()
    session.records.begin()
    session.prompt("hello\nthere")
    session.records.permission_mode = "plan"
    told = {record["type"]: record for record in session.records.again()}
    assert told["permission-mode"]["permissionMode"] == "plan"
    assert told["last-prompt"]["lastPrompt"] == "hello there"
    assert told["last-prompt"]["leafUuid"] == session.written[-1]["uuid"]


def test_nothing_said_leaves_no_file() -> None:
    assert Session().records.end() == []


def test_a_session_without_a_prompt_ends_with_its_leaf_alone() -> None:
    session = Session()
    session.write(session.records.asides.unknown_command("oops", words="", now=NOW))
    assert session.records.end() == [
        {
            "type": "last-prompt",
            "leafUuid": session.written[-1]["uuid"],
            "sessionId": session.records.session,
        }
    ]


def test_what_follows_an_mcp_tool_is_attributed_to_it_until_the_next_prompt() -> None:
    session = Session()
    call = {"id": "toolu_fake_1", "name": "mcp__my_server__do__it", "input": {}}
    session.prompt("x")
    session.message("", call)
    session.result(call, "done", {})
    session.message("after")
    session.prompt("y")
    session.message("other")
    attributed = [record.get("attributionMcpTool") for record in session.written if "requestId" in record]
    assert attributed == [None, "do__it", None]


def test_a_file_written_again_is_kept_anew_by_the_next_prompt() -> None:
    session = Session()
    call = write(1, "/home/dev/proj/a.txt")
    session.prompt("x")
    session.message("", call)
    session.write(session.records.wrote(call, "/home/dev/proj/a.txt", existed=True, now=NOW))
    session.prompt("y")
    session.prompt("z")
    kept = [
        record["snapshot"]["trackedFileBackups"].get("a.txt", {}).get("version")
        for record in session.written
        if record["type"] == "file-history-snapshot"
    ]
    assert kept == [None, 1, 2, 2]
