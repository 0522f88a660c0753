"""Patches in the format of Codex's `apply_patch`: read, and worked out against the files. Pure.

Source: Codex CLI 0.169.0, measured: the grammar, what is matched, and the words of its errors.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BEGIN, _END = "*** Begin Patch", "*** End Patch"
_ADD, _DELETE, _UPDATE = "*** Add File: ", "*** Delete File: ", "*** Update File: "
_MOVE, _END_OF_FILE = "*** Move to: ", "*** End of File"
_HEADERS = "Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'"


class BadPatch(Exception):
    """The patch cannot be applied; the text is what the model hears."""


class Chunk:
    """One place in a file: what is looked for there, and what takes its place."""

    __slots__ = ("at_end", "context", "new", "old")

    def __init__(self, context: str | None) -> None:
        self.context = context
        self.old: list[str] = []
        self.new: list[str] = []
        self.at_end = False


class Hunk:
    """What becomes of one file: `add` it with `content`, `delete` it, or `update` it by `chunks`."""

    __slots__ = ("chunks", "content", "kind", "move_to", "path")

    def __init__(self, kind: str, path: str) -> None:
        self.kind = kind
        self.path = path
        self.content = ""
        self.move_to: str | None = None
        self.chunks: list[Chunk] = []


def parse(text: str) -> list[Hunk]:
    """Read a patch.

    Raises:
        BadPatch: it is none.
    """
    lines = text.strip().split("\n")
    if lines[0].strip() != _BEGIN:
        raise _invalid("The first line of the patch must be '*** Begin Patch'")
    if lines[-1].strip() != _END or len(lines) < 2:
        raise _invalid("The last line of the patch must be '*** End Patch'")
    hunks: list[Hunk] = []
    at, end = 1, len(lines) - 1
    while at < end:
        hunk, at = _read_hunk(lines, at, end)
        hunks.append(hunk)
    if not hunks:
        raise BadPatch("patch rejected: empty patch")
    return hunks


def updated(content: str, hunk: Hunk, *, path: str) -> str:
    """Give what an updated file holds; it ends with a newline afterwards.

    Raises:
        BadPatch: the file does not hold what the patch looks for; `path` is how it is named then.
    """
    lines = content.split("\n")
    if lines[-1] == "":
        lines.pop()
    at = 0
    for chunk in hunk.chunks:
        at = _apply(lines, chunk, at, path)
    return "".join(f"{line}\n" for line in lines)


def _apply(lines: list[str], chunk: Chunk, at: int, path: str) -> int:
    """Apply one chunk from a line on; give the line behind it."""
    if chunk.context is not None:
        found = _seek(lines, [chunk.context], at, at_end=False)
        if found is None:
            raise _failed(f"Failed to find context '{chunk.context}' in {path}")
        at = found + 1
    if not chunk.old:
        at = len(lines)
        lines[at:] = chunk.new
        return at + len(chunk.new)
    old, new = chunk.old, chunk.new
    found = _seek(lines, old, at, at_end=chunk.at_end)
    if found is None and old[-1] == "":
        old, new = old[:-1], new[:-1] if new[-1:] == [""] else new
        found = _seek(lines, old, at, at_end=chunk.at_end)
    if found is None:
        raise _failed(f"Failed to find expected lines in {path}:\n" + "\n".join(chunk.old))
    ending = "\r" if lines[found : found + 1] and lines[found].endswith("\r") else ""
    lines[found : found + len(old)] = [_with(line, ending) for line in new]
    return found + len(new)


def _with(line: str, ending: str) -> str:
    return line if line.endswith(ending) else f"{line}{ending}"


def _seek(lines: list[str], wanted: list[str], start: int, *, at_end: bool) -> int | None:
    """Find lines: as they are, else but for what blanks are at their ends, else around them."""
    last = len(lines) - len(wanted)
    if at_end and last >= start:
        start = last
    for form in (_as_it_is, str.rstrip, str.strip):
        sought = [form(line) for line in wanted]
        for at in range(start, last + 1):
            if [form(line) for line in lines[at : at + len(wanted)]] == sought:
                return at
    return None


def _as_it_is(line: str) -> str:
    return line


def _read_hunk(lines: list[str], at: int, end: int) -> tuple[Hunk, int]:
    header = lines[at].strip()
    for start, read in _READERS.items():
        if header.startswith(start):
            return read(lines, at, end, header[len(start) :])
    raise _bad_hunk(at, f"'{header}' is not a valid hunk header. {_HEADERS}")


def _read_add(lines: list[str], at: int, end: int, path: str) -> tuple[Hunk, int]:
    hunk, at = Hunk("add", path), at + 1
    added = []
    while at < end and lines[at].startswith("+"):
        added.append(f"{lines[at][1:]}\n")
        at += 1
    hunk.content = "".join(added)
    return hunk, at


def _read_delete(_lines: list[str], at: int, _end: int, path: str) -> tuple[Hunk, int]:
    return Hunk("delete", path), at + 1


def _read_update(lines: list[str], at: int, end: int, path: str) -> tuple[Hunk, int]:
    hunk, begin, at = Hunk("update", path), at, at + 1
    if at < end and lines[at].startswith(_MOVE):
        hunk.move_to, at = lines[at][len(_MOVE) :].strip(), at + 1
    while at < end and (not lines[at].startswith("***") or lines[at].strip() == _END_OF_FILE):
        if not lines[at].strip() and hunk.chunks:
            at += 1
            continue
        chunk, at = _read_chunk(lines, at, end, first=not hunk.chunks)
        hunk.chunks.append(chunk)
    if not hunk.chunks and hunk.move_to is None:
        raise _bad_hunk(begin, f"Update file hunk for path '{path}' is empty")
    return hunk, at


def _read_chunk(lines: list[str], at: int, end: int, *, first: bool) -> tuple[Chunk, int]:
    line = lines[at]
    if line.startswith("@@"):
        chunk, at = Chunk(line[2:].strip() or None), at + 1
    elif first:
        chunk = Chunk(None)
    else:
        raise _bad_hunk(at, f"Expected update hunk to start with a @@ context marker, got: '{line}'")
    begin = at
    while at < end and not lines[at].startswith(("@@", "***")):
        _read_line(chunk, lines[at], at, begin)
        at += 1
    if at == begin:
        raise _bad_hunk(at, "Update hunk does not contain any lines")
    if at < end and lines[at].strip() == _END_OF_FILE:
        chunk.at_end, at = True, at + 1
    return chunk, at


def _read_line(chunk: Chunk, line: str, at: int, begin: int) -> None:
    mark, rest = line[:1], line[1:]
    if mark not in ("", " ", "+", "-"):
        if at > begin:
            raise _bad_hunk(at, f"Expected update hunk to start with a @@ context marker, got: '{line}'")
        raise _bad_hunk(
            at,
            f"Unexpected line found in update hunk: '{line}'. Every line should start with ' ' (context"
            " line), '+' (added line), or '-' (removed line)",
        )
    if mark != "+":
        chunk.old.append(rest)
    if mark != "-":
        chunk.new.append(rest)


_READERS: dict[str, Callable[[list[str], int, int, str], tuple[Hunk, int]]] = {
    _ADD: _read_add,
    _DELETE: _read_delete,
    _UPDATE: _read_update,
}


def _failed(why: str) -> BadPatch:
    return BadPatch(f"apply_patch verification failed: {why}")


def _invalid(why: str) -> BadPatch:
    return _failed(f"invalid patch: {why}")


def _bad_hunk(at: int, why: str) -> BadPatch:
    return _failed(f"invalid hunk at line {at + 1}, {why}")
