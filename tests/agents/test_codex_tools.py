"""What Codex calls what a call does, and how that is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex import patches
from pytest_tmuxagent.agents.codex.tools import CodexTools

ESCALATED = {"sandbox_permissions": "require_escalated", "justification": "Allow this command?"}


def patch(*lines: str) -> dict[str, Any]:
    return {"input": "".join(f"{line}\n" for line in ("*** Begin Patch", *lines, "*** End Patch"))}


@pytest.mark.parametrize(
    ("kind", "arguments", "name", "given"),
    [
        (
            "write",
            {"path": "a", "content": "x\n\ny\n"},
            "apply_patch",
            patch("*** Add File: a", "+x", "+", "+y"),
        ),
        ("write", {"path": "a", "content": ""}, "apply_patch", patch("*** Add File: a")),
        ("write", {"path": "a", "content": "it's"}, "exec_command", {"cmd": """printf %s 'it'"'"'s' > a"""}),
        (
            "write",
            {"path": "d e/a", "content": "x\r\n"},
            "exec_command",
            {"cmd": "mkdir -p -- 'd e' && printf %s 'x\r\n' > 'd e/a'"},
        ),
        ("read", {"path": "a b"}, "exec_command", {"cmd": "cat -- 'a b'"}),
        ("shell", {"command": "rm -r build"}, "exec_command", {"cmd": "rm -r build"}),
        (
            "ask_user",
            {"question": "Which one, please?", "options": ["A", "B"]},
            "request_user_input",
            {
                "questions": [
                    {
                        "id": "question",
                        "header": "Which one, p",
                        "question": "Which one, please?",
                        "options": [{"label": "A", "description": "A"}, {"label": "B", "description": "B"}],
                    }
                ]
            },
        ),
    ],
)
def test_a_neutral_call_is_rendered_and_read_back(
    kind: str, arguments: dict[str, Any], name: str, given: dict[str, Any]
) -> None:
    tools = CodexTools()
    assert tools.render(kind, arguments) == (name, given)
    assert tools.neutral(name, given) == (kind, arguments)


def test_what_changes_things_asks_for_it_where_it_must() -> None:
    tools = CodexTools(permissions="ask")
    assert tools.render("shell", {"command": "x"}) == ("exec_command", {"cmd": "x", **ESCALATED})
    assert tools.render("write", {"path": "a", "content": "x"})[1].items() >= ESCALATED.items()
    assert tools.render("read", {"path": "a"}) == ("exec_command", {"cmd": "cat -- a"})


EDITS = [
    ("one\ntwo three\nfour\n", "three", "3", ("two three\n", "two 3\n")),
    ("one\ntwo three\nfour\n", "three\nfo", "3\nF", ("two three\nfour\n", "two 3\nFur\n")),
    ("one\ntwo\n", "two\n", "", ("two\n", "")),
    ("one\ntwo\nthree\n", "two\n", "2", ("two\nthree\n", "2three\n")),
    ("one\ntwo\n", "one", "1\n1", ("one\n", "1\n1\n")),
]


@pytest.mark.parametrize(("content", "old", "new", "lines"), EDITS)
def test_an_edit_is_of_whole_lines(
    tmp_path: Path, content: str, old: str, new: str, lines: tuple[str, str]
) -> None:
    (tmp_path / "a").write_text(content)
    name, given = CodexTools(tmp_path).render("edit", {"path": "a", "old": old, "new": new})
    assert name == "apply_patch"
    assert CodexTools().neutral(name, given) == ("edit", {"path": "a", "old": lines[0], "new": lines[1]})


@pytest.mark.parametrize("content", ["x\ny", "x\r\ny\n"])
def test_an_edit_that_no_patch_can_make_is_a_command(tmp_path: Path, content: str) -> None:
    (tmp_path / "a").write_bytes(content.encode())
    name, given = CodexTools(tmp_path).render("edit", {"path": "a", "old": "y", "new": "z"})
    changed = content.replace("y", "z")
    assert (name, given) == ("exec_command", {"cmd": f"printf %s '{changed}' >| a"})
    assert CodexTools().kind_of(name, given) == "edit"


def test_an_edit_of_what_is_not_there_is_left_to_fail(tmp_path: Path) -> None:
    name, given = CodexTools(tmp_path).render("edit", {"path": "a", "old": "x", "new": "y"})
    assert (name, given) == ("apply_patch", patch("*** Update File: a", "@@", "-x", "+y"))


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("exec_command", {"cmd": "cat -- a; rm b"}, "shell"),
        ("exec_command", {"cmd": "cat -- a b"}, "shell"),
        ("exec_command", {"cmd": "printf %s x > a; rm b"}, "shell"),
        ("exec_command", {"cmd": "printf %s $HOME > a"}, "shell"),
        ("exec_command", {"cmd": "printf %s 'x"}, "shell"),
        ("exec_command", {}, "shell"),
        ("apply_patch", patch("*** Add File: a", "+x", "*** Delete File: b"), "edit"),
        ("apply_patch", {"changes": [{"path": "a", "kind": "add"}]}, "write"),
        ("apply_patch", {"changes": [{"path": "a", "kind": "update"}]}, "edit"),
        ("apply_patch", {}, "edit"),
        ("write_stdin", {"session_id": 1}, "other"),
    ],
)
def test_the_kind_of_a_call_of_the_models_own(name: str, given: dict[str, Any], kind: str) -> None:
    assert CodexTools().kind_of(name, given) == kind


def test_a_call_of_another_shape_stays_as_it_is() -> None:
    given = patch("*** Update File: a", "@@", "-x", "+y", "@@", "-v", "+w")
    assert CodexTools().neutral("apply_patch", given) == ("edit", given)
    assert CodexTools().neutral("request_user_input", {"questions": []}) == ("ask_user", {"questions": []})


PATCHED = [
    (patch("*** Update File: a", "@@", "-x", "+y"), [("edit", {"path": "a", "old": "x\n", "new": "y\n"})]),
    (
        patch("*** Update File: a", "@@ f", " k", "-x", "+y", "@@", "-v", "*** Add File: b", "+z"),
        [
            (
                "edit",
                {"path": "a", "edits": [{"old": "k\nx\n", "new": "k\ny\n"}, {"old": "v\n", "new": ""}]},
            ),
            ("write", {"path": "b", "content": "z\n"}),
        ],
    ),
    (patch("*** Delete File: a"), [("edit", {"path": "a"})]),
    (
        patch("*** Update File: a", "*** Move to: b", "@@", "-x", "+y"),
        [("edit", {"path": "a", "old": "x\n", "new": "y\n"})],
    ),
    (
        {"changes": [{"path": "/w/a", "kind": "add"}, {"path": "/w/b", "kind": "update"}]},
        [("write", {"path": "/w/a"}), ("edit", {"path": "/w/b"})],
    ),
    ({"input": "no patch"}, [("edit", {"input": "no patch"})]),
]


@pytest.mark.parametrize(("given", "acts"), PATCHED)
def test_a_patch_does_one_thing_to_each_of_its_files(
    given: dict[str, Any], acts: list[tuple[str, dict[str, Any]]]
) -> None:
    assert CodexTools().acts("apply_patch", given) == acts


def test_a_command_that_saves_a_file_is_told_with_its_content() -> None:
    given = {"cmd": "printf %s 'one 2' >| a.py"}
    assert CodexTools().acts("exec_command", given) == [("edit", {"path": "a.py", "content": "one 2"})]


NAMES = st.sampled_from(["apply_patch", "exec_command", "request_user_input", "view_image"])
KEYS = st.sampled_from(["input", "cmd", "questions", "changes"])
VALUES = st.one_of(st.text(), st.none(), st.integers(), st.lists(st.dictionaries(st.text(), st.text())))


@given(name=NAMES, given=st.dictionaries(KEYS, VALUES))
def test_no_call_raises(name: str, given: dict[str, Any]) -> None:
    CodexTools().neutral(name, given)
    CodexTools().acts(name, given)


HEADERS = ["*** Begin Patch", "*** End Patch", "*** Add File: a", "*** Update File: b", "*** Delete File: c"]
LINES = st.sampled_from([*HEADERS, "@@", "-x", "+y", " z", "", "***"])


@given(lines=st.lists(LINES, max_size=12))
def test_no_patch_raises_and_what_adds_files_only_is_read_as_that(lines: list[str]) -> None:
    given = {"input": "\n".join(lines)}
    kinds = {kind for kind, _ in CodexTools().acts("apply_patch", given)}
    assert (kinds == {"write"}) is (CodexTools().kind_of("apply_patch", given) == "write")


TEXT = st.text(alphabet="ab\n", max_size=12)


@given(content=TEXT, old=TEXT, new=TEXT)
def test_whole_lines_make_the_same_change(content: str, old: str, new: str) -> None:
    content = f"{content}\n"
    widened = patches.whole_lines(content, old, new)
    assert (widened is None) == (not old or old not in content)
    if widened is not None:
        before, after = widened
        assert content.replace(old, new, 1) == content.replace(before, after, 1)
        assert before.endswith("\n")
        assert not after or after.endswith("\n") or content.endswith(before)
