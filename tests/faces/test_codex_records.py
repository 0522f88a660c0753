"""What the codex face writes into a rollout is what Codex CLI 0.169.0 wrote: keys, order, numbers."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex.changes import unified_diff
from pytest_tmuxagent.faces.codex.items import done_item
from pytest_tmuxagent.faces.codex.patches import Change
from pytest_tmuxagent.faces.codex.profiles import ThreadSettings
from pytest_tmuxagent.faces.codex.records import Records
from pytest_tmuxagent.faces.codex.stamps import instant, uuid7

CAPTURED = Path(__file__).parent.parent / "captured/codex/0.169.0/rollouts"
NOW = 1795247615.5
CWD = "/home/dev/proj"
HOOK = "stop:6:/home/dev/.codex/config.toml"
USAGE = {"input_tokens": 10, "output_tokens": 7}
Record = dict[str, Any]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DIGEST = re.compile(r"^[0-9a-f]{40}$")
_CLOCKS = {"create_time", "started_at", "completed_at", "duration_ms", "started_at_ms", "completed_at_ms"}
_CLOCKS |= {"time_to_first_token_ms", "nanos", "process_id"}
_OURS = {"developer_instructions", "body"}


def captured(name: str) -> list[Record]:
    return [json.loads(line) for line in (CAPTURED / f"{name}.jsonl").read_text().splitlines()]


def settled(value: object, key: str = "") -> object:
    """Take out what differs from run to run, and the instructions, which are our own."""
    if isinstance(value, dict):
        items = [(name, settled(inner, name)) for name, inner in value.items()]
        return items if value.get("role") != "developer" else [item for item in items if item[0] != "content"]
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    if key in _CLOCKS:
        return "<number>"
    if isinstance(value, str):
        given = "..." if key in _OURS and value else value
        return _DIGEST.sub("<digest>", _TIME.sub("<time>", _ID.sub("<id>", given)))
    return value


class Thread:
    """Drives Records as a conversation does."""

    def __init__(self, settings: ThreadSettings) -> None:
        self.count = itertools.count(1)
        self.records = Records(self.new_id(), settings=settings, new_id=self.new_id)
        self.settings = settings
        self.written: list[Record] = []
        self.turn = ""
        self.answers = 0

    def new_id(self) -> str:
        return f"00000000-0000-7000-8000-{next(self.count):012}"

    def write(self, *records: Record) -> None:
        self.written += records

    def open(self, text: str, context: str = "", *, refused: bool = False) -> None:
        """Begin a turn."""
        first, self.turn = not self.written, self.new_id()
        if first:
            self.write(*self.records.begin(began=NOW, now=NOW))
        else:
            self.write(self.records.applied(now=NOW))
        self.write(self.records.started(self.turn, now=NOW))
        if first:
            self.write(*self.records.opening(self.turn, zone="Etc/UTC", now=NOW))
        self.write(self.records.context(self.turn, now=NOW))
        if first:
            self.write(self.records.applied(now=NOW))
        if context:
            self.write(self.records.hook_context(context, turn=self.turn, now=NOW))
        if refused:
            self.records.take_order()
            self.write(self.records.complete(self.turn, text=None, now=NOW))
        else:
            self.add(text)

    def add(self, text: str) -> None:
        client_id = self.new_id() if self.settings.tui else None
        self.write(*self.records.prompt(text, turn=self.turn, client_id=client_id, now=NOW))
        self.records.asking()

    def answer(self, text: str, *calls: Record, number: int) -> None:
        for index, call in enumerate(calls):
            call["id"] = f"call_{number}_{index + bool(text)}"
        self.write(
            *self.records.answered(
                text,
                calls,
                turn=self.turn,
                message_id=f"msg_{number}_0",
                response_id=f"resp_{number}",
                usage=USAGE,
                now=NOW,
            )
        )

    def end(self, text: str, *, number: int) -> None:
        self.answer(text, number=number)
        self.counted()
        self.write(self.records.complete(self.turn, text=text, now=NOW))

    def counted(self) -> None:
        self.write(self.records.token_count(now=NOW))

    def did(self, call: Record, **result: object) -> None:
        item = done_item(call, result, cwd=CWD, shell="/bin/bash", seconds=0.00002)
        assert item is not None
        self.write(self.records.item(item, turn=self.turn, began=NOW, now=NOW))

    def gave(self, call: Record, output: str) -> None:
        self.write(self.records.output(call, output, turn=self.turn, now=NOW))

    def returned(self, call: Record, output: str) -> None:
        self.gave(call, output)
        self.counted()
        self.records.asking()

    def abort(self) -> None:
        self.write(*self.records.aborted(self.turn, now=NOW))


def settings(**changed: Any) -> ThreadSettings:  # noqa: ANN401
    usual: dict[str, Any] = {
        "cwd": CWD,
        "model": "fake-model",
        "provider": "fake",
        "tui": True,
        "exclude_slash_tmp": True,
        "exclude_tmpdir": True,
        "context_window": 128000,
        "instructions": "...",
        "git": {},
    }
    return ThreadSettings(**{**usual, **changed})


def run(command: str, **given: object) -> Record:
    arguments = {"cmd": command, **given}
    return {
        "name": "exec_command",
        "input": arguments,
        "arguments_json": json.dumps(arguments, separators=(",", ":")),
    }


def patch(text: str, *changes: Change) -> Record:
    return {"name": "apply_patch", "input": {"input": text}, "changes": list(changes)}


def told(chunk: str, code: int, output: str, tokens: int = 1) -> str:
    head = f"Chunk ID: {chunk}\nWall time: 0.0000 seconds\nProcess exited with code {code}\n"
    return f"{head}Original token count: {tokens}\nOutput:\n{output}"


def same(written: Iterable[Record], expected: Iterable[Record]) -> None:
    for mine, theirs in itertools.zip_longest(written, expected):
        assert settled(mine) == settled(theirs)


def test_a_conversation_in_the_terminal_is_recorded_as_codex_does_it() -> None:
    thread = Thread(settings())
    thread.open("hello")
    thread.end("hi there", number=1)

    thread.open("run")
    call = run("echo hi; exit 3")
    thread.answer("running", call, number=3)
    thread.did(call, exit_code=3, printed="hi\n", output="")
    thread.returned(call, told("a5f73f", 3, "hi\n"))
    thread.end("done", number=4)

    thread.open("patch")
    text = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** End Patch"
    call = patch(text, Change("add", "a.txt", [(1, "+", "one"), (2, "+", "two")]))
    thread.answer("", call, number=5)
    success = "Success. Updated the following files:\n"
    thread.did(call, exit_code=0, output=f"Exit code: 0\nWall time: 0.1 seconds\nOutput:\n{success}A a.txt\n")
    thread.returned(call, f"Exit code: 0\nWall time: 0.1 seconds\nOutput:\n{success}A a.txt\n")
    text = "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+ONE\n two\n*** End Patch"
    call = patch(text, Change("update", "a.txt", [(1, "-", "one"), (1, "+", "ONE"), (2, " ", "two")]))
    thread.answer("", call, number=6)
    thread.did(call, exit_code=0, output=f"Exit code: 0\nWall time: 0 seconds\nOutput:\n{success}M a.txt\n")
    thread.returned(call, f"Exit code: 0\nWall time: 0 seconds\nOutput:\n{success}M a.txt\n")
    thread.end("patched", number=7)

    thread.open("esc")
    call = run("echo q", sandbox_permissions="require_escalated", justification="Ok?")
    thread.answer("", call, number=8)
    thread.did(call, exit_code=0, printed="q\n", output="")
    thread.returned(call, told("2b7fb9", 0, "q\n"))
    thread.end("yes", number=9)

    thread.open("yesc2")
    call = run("echo q2", sandbox_permissions="require_escalated", justification="Ok?")
    thread.answer("", call, number=10)
    thread.returned(call, "Wall time: 1.3 seconds\naborted by user")
    thread.abort()

    thread.open("slow")
    thread.counted()
    thread.abort()

    thread.open("partial")
    thread.records.saw_part(now=NOW)
    thread.counted()
    thread.abort()

    thread.open("longtool")
    call = run("echo a; sleep 8", yield_time_ms=20000)
    thread.answer("", call, number=13)
    thread.returned(call, "Wall time: 1.0 seconds\naborted by user")
    thread.abort()

    thread.open("bad")
    message = '{"error": {"message": "nono", "type": "server_error", "code": null}}'
    error = {"message": message, "codex_error_info": "other"}
    thread.write(thread.records.complete(thread.turn, text=None, now=NOW, error=error))

    thread.open("over")
    thread.end("recovered", number=16)

    thread.open("steered")
    thread.counted()
    thread.add("steering")
    thread.end("steered ok", number=18)

    same(thread.written, captured("terminal"))


def test_a_run_of_codex_exec_is_recorded_as_codex_does_it() -> None:
    thread = Thread(settings(tui=False, approval_policy="never", sandbox_mode="danger-full-access"))
    thread.open("two")
    one, two = run("echo one"), run("echo two >&2; cat a.txt")
    thread.answer("", one, two, number=1)
    missing = "two\ncat: a.txt: No such file or directory\n"
    thread.did(two, exit_code=1, printed=missing, output="")
    thread.did(one, exit_code=0, printed="one\n", output="")
    thread.gave(one, told("8ca9b8", 0, "one\n"))
    thread.returned(two, told("52064a", 1, missing, tokens=11))
    thread.end("All done with the tool.", number=2)
    same(thread.written, captured("exec"))


def test_a_first_turn_that_is_interrupted_has_no_count_of_tokens() -> None:
    thread = Thread(settings(approval_policy="never", sandbox_mode="danger-full-access"))
    thread.open("slow")
    thread.counted()
    thread.abort()
    thread.write(thread.records.applied(now=NOW))
    same(thread.written, captured("interrupted_first"))


def test_prompts_that_a_hook_refused_leave_their_numbers_only() -> None:
    thread = Thread(settings())
    thread.open("upsblock", "CTX-START", refused=True)
    thread.open("upsexit2", refused=True)
    thread.open("upsctx")
    thread.write(thread.records.hook_context("CTX-PROMPT", turn=thread.turn, now=NOW))
    thread.records.asking()
    thread.end("c", number=1)
    same(thread.written, captured("hooks_prompt"))


def test_a_thread_goes_on_with_the_numbers_of_its_rollout() -> None:
    before, expected = captured("hooks_stop")[:17], captured("hooks_stop")[17:]
    thread = Thread(settings())
    thread.records.load(before)
    thread.written = list(before)
    thread.open("s")
    thread.answer("stopblock", number=19)
    thread.counted()
    thread.write(*thread.records.hook_prompt("go on", run=HOOK, turn=thread.turn, now=NOW))
    thread.records.asking()
    thread.end("went on", number=20)
    same(thread.written[17:], expected)


def test_a_fork_tells_what_it_goes_on_from() -> None:
    thread = Thread(settings(approval_policy="never", sandbox_mode="danger-full-access"))
    expected = captured("fork")
    base = expected[0]["payload"]["forked_from_id"]
    before = {"ordinal": 13, "metadata": {"history_sequence": 4, "sampled_through_sequence": 3}}
    order = {"ordinal": 13, "metadata": {"user_input_order": 1}}
    usage = {"input_tokens": 10, "output_tokens": 7}
    spent = {"type": "token_usage_record", "payload": {"thread_token_usage": usage, "usage": usage}}
    thread.records.load([spent, before, order])
    thread.write(*thread.records.fork(base, size_bytes=17920, began=NOW, now=NOW))
    thread.open("in fork")
    thread.end("forked", number=7)
    same(thread.written, expected)


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("read-only", ["root"]),
        ("workspace-write", ["root", "slash_tmp", "tmpdir"]),
        ("danger-full-access", []),
    ],
)
def test_the_temporary_folders_are_told_unless_they_are_excluded(mode: str, kinds: list[str]) -> None:
    open_to_all = settings(sandbox_mode=mode, exclude_slash_tmp=False, exclude_tmpdir=False)
    entries = open_to_all.permission_profile().get("file_system", {}).get("entries", [])
    paths = [entry["path"] for entry in entries]
    assert [path["value"]["kind"] for path in paths if path["type"] == "special"] == kinds


def test_a_diff_numbers_its_hunks_by_the_file_before_and_after() -> None:
    rows: list[tuple[int | None, str, str]] = [
        (1, "+", "new"),
        (2, " ", "a"),
        (None, " ", ""),
        (8, "-", "h"),
        (9, " ", "i"),
        (None, " ", ""),
        (19, " ", "s"),
        (20, "+", "new"),
        (21, "+", "newer"),
    ]
    hunks = [
        "@@ -1 +1,2 @@\n+new\n a\n",
        "@@ -8,2 +9 @@\n-h\n i\n",
        "@@ -19 +19,3 @@\n s\n+new\n+newer\n",
    ]
    assert unified_diff(rows) == "".join(hunks)
    assert unified_diff([*rows[:3], *rows[6:]]).endswith(hunks[2].replace("-19", "-18"))


def test_a_moved_file_that_was_not_changed_has_an_empty_diff() -> None:
    assert unified_diff([]) == ""


def test_times_are_cut_off_and_not_rounded() -> None:
    assert instant(1795247615.9996) == "2026-11-21T07:53:35.999Z"


@given(st.floats(min_value=0, max_value=2**37), st.binary(min_size=10, max_size=10))
def test_ids_are_of_version_7_and_tell_their_time(now: float, noise: bytes) -> None:
    made = uuid7(now, noise)
    assert _ID.fullmatch(made)
    assert made[14] == "7"
    assert int(made.replace("-", "")[:12], 16) == int(now * 1000)


JSON: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({})
)
_NAMES = st.sampled_from(
    (
        "metadata",
        "ordinal",
        "payload",
        "sampled_through_sequence",
        "history_sequence",
        "thread_token_usage",
        "type",
        "user_input_order",
    )
)


@given(st.lists(st.dictionaries(_NAMES, JSON | st.dictionaries(_NAMES, JSON)), max_size=5))
def test_any_rollout_can_be_gone_on_with(found: list[Record]) -> None:
    records = Records("thread", settings=settings(), new_id=lambda: "id")
    records.load(found)
    assert isinstance(records.tokens_used, int)
