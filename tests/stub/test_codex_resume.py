"""Finding the session to go on with, and showing its past."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.codex.look import CodexFace
from pytest_tmuxagent.faces.codex.recorded import changes
from pytest_tmuxagent.stub.codex.arguments import parse
from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.home import CodexHome
from pytest_tmuxagent.stub.codex.replay import Replay
from pytest_tmuxagent.stub.codex.resume import find, history, picks, sessions, spent

OLD, NEW, RUN = (f"01a1fd23-000{number}-7000-8000-000000000000" for number in (1, 2, 3))
CHOOSE = "Run `codex resume` without an ID to choose from existing sessions."
UNKNOWN = "01234567-0123-7123-8123-0123456789ab"


def keep(
    home: CodexHome, thread: str, *, at: int, source: str = "cli", cwd: str = "/w", **meta: object
) -> None:
    """Write a rollout with one turn, last changed at that second."""
    folder = Path(home.sessions, "2026/11/21")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rollout-2026-11-21T08-00-{at:02}-{thread}.jsonl"
    turn = {"type": "event_msg", "payload": {"type": "task_started", "turn_id": thread}}
    first = {"type": "session_meta", "payload": {"id": thread, "cwd": cwd, "source": source, **meta}}
    path.write_text(
        "".join(json.dumps({**record, "ordinal": n}) + "\n" for n, record in enumerate([first, turn]))
    )
    os.utime(path, (at, at))


@pytest.fixture
def home(tmp_path: Path) -> CodexHome:
    home = CodexHome(str(tmp_path))
    keep(home, OLD, at=10)
    keep(home, NEW, at=20, cwd="/elsewhere")
    keep(home, RUN, at=30, source="exec")
    names = ((OLD, "first"), (OLD, "A title"))
    lines = [json.dumps({"id": thread, "thread_name": name}) for thread, name in names]
    Path(home.session_index).write_text("\n".join([lines[0], "nonsense", lines[1]]))
    return home


@pytest.mark.parametrize(
    ("argv", "thread"),
    [
        ("resume --last", OLD),
        ("resume --last --all", NEW),
        ("resume --last --include-non-interactive", RUN),
        ("exec resume --last p", RUN),
        ("fork --last", OLD),
        (f"resume {NEW}", NEW),
        (f"exec resume {NEW} p", NEW),
        (f"exec fork {NEW} p", NEW),
        ("exec resume nosuch p", None),
        ("exec resume p", None),
        ("resume", None),
        ("exec p", None),
        ("", None),
    ],
)
def test_the_session_is_found(home: CodexHome, argv: str, thread: str | None) -> None:
    assert find(parse(argv.split()), home=home, cwd="/w") == thread


def test_a_session_is_found_by_its_last_name(home: CodexHome) -> None:
    assert find(parse(["resume", "A title"]), home=home, cwd="/w") == OLD
    with pytest.raises(Refused):
        find(parse(["resume", "first"]), home=home, cwd="/w")


def test_where_there_is_none_the_newest_is_a_new_one(tmp_path: Path) -> None:
    assert find(parse(["resume", "--last"]), home=CodexHome(str(tmp_path / "none")), cwd="/w") is None


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            f"exec resume {UNKNOWN} hi",
            "Error: thread/resume: thread/resume failed: no rollout found for thread id {} (code -32600)",
        ),
        ("exec fork nosuch hi", "Error: Session not found: {}"),
        ("resume nosuch", f"ERROR: No saved session found with ID {{}}. {CHOOSE}"),
        (f"resume {UNKNOWN}", f"ERROR: No saved session found with ID {{}}. {CHOOSE}"),
    ],
)
def test_an_unknown_session_is_refused_in_the_words_of_the_real_one(
    home: CodexHome, argv: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        find(parse(argv.split()), home=home, cwd="/w")

    assert (str(refused.value), refused.value.status) == (said.format(parse(argv.split()).session), 1)


@pytest.mark.parametrize(
    ("argv", "picked"),
    [("resume", True), ("fork", True), ("resume --last", False), ("resume x", False), ("exec resume", False)],
)
def test_only_the_terminal_without_a_word_has_a_picker(*, argv: str, picked: bool) -> None:
    assert picks(parse(argv.split())) is picked


def test_sessions_are_listed_newest_first_with_their_names(home: CodexHome) -> None:
    listed = sessions(home, cwd=None)

    assert [(each.thread, each.name, each.updated) for each in listed] == [
        (NEW, "", 20.0),
        (OLD, "A title", 10.0),
    ]


def test_a_fork_has_the_past_of_its_parent_up_to_where_it_left(home: CodexHome) -> None:
    fork = "01a1fd23-0009-7000-8000-000000000000"
    keep(home, fork, at=40, forked_from_id=OLD, forked_from_ordinal_exclusive=1)
    told = history(home, fork)

    assert [record["payload"].get("id") or record["payload"]["turn_id"] for record in told] == [
        OLD,
        fork,
        fork,
    ]


def test_what_a_thread_has_spent_is_its_last_count() -> None:
    def counted(number: int) -> dict[str, Any]:
        usage = {"input_tokens": number}
        return {"type": "event_msg", "payload": {"type": "token_count", "info": {"total_token_usage": usage}}}

    assert spent([counted(1), counted(2), {"type": "x"}]) == {"input_tokens": 2}
    assert spent([]) == {}


# --- replay ---


def item(kind: str, **fields: object) -> dict[str, Any]:
    return {
        "type": "event_msg",
        "payload": {"type": "item_completed", "item": {"type": kind, "id": "i", **fields}},
    }


def ended(kind: str = "task_complete", **fields: object) -> dict[str, Any]:
    return {"type": "event_msg", "payload": {"type": kind, **fields}}


def face() -> CodexFace:
    made = CodexFace("codex", {})
    made.columns, made.cwd = 80, "/w"
    return made


def test_a_resumed_conversation_shows_what_its_turns_left() -> None:
    told = Replay(face(), clock=lambda moment: f"at {moment:.0f}").lines(
        [
            {"type": "session_meta", "payload": {}},
            item("UserMessage", content=[{"type": "text", "text": "first"}]),
            item("AgentMessage", content=[{"type": "Text", "text": "Let me look."}]),
            item(
                "CommandExecution",
                command=["/bin/bash", "-c", "echo hi; exit 3"],
                aggregated_output="hi\n",
                exit_code=3,
                status="failed",
            ),
            item(
                "FileChange", changes={"/w/a.txt": {"type": "add", "content": "hello\n"}}, status="completed"
            ),
            item("AgentMessage", content=[{"type": "Text", "text": "done *it*"}]),
            ended(duration_ms=337, completed_at=60),
            item("UserMessage", content=[{"type": "text", "text": "bad"}]),
            ended(error={"message": "nope"}, duration_ms=3),
            item("UserMessage", content=[{"type": "text", "text": "long"}]),
            ended("turn_aborted", reason="interrupted"),
        ]
    )

    assert told == [
        "", "", "› first", "",
        "", "• Let me look.",
        "", "• Ran echo hi; exit 3", "  └ hi",
        "", "• Added a.txt (+1 -0)", "    1 +hello",
        "", "• done it",
        "", "  Worked for <1s • at 60",
        "", "", "› bad", "",
        "", "■ nope",
        "", "", "› long", "",
        "", "■ Conversation interrupted - use /feedback if something went wrong",
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


KINDS = st.sampled_from(["UserMessage", "AgentMessage", "CommandExecution", "FileChange", "Other"])
FIELDS = st.fixed_dictionaries({"content": JSON, "command": JSON, "changes": JSON, "exit_code": JSON})
ITEMS = st.builds(lambda kind, fields: item(kind, **fields), KINDS, FIELDS)


@given(st.lists(ITEMS, max_size=4))
def test_any_item_is_shown_or_passed_over(records: list[dict[str, Any]]) -> None:
    assert isinstance(Replay(face()).lines(records), list)


def test_changes_are_read_back_with_their_numbers() -> None:
    diff = "@@ -2,2 +2,3 @@\n one\n-two\n+2\n+3\n@@ -9 +10 @@\n-x\n+y\n"
    (change,) = changes(
        {"/w/d/a.txt": {"type": "update", "unified_diff": diff, "move_path": "/w/b.txt"}}, cwd="/w"
    )

    assert (change.path, change.moved_to) == ("d/a.txt", "b.txt")
    assert change.rows == [
        (2, " ", "one"), (3, "-", "two"), (3, "+", "2"), (4, "+", "3"),
        (None, " ", ""), (9, "-", "x"), (10, "+", "y"),
    ]  # fmt: skip
