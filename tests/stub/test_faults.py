"""The faults of a schedule, as the stub plays them: the same ones each time, and nothing lost."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.schedules import KINDS, FaultSchedule
from pytest_tmuxagent.stub.children import Children
from pytest_tmuxagent.stub.draws import Draws
from pytest_tmuxagent.stub.faults import Faults
from pytest_tmuxagent.stub.hooks import Hooks
from pytest_tmuxagent.stub.journal import PlainJournal
from pytest_tmuxagent.stub.keeping import Appended, Lagging, Late
from pytest_tmuxagent.stub.late_hooks import LateHooks
from pytest_tmuxagent.stub.loop import Loop
from pytest_tmuxagent.stub.pty import SlowPty
from pytest_tmuxagent.stub.terminal import Pty, Terminal
from pytest_tmuxagent.stub.transcript import Transcript

SEEDS = st.integers(min_value=0, max_value=2**63 - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.text(min_size=1)),
        st.tuples(st.just("gate"), st.integers(1, 9)),
        st.tuples(st.just("call"), st.dictionaries(st.text(), st.text())),
    )
)


def faults(seed: int, folder: Path | str, *, agent: str = "claude-1") -> Faults:
    schedule = FaultSchedule(seed=seed).of("tests/test_it.py::test_it")
    return Faults(dict(schedule.wiring(agent=agent, log=Path(folder) / "log")))


@pytest.fixture(scope="module")
def loop() -> Loop:
    return Loop()


def test_the_numbers_of_a_name_are_the_same_for_ever() -> None:
    draws = Draws("7 tests/test_it.py::test_it claude-1 0 slow_pty")
    assert [draws.below(1000) for _ in range(8)] == [737, 716, 80, 361, 67, 190, 912, 353]


@given(name=st.text())
def test_a_name_gives_the_same_numbers_again(name: str) -> None:
    first, second = Draws(name), Draws(name)
    assert [first.below(100) for _ in range(20)] == [second.below(100) for _ in range(20)]


@given(name=st.text(), least=st.integers(-50, 50), size=st.integers(0, 50))
def test_a_number_is_within_its_bounds(name: str, least: int, size: int) -> None:
    draws = Draws(name)
    assert all(least <= draws.between(least, least + size) <= least + size for _ in range(20))


def decisions(found: Faults) -> list[object]:
    return [draws.below(1000) for kind in KINDS for draws in [found.draws(kind)] if draws for _ in range(5)]


def test_agents_seeds_and_starts_have_decisions_of_their_own(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    first.mkdir()
    again.mkdir()
    assert decisions(faults(7, first)) == decisions(faults(7, again))
    all_of_them = [
        decisions(faults(7, first)),  # started for the second time
        decisions(faults(7, first, agent="claude-2")),
        decisions(faults(8, first)),
        decisions(faults(7, again, agent="codex-1")),
    ]
    assert len({tuple(each) for each in all_of_them}) == 4


def test_a_kind_that_is_left_out_changes_nothing_in_another(tmp_path: Path) -> None:
    schedule = FaultSchedule(seed=7, kinds=["swallowed_enter"]).of("tests/test_it.py::test_it")
    alone = Faults(dict(schedule.wiring(agent="claude-1", log=tmp_path / "alone")))
    among = faults(7, tmp_path)
    for _ in range(50):
        among.drops_stream()
        assert alone.swallows_enter() == among.swallows_enter()


@given(seed=SEEDS)
def test_no_two_enters_in_a_row_are_swallowed(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = faults(seed, folder)
        swallowed = [found.swallows_enter() for _ in range(100)]
    assert not any(one and other for one, other in pairwise(swallowed))


@given(seed=SEEDS, steps=STEPS)
def test_a_stalled_answer_says_the_same(seed: int, steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = faults(seed, folder)
        stalled = [found.stalled(list(steps)) for _ in range(5)]
    for given_steps in stalled:
        assert joined(given_steps) == joined(steps)
        assert all(0 < pause <= 0.3 for name, pause in given_steps if name == "pause")


def joined(steps: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Leave out pauses, and join texts."""
    told: list[tuple[str, Any]] = []
    for name, value in steps:
        if name == "text" and told and told[-1][0] == "text":
            told[-1] = ("text", told[-1][1] + value)
        elif name != "pause":
            told.append((name, value))
    return told


@pytest.mark.parametrize("kind", ["fail", "cut"])
def test_an_answer_that_is_an_error_is_not_stalled(tmp_path: Path, kind: str) -> None:
    steps = [("fault", {"kind": kind})]
    found = faults(7, tmp_path)
    assert all(found.stalled(list(steps)) == steps for _ in range(50))


