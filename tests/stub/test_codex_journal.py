"""The journal of Codex's stub by itself: threads that go on, in the same file or as a fork."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent.faces.codex.matching import read_hooks
from pytest_tmuxagent.faces.codex.profiles import ThreadSettings
from pytest_tmuxagent.stub.children import Children
from pytest_tmuxagent.stub.codex.home import CodexHome
from pytest_tmuxagent.stub.codex.hooks import Hearing
from pytest_tmuxagent.stub.codex.journal import CodexJournal
from pytest_tmuxagent.stub.codex.notify import Notifier
from pytest_tmuxagent.stub.codex.repository import read_git
from pytest_tmuxagent.stub.journal import Outcome, Said, Verdict
from pytest_tmuxagent.stub.keeping import Appended
from pytest_tmuxagent.stub.loop import Loop

Make = Callable[..., CodexJournal]


@pytest.fixture
def loop() -> Iterator[Loop]:
    before = signal.getsignal(signal.SIGCHLD)
    yield Loop()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, before)


@pytest.fixture
def make(loop: Loop, tmp_path: Path) -> Iterator[Make]:
    """Make a journal, as another process would; `hook` is told of the beginning."""
    children = Children(loop)
    made: list[CodexJournal] = []

    def make_journal(
        thread: str = "", *, hook: str = "", tui: bool = True, keeps: bool = True
    ) -> CodexJournal:
        group = {"hooks": [{"type": "command", "command": hook}]}
        journal = CodexJournal(
            thread,
            home=CodexHome(str(tmp_path / ".codex")),
            settings=ThreadSettings(cwd=str(tmp_path), model="fake-model", provider="fake", tui=tui),
            hearing=Hearing(
                read_hooks([("/c", {"SessionStart": [group]})]) if hook else [],
                loop=loop,
                children=children,
                folder=str(tmp_path),
                show=lambda _lines: None,
            ),
            notifier=Notifier([], children=children),
            loop=loop,
            file_at=lambda path: Appended(path, mode=0o644),
            decide=lambda _call: Verdict("allow"),
            said_of=lambda message, _status: message,
            title_of=lambda _prompt: "A title",
            titled=lambda _title: None,
            keeps=keeps,
        )
        made.append(journal)
        return journal

    yield make_journal
    for journal in made:
        journal.exit(0, "")


def have_turn(journal: CodexJournal, text: str, *, loop: Loop) -> None:
    turn, done = journal.new_turn(), list[bool]()

    def answer() -> None:
        journal.requesting(turn)
        usage = {"input_tokens": 10, "output_tokens": 7}
        said = Said(f"re: {text}", [], usage=usage, request="r1", stop_reason="end_turn")
        journal.message(turn, said)
        outcome = Outcome("end_turn", text=said.text)
        journal.end(turn, outcome, go=lambda: done.append(True), go_on=lambda _reason: None)

    journal.prompt(turn, [text], go=answer, refused=lambda _reason: None)
    settled = list[bool]()
    loop.after(0, lambda: settled.append(True))
    while not (done and settled):
        loop.step()


def records(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def row(folder: Path, thread: str) -> dict[str, Any]:
    connection = sqlite3.connect(folder / ".codex/state_5.sqlite")
    connection.row_factory = sqlite3.Row
    found = dict(connection.execute("SELECT * FROM threads WHERE id = ?", [thread]).fetchone())
    connection.close()
    return found


def test_a_resumed_thread_goes_on_in_its_file(make: Make, loop: Loop, tmp_path: Path) -> None:
    first = make()
    have_turn(first, "one", loop=loop)
    before = row(tmp_path, first.session)
    first.exit(0, "")
    again = make(first.session, hook=f"cat > {tmp_path}/told")
    again.begin(resumed=True)
    have_turn(again, "two", loop=loop)
    assert again.rollout_path == first.rollout_path
    found = records(first.rollout_path)
    assert [record["ordinal"] for record in found] == list(range(len(found)))
    assert [record["type"] for record in found].count("session_meta") == 1
    assert json.loads((tmp_path / "told").read_text())["source"] == "resume"
    after = row(tmp_path, first.session)
    assert (after["tokens_used"], before["tokens_used"]) == (34, 17)
    assert (after["created_at_ms"], after["title"]) == (before["created_at_ms"], "one")
    index = tmp_path / ".codex/session_index.jsonl"
    assert (again.title, len(index.read_text().splitlines())) == ("A title", 1)


def test_a_fork_has_a_file_of_its_own_that_names_the_other(make: Make, loop: Loop, tmp_path: Path) -> None:
    first = make()
    have_turn(first, "one", loop=loop)
    base, size = first.session, Path(first.rollout_path).stat().st_size
    first.fork(base)
    first.begin(resumed=True)  # it has begun already
    have_turn(first, "two", loop=loop)
    meta, *others = records(first.rollout_path)
    assert meta["payload"]["history_base"] == {
        "thread_id": base,
        "end_ordinal_exclusive": meta["ordinal"],
        "end_byte_offset": size,
    }
    assert others[0]["ordinal"] == meta["ordinal"] + 1
    found = row(tmp_path, first.session)
    assert (found["preview"], found["first_user_message"], found["tokens_used"]) == ("one", "two", 34)


def test_a_thread_that_is_not_to_be_kept_leaves_no_trace(make: Make, loop: Loop, tmp_path: Path) -> None:
    journal = make(keeps=False)
    journal.typed("one")
    have_turn(journal, "one", loop=loop)
    journal.exit(0, "")
    assert not (tmp_path / ".codex").exists()


def test_a_run_without_a_terminal_has_no_title(make: Make, loop: Loop, tmp_path: Path) -> None:
    journal = make(tui=False)
    have_turn(journal, "one", loop=loop)
    found = row(tmp_path, journal.session)
    assert (found["name"], found["source"], found["originator"]) == (None, "exec", "codex_exec")
    assert not (tmp_path / ".codex/session_index.jsonl").exists()


def test_a_thread_that_is_not_there_begins_anew(make: Make, loop: Loop) -> None:
    journal = make("01a1fd18-acda-7282-bef3-53ae03e6a363")
    journal.begin(resumed=True)
    have_turn(journal, "one", loop=loop)
    assert records(journal.rollout_path)[0]["payload"]["id"] == journal.session


@pytest.mark.parametrize("packed", [False, True])
def test_the_repository_is_read_without_git(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    folder = tmp_path / ".git"
    (folder / "refs/heads").mkdir(parents=True)
    assert read_git(str(tmp_path)) == {}
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(
        '[core]\n\turl = no\n[remote "origin"]\n\turl = https://example.com/x.git\n'
    )
    assert read_git(str(tmp_path)) == {}
    if packed:
        (folder / "packed-refs").write_text("# pack-refs\nabc refs/heads/other\ndef refs/heads/main\n")
    else:
        (folder / "refs/heads/main").write_text("def\n")
    origin = {"repository_url": "https://example.com/x.git"}
    assert read_git(str(tmp_path)) == {"commit_hash": "def", "branch": "main", **origin}
    assert read_git("") is None
