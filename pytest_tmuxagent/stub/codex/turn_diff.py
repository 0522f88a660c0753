"""What one turn's patches did to files, as one diff in git's form.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_BLOB = "0" * 40


class TurnDiff:
    """`note` files before a patch touches them; `shown` gives the diff from then to now."""

    __slots__ = ("_before", "_root")

    def __init__(self, root: str) -> None:
        self._root = root
        self._before: dict[str, bytes | None] = {}

    def note(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._before.setdefault(path, _read(path))

    def shown(self) -> str:
        """Give the diff; empty where the files are again what they were."""
        return "".join(
            _diff(os.path.relpath(path, self._root), before, _read(path))
            for path, before in sorted(self._before.items())
        )


def _diff(name: str, before: bytes | None, after: bytes | None) -> str:
    if before == after:
        return ""
    from difflib import unified_diff  # rare, and slow to import

    old, new = (_blob(content) for content in (before, after))
    head = [f"diff --git a/{name} b/{name}"]
    if before is None:
        head += ["new file mode 100644", f"index {old}..{new}"]
    elif after is None:
        head += ["deleted file mode 100644", f"index {old}..{new}"]
    else:
        head.append(f"index {old}..{new}")
    body = unified_diff(
        _lines(before),
        _lines(after),
        "/dev/null" if before is None else f"a/{name}",
        "/dev/null" if after is None else f"b/{name}",
    )
    return "".join(f"{line}\n" for line in head) + "".join(_whole(line) for line in body)


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines(keepends=True)


def _blob(content: bytes | None) -> str:
    """Give the name that git has for a file's content."""
    if content is None:
        return _NO_BLOB
    from hashlib import sha1

    return sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