@given(seed=SEEDS, written=st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_a_slow_terminal_loses_no_byte(seed: int, written: list[bytes]) -> None:
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory() as folder, os.fdopen(reading, "rb") as output:
        pty = SlowPty(faults(seed, folder))
        for data in written:
            rest = memoryview(data)
            while rest:
                rest = rest[pty.write(writing, rest) :]
        os.close(writing)
        assert output.read() == b"".join(written)


@given(seed=SEEDS, written=st.binary(min_size=1, max_size=300))
def test_keys_that_are_read_slowly_are_all_read(seed: int, written: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, written)
    os.close(writing)
    with tempfile.TemporaryDirectory() as folder:
        pty = SlowPty(faults(seed, folder))
        pieces = list(iter(lambda: pty.read(reading), b""))
    os.close(reading)
    assert b"".join(pieces) == written


class OneByteAtATime(Pty):
    """The slowest terminal."""

    __slots__ = ()

    def read(self, fd: int) -> bytes:
        return os.read(fd, 1)


def test_all_that_was_typed_before_the_start_is_read_as_typed_then() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"first\nsecond\n")  # Enter, as a terminal in line mode gives it
    terminal = Terminal(input_fd=reading, output_fd=writing, pty=OneByteAtATime())
    assert terminal.typed_ahead() == b"first\rsecond\r"
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("arranged", ["transcript", "transcript_delay", "tear"])
def test_a_transcript_that_a_test_arranged_has_no_other_faults(tmp_path: Path, arranged: str) -> None:
    wiring = FaultSchedule(seed=7).wiring(agent="claude-1", log=tmp_path / "log")
    found = Faults(dict(wiring), situation={arranged: 0})
    assert [kind for kind in KINDS if found.draws(kind) is None] == ["delayed_transcript"]


def test_where_a_test_arranged_which_enters_are_swallowed_no_others_are(tmp_path: Path) -> None:
    wiring = FaultSchedule(seed=7).wiring(agent="claude-1", log=tmp_path / "log")
    found = Faults(dict(wiring), situation={"swallows": 2})
    assert not any(found.swallows_enter() for _ in range(100))


@given(seed=SEEDS, written=st.lists(st.binary(max_size=30), max_size=8))
def test_a_late_transcript_is_whole_and_in_order_when_it_is_closed(
    loop: Loop, seed: int, written: list[bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/transcript"
        file = Lagging(Appended(path, mode=0o600), loop=loop, faults=faults(seed, folder))
        for lines in written:
            file.write(lines)
        file.close()
        assert (Path(path).read_bytes() if written else b"") == b"".join(written)


def test_a_late_transcript_comes_by_itself(tmp_path: Path, loop: Loop) -> None:
    found = faults(7, tmp_path)
    path = tmp_path / "transcript"
    file = Lagging(Appended(str(path), mode=0o600), loop=loop, faults=found)
    lines = [f"record {number}\n".encode() for number in range(20)]
    for line in lines:
        file.write(line)
    while not path.exists() or path.read_bytes() != b"".join(lines):
        loop.step()
    noted = [json.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    assert "delayed_transcript" in {fault["kind"] for fault in noted}


def test_the_plain_transcript_is_whole_when_the_agent_has_ended(tmp_path: Path, loop: Loop) -> None:
    transcript = Transcript(
        str(tmp_path), "s", file_at=lambda path: Late(Appended(path, mode=0o600), loop=loop, delay=600)
    )
    hooks = Hooks({}, folder=str(tmp_path), loop=loop, children=Children(loop), failed=lambda *_: None)
    journal = PlainJournal(transcript, hooks, name="pi", cwd="/", asks=False)
    journal.begin(resumed=False)
    journal.exit(0, "other")
    records = [json.loads(line) for line in (tmp_path / "s.jsonl").read_bytes().splitlines()]
    assert [record["type"] for record in records] == ["session", "exit"]


def start_ten(late: LateHooks, start: Callable[[int], None]) -> None:
    for number in range(10):
        late.start("Stop", lambda number=number: start(number))  # type: ignore[misc]


def test_late_hooks_start_in_their_order(tmp_path: Path, loop: Loop) -> None:
    started: list[int] = []
    start_ten(LateHooks(faults(7, tmp_path), loop=loop, children=set), started.append)
    assert started == []
    while len(started) < 10:
        loop.step()
    assert started == list(range(10))


def test_a_late_hook_starts_when_the_one_before_it_has_run(tmp_path: Path, loop: Loop) -> None:
    running: set[int] = set()
    seen: list[set[int]] = []

    def start(number: int) -> None:
        seen.append(set(running))
        running.add(number)
        loop.after(0.005, lambda: running.remove(number))

    start_ten(LateHooks(faults(7, tmp_path), loop=loop, children=running.copy), start)
    while len(seen) < 10:
        loop.step()
    assert seen == [set()] * 10


def test_a_hook_that_runs_for_ever_holds_no_other_one_up_for_long(tmp_path: Path, loop: Loop) -> None:
    running = {0}
    late = LateHooks(faults(7, tmp_path), loop=loop, children=running.copy)
    late.start("PreToolUse", lambda: running.add(1))
    late.start("Stop", lambda: running.add(2))
    while 2 not in running:
        loop.step()
    assert running == {0, 1, 2}


def test_a_log_that_cannot_be_written_bothers_nobody(tmp_path: Path) -> None:
    found = faults(7, tmp_path / "no-folder")
    found.note("slow_pty", "anywhere")
    assert not (tmp_path / "no-folder").exists()
