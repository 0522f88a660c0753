"""The launch log is read as far as it is whole."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.sandbox.launches import Launch, read_launches
from pytest_tmuxagent.sandbox.sandbox import Sandbox

LINE = (
    '{"name": "claude", "argv": ["claude", "-p", "hi"], "cwd": "/w", "pid": 7, "at": 1.5, '
    '"environment": {"HOME": "/h"}}\n'
)
LAUNCH = Launch(
    name="claude", argv=("claude", "-p", "hi"), cwd="/w", pid=7, at=1.5, environment={"HOME": "/h"}
)


def test_a_sandbox_knows_its_launches_in_order() -> None:
    with Sandbox.open() as sandbox:
        assert len(sandbox.launches) == 0
        log = sandbox.root / "launches.jsonl"
        log.write_text(LINE + LINE.replace("claude", "codex"))
        assert [launch.name for launch in read_launches(log)] == ["claude", "codex"]
        assert sandbox.launches == read_launches(log)


def test_a_line_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for end in range(len(LINE) - 1):
        log.write_text(LINE + LINE[:end])
        assert read_launches(log) == (LAUNCH,)


def test_lines_that_are_none_of_ours_are_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pids = ('"x"', "0", "-7", "1e999", "9" * 30)
    strange = "".join(LINE.replace("7", pid) for pid in pids).encode()
    log.write_bytes(b"\xff\n[]\n1\n{}\n" + b"[" * 100_000 + b"\n" + strange + LINE.encode())
    assert read_launches(log) == (LAUNCH,)


def test_a_sandbox_reads_what_follows_a_line_that_is_none_of_ours() -> None:
    with Sandbox.open() as sandbox:
        log = sandbox.root / "launches.jsonl"
        log.write_text('{"pid": 1e999, "exit": 0}\n' + LINE.replace("7", "9" * 30) + LINE)
        assert [launch.name for launch in sandbox.launches] == ["claude"]
