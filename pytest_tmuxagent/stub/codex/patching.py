"""Applies patches to files, and tells beforehand what they change.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex.patches import Change
from pytest_tmuxagent.stub.codex.patch import BadPatch, Hunk, parse, updated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LETTERS = {"add": "A", "update": "M", "delete": "D"}
_CONTEXT = 1
_FAILED = "apply_patch verification failed"


class Patching:
    """Knows the folder that patches are about."""

    __slots__ = ("_cwd",)

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd

    def changes(self, call: Mapping[str, Any]) -> list[Change] | None:
        """Give what a patch changes, None where it cannot be applied."""
        try:
            return [self._change(hunk) for hunk in parse(str(call["input"].get("input", "")))]
        except BadPatch:
            return None

    def recorded(self, text: str) -> dict[str, Any] | None:
        """Give the changes as a rollout tells them, None where the patch cannot be applied."""
        try:
            return {self.place(hunk.path): self._recorded(hunk) for hunk in parse(text)}
        except BadPatch:
            return None

    def _recorded(self, hunk: Hunk) -> dict[str, Any]:
        if hunk.kind == "add":
            return {"type": "add", "content": hunk.content}
        old = self._old(hunk)
        if hunk.kind == "delete":
            return {"type": "delete", "content": old}
        from difflib import unified_diff  # takes milliseconds, and is seldom needed

        new = updated(old, hunk, path=self.place(hunk.path))
        lines = list(unified_diff(_lines(old), _lines(new), n=1))[2:]
        moved = self.place(hunk.move_to) if hunk.move_to else None
        return {"type": "update", "unified_diff": "".join(lines), "move_path": moved}

    def apply(self, text: str) -> tuple[str, bool]:
        """Apply a patch; give what the model hears, and whether it failed."""
        try:
            hunks = parse(text)
            contents = [self._result(hunk) for hunk in hunks]
        except BadPatch as bad:
            return str(bad), True
        done = []
        for hunk, content in zip(hunks, contents, strict=True):
            path = self.place(hunk.move_to or hunk.path)
            try:
                self._write(hunk, path, content)
            except OSError:
                return _ended(1, f"Failed to write file {path}\n"), True
            done.append(f"{_LETTERS[hunk.kind]} {hunk.move_to or hunk.path}\n")
        return _ended(0, "".join(["Success. Updated the following files:\n", *done])), False

    def place(self, path: str) -> str:
        return os.path.join(self._cwd, path)

    def _result(self, hunk: Hunk) -> str | None:
        """Give what the file holds afterwards, None where it is gone."""
        if hunk.kind == "add":
            return hunk.content
        if hunk.kind == "delete":
            self._old(hunk)
            return None
        return updated(self._old(hunk), hunk, path=self.place(hunk.path))

    def _old(self, hunk: Hunk) -> str:
        path = self.place(hunk.path)
        verb = "read file to update" if hunk.kind == "update" else "read"
        if hunk.kind == "delete" and os.path.isdir(path):
            raise BadPatch(f"{_FAILED}: Failed to read {path}: path `{path}` is not a file")
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                return file.read()
        except OSError as failure:
            why = f"{failure.strerror} (os error {failure.errno})"
            raise BadPatch(f"{_FAILED}: Failed to {verb} {path}: {why}") from None

    def _write(self, hunk: Hunk, path: str, content: str | None) -> None:
        if content is None:
            os.unlink(path)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(content)
        if hunk.move_to:
            os.unlink(self.place(hunk.path))

    def _change(self, hunk: Hunk) -> Change:
        new = self._result(hunk)
        if hunk.kind == "add":
            lines = hunk.content.splitlines()
            return Change("add", hunk.path, [(at + 1, "+", line) for at, line in enumerate(lines)])
        old = self._old(hunk)
        if hunk.kind == "delete":
            lines = old.splitlines()
            return Change("delete", hunk.path, [(at + 1, "-", line) for at, line in enumerate(lines)])
        rows = _rows(old.splitlines(), (new or "").splitlines())
        return Change("update", hunk.path, rows, moved_to=hunk.move_to or "")


def _rows(old: list[str], new: list[str]) -> list[tuple[int | None, str, str]]:
    """Compare the file before and after, and give what differs with one line around it."""
    from difflib import SequenceMatcher  # takes milliseconds, and is seldom needed

    rows: list[tuple[int | None, str, str]] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if rows:
            rows.append((None, " ", ""))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                rows += [(new_from + at + 1, " ", line) for at, line in enumerate(new[new_from:new_to])]
                continue
            rows += [(old_from + at + 1, "-", line) for at, line in enumerate(old[old_from:old_to])]
            rows += [(new_from + at + 1, "+", line) for at, line in enumerate(new[new_from:new_to])]
    return rows


def _ended(code: int, output: str) -> str:
    return f"Exit code: {code}\nWall time: 0 seconds\nOutput:\n{output}"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
