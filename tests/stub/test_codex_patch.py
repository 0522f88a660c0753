"""Patches of Codex's models. What is expected was measured on Codex CLI 0.169.0."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.stub.codex.patch import BadPatch, parse, updated
from pytest_tmuxagent.stub.codex.patching import Patching

FAILED = "apply_patch verification failed: "
HEADERS = "Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'"
LINE_FORMS = "Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)"


def text_of(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def apply(folder: Path, *lines: str) -> str:
    """Apply a patch, and give what the model hears."""
    output, is_error = Patching(str(folder)).apply(text_of(*lines))
    assert is_error is not output.startswith("Exit code: 0\n")
    return output


def succeeded(*files: str) -> str:
    return "\n".join(
        ["Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:", *files, ""]
    )


def test_files_are_added_with_their_folders(tmp_path: Path) -> None:
    assert apply(tmp_path, "*** Add File: d/b.txt", "+x", "*** Add File: c.txt", "+y", "+z") == (
        succeeded("A d/b.txt", "A c.txt")
    )
    assert (tmp_path / "d/b.txt").read_text() == "x\n"
    assert (tmp_path / "c.txt").read_text() == "y\nz\n"


def test_a_file_is_added_empty_and_over_another(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("old")
    assert apply(tmp_path, "*** Add File: c.txt") == succeeded("A c.txt")
    assert (tmp_path / "c.txt").read_text() == ""


@pytest.mark.parametrize(
    ("before", "lines", "after"),
    [
        ("hello\ntwo\n", ["@@", " hello", "-two", "+three"], "hello\nthree\n"),
        ("a\nb\nno newline", ["@@", " a", "-b", "+B"], "a\nB\nno newline\n"),
        ("a\nb\n", [" a", "-b", "+C"], "a\nC\n"),
        ("a\n", ["@@", "+added"], "a\nadded\n"),
        ("a\r\nb\r\n", ["@@", " a", "-b", "+B"], "a\r\nB\r\n"),
        ("x\na\nx\na\n", ["@@ x", "-a", "+1", "@@ x", "-a", "+2"], "x\n1\nx\n2\n"),
        ("a\nb\na\n", ["@@", "-a", "+end", "*** End of File"], "a\nb\nend\n"),
        ("  a  \n", ["@@", "-a", "+b"], "b\n"),
    ],
)
def test_a_file_is_updated(tmp_path: Path, before: str, lines: list[str], after: str) -> None:
    (tmp_path / "a.txt").write_bytes(before.encode())
    assert apply(tmp_path, "*** Update File: a.txt", *lines) == succeeded("M a.txt")
    assert (tmp_path / "a.txt").read_bytes().decode() == after


def test_a_file_is_moved(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("y\n")
    lines = ["*** Update File: c.txt", "*** Move to: d/e.txt", "@@", "-y", "+z"]
    assert apply(tmp_path, *lines) == succeeded("M d/e.txt")
    assert not (tmp_path / "c.txt").exists()
    assert (tmp_path / "d/e.txt").read_text() == "z\n"


def test_a_file_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert apply(tmp_path, "*** Delete File: a.txt") == succeeded("D a.txt")
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["*** Update File: a.txt", "@@", "-nosuch", "+x"],
            "Failed to find expected lines in {}/a.txt:\nnosuch",
        ),
        (
            ["*** Update File: a.txt", "@@ nosuch", "-a", "+x"],
            "Failed to find context 'nosuch' in {}/a.txt",
        ),
        (
            ["*** Update File: no.txt", "@@", "-a", "+x"],
            "Failed to read file to update {}/no.txt: No such file or directory (os error 2)",
        ),
        (["*** Delete File: no.txt"], "Failed to read {}/no.txt: No such file or directory (os error 2)"),
        (["*** Delete File: folder"], "Failed to read {0}/folder: path `{0}/folder` is not a file"),
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(tmp_path: Path, lines: list[str], said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").write_text("a\n")
    output = apply(tmp_path, "*** Add File: new.txt", "+x", *lines)
    assert output == FAILED + said.format(tmp_path)
    assert not (tmp_path / "new.txt").exists()


def test_a_file_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\n")
    output = apply(tmp_path, "*** Add File: a.txt/b.txt", "+x")
    assert (
        output
        == f"Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to write file {tmp_path}/a.txt/b.txt\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("garbage", f"{FAILED}invalid patch: The first line of the patch must be '*** Begin Patch'"),
        ("*** Begin Patch\n+x", f"{FAILED}invalid patch: The last line of the patch must be '*** End Patch'"),
        (text_of(), "patch rejected: empty patch"),
        (
            text_of("*** Frobnicate: e.txt", "+new"),
            f"{FAILED}invalid hunk at line 2, '*** Frobnicate: e.txt' is not a valid hunk header. {HEADERS}",
        ),
        (
            text_of("*** Update File: n.txt"),
            f"{FAILED}invalid hunk at line 2, Update file hunk for path 'n.txt' is empty",
        ),
        (
            text_of("*** Update File: n.txt", "@@", "bad line"),
            f"{FAILED}invalid hunk at line 4, Unexpected line found in update hunk: 'bad line'. {LINE_FORMS}",
        ),
        (
            text_of("*** Update File: n.txt", "bad line"),
            f"{FAILED}invalid hunk at line 3, Unexpected line found in update hunk: 'bad line'. {LINE_FORMS}",
        ),
    ],
)
def test_what_is_no_patch_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadPatch) as refused:
        parse(text)
    assert str(refused.value) == said


def test_changes_are_told_with_the_numbers_of_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"{number}\n" for number in range(1, 10)))
    text = text_of("*** Update File: a.txt", "@@", "-5", "+five")
    changes = Patching(str(tmp_path)).changes({"input": {"input": text}})
    assert changes is not None
    assert [(change.kind, change.path) for change in changes] == [("update", "a.txt")]
    assert changes[0].rows == [(4, " ", "4"), (5, "-", "5"), (5, "+", "five"), (6, " ", "6")]


def test_a_patch_that_cannot_be_applied_changes_nothing_that_is_told(tmp_path: Path) -> None:
    text = text_of("*** Delete File: a.txt")
    assert Patching(str(tmp_path)).changes({"input": {"input": text}}) is None


WORDS = st.sampled_from(
    [
        "*** Begin Patch",
        "*** End Patch",
        "*** Add File: a",
        "*** Update File: a",
        "*** Delete File: a",
        "*** Move to: b",
        "*** End of File",
        "@@",
        "@@ x",
        "+x",
        "-x",
        " x",
        "x",
        "+",
        "-",
        " ",
        "",
    ]
)


@given(st.lists(WORDS | st.text(max_size=6), max_size=12), st.text(alphabet="x\n\r a", max_size=12))
def test_any_text_is_a_patch_or_is_refused(lines: list[str], content: str) -> None:
    for text in ("\n".join(lines), text_of(*lines)):
        try:
            for hunk in parse(text):
                updated(content, hunk, path="/a")
        except BadPatch:
            pass
