"""The logs of a sandbox lie in the reach of the programs in it: whatever they write, the rest is read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.programs.received import read_prompts
from pytest_tmuxagent.programs.shell_lines import read_shell_lines
from pytest_tmuxagent.sandbox.launches import read_launches
from pytest_tmuxagent.strategies import mangled
from tests.mutations import mutated, written

CHEAP = settings(deadline=None, suppress_health_check=list(HealthCheck))
LAUNCH = {
    "name": "claude",
    "argv": ["claude", "-p", "hi"],
    "cwd": "/w",
    "pid": 7,
    "at": 1.5,
    "environment": {"HOME": "/h"},
    "given": {"HOME": "/h"},
    "start": 9,
}
PROMPT = {"pid": 7, "at": 1.5, "how": "keys", "text": "hi"}
EACH = pytest.mark.parametrize(("read", "record"), [(read_launches, LAUNCH), (read_prompts, PROMPT)])
Read = Callable[[Path], tuple[Any, ...]]


@EACH
def test_what_follows_a_line_of_somebody_else_is_read(read: Read, record: dict[str, Any]) -> None:
    @CHEAP
    @given(value=mutated(record), spoilt=st.booleans(), data=st.data())
    def holds(value: dict[str, Any], spoilt: bool, data: st.DataObject) -> None:  # noqa: FBT001
        line = written(value)
        line = data.draw(mangled(line)) if spoilt else line
        with tempfile.TemporaryDirectory() as folder:
            log, good = Path(folder) / "log", written(record)
            log.write_bytes(good + b"\n")
            (expected,) = read(log)
            log.write_bytes(b"\n".join([good, line.replace(b"\r", b""), good, good[:-1]]))
            found = read(log)
            assert (found[0], found[-1]) == (expected, expected)
            assert repr(found)

    holds()


@EACH
@pytest.mark.parametrize("there", ["folder", "pipe", "loop", "nothing"])
def test_a_log_that_is_no_file_holds_nothing(
    tmp_path: Path, read: Read, record: dict[str, Any], there: str
) -> None:
    log = tmp_path / "log"
    if there == "folder":
        log.mkdir()
    elif there == "pipe":
        os.mkfifo(log)
    elif there == "loop":
        log.symlink_to(log)
    assert read(log) == ()
    (tmp_path / "good").write_bytes(written(record) + b"\n")
    assert len(read(tmp_path / "good")) == 1


@pytest.mark.parametrize("how", ["carrier pigeon", 7, None, {}, []])
def test_a_prompt_that_came_in_no_way_that_is_known_is_kept(tmp_path: Path, how: object) -> None:
    (tmp_path / "log").write_bytes(written({**PROMPT, "how": how}) + b"\n")
    assert [(noted.text, noted.how) for noted in read_prompts(tmp_path / "log")] == [("hi", None)]


def note(*fields: str) -> bytes:
    return "".join(f"{field}\0" for field in fields).encode()


SHELL = note("begin", "1.5", "7", "/w", "bash\n/dev/pts/1\nserver\n%3")
LINE = note("read", "2,5", "", "/w", "  1  ls") + note("prompt", "3.5", "0", "/w", "  1  ls")
WORDS = (
    "begin",
    "read",
    "more",
    "line",
    "exec",
    "prompt",
    "x",
    "1.5",
    "nan",
    "1e999",
    "",
    "7" * 5000,
    " 2  a",
    "a\nb",
)


@CHEAP
@given(
    strange=st.lists(
        st.lists(st.sampled_from((*WORDS, "  " + "9" * 5000 + "  ls")), min_size=5, max_size=5), max_size=6
    ),
    spoilt=mangled(SHELL + LINE),
)
def test_notes_of_shells_of_any_shape_are_read(strange: list[list[str]], spoilt: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "1").write_bytes(SHELL + LINE)
        (Path(folder) / "2").write_bytes(SHELL + b"".join(note(*fields) for fields in strange) + LINE)
        (Path(folder) / "3").write_bytes(spoilt)
        (Path(folder) / "4").mkdir()
        os.mkfifo(Path(folder) / "5")
        assert "ls" in [line.text for line in read_shell_lines(Path(folder))]
