"""The text of `apply_patch`: written for a neutral call, and read back.

Source: Codex CLI 0.169.0, its tool `apply_patch`, measured: a file that is written whole, or changed,
ends with a line feed afterwards, and is none of carriage returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_BEGIN, _END = "*** Begin Patch\n", "*** End Patch\n"
_ADD, _UPDATE, _DELETE = "*** Add File: ", "*** Update File: ", "*** Delete File: "
_HUNK = "@@"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a patch does to one file: writes it whole, or edits places of it; neither where it deletes it."""

    path: str
    content: str | None = None
    edits: tuple[tuple[str, str], ...] = ()


def can_hold(content: str) -> bool:
    """Whether a file of this content can be what a patch leaves behind."""
    return (not content or content.endswith("\n")) and "\r" not in content


def adding(path: str, content: str) -> str:
    """Write a file whole; one that is there is written anew."""
    return f"{_BEGIN}{_ADD}{path}\n{_marked('+', content)}{_END}"


def updating(path: str, old: str, new: str) -> str:
    """Put lines in the place of lines; both are whole ones."""
    return f"{_BEGIN}{_UPDATE}{path}\n{_HUNK}\n{_marked('-', old)}{_marked('+', new)}{_END}"


def whole_lines(content: str, old: str, new: str) -> tuple[str, str] | None:
    """Widen the first place of `old` in a file to whole lines; None where it is not there."""
    at = content.find(old) if old else -1
    if at < 0:
        return None
    begin = content.rfind("\n", 0, at) + 1
    end = _end_of_line(content, at + len(old) - 1)
    changed = content[begin:at] + new + content[at + len(old) : end]
    if changed and not changed.endswith("\n"):  # The next line moves up to it.
        further = _end_of_line(content, end)
        changed, end = changed + content[end:further], further
    return content[begin:end], changed


def added(patch: str) -> tuple[str, str] | None:
    """Give path and content of the file that a patch writes; None where it does anything else."""
    found = _of_one_file(patch, _ADD)
    return found and (found[0], _unmarked("+", found[1]))


def updated(patch: str) -> tuple[str, str, str] | None:
    """Give path, old and new lines of the one place that a patch changes; None for any other patch."""
    found = _of_one_file(patch, _UPDATE)
    if found is None or [line.startswith(_HUNK) for line in found[1]].count(True) != 1:
        return None
    path, lines = found
    return path, _unmarked("- ", lines), _unmarked("+ ", lines)


def changes(patch: str) -> Iterator[FileChange]:
    """Give what a patch does to each of its files; what is none of ours to read gives nothing."""
    path, sign, lines = "", "", []
    for line in [*patch.splitlines(), _END.rstrip()]:
        header = next((one for one in (_ADD, _UPDATE, _DELETE) if line.startswith(one)), None)
        if header is None and line != _END.rstrip():
            lines.append(line)
            continue
        if sign:
            yield _change(path, sign, lines)
        path, sign, lines = line.removeprefix(header or ""), header or "", []


def _change(path: str, sign: str, lines: list[str]) -> FileChange:
    if sign == _ADD:
        return FileChange(path=path, content=_unmarked("+", lines))
    if sign == _DELETE:
        return FileChange(path=path)
    places: list[list[str]] = [[]]
    for line in lines:
        if line.startswith(_HUNK):
            places.append([])
        else:
            places[-1].append(line)
    found = [place for place in places if any(line[:1] in ("-", "+") for line in place)]
    return FileChange(path=path, edits=tuple((_unmarked("- ", one), _unmarked("+ ", one)) for one in found))


def only_adds(patch: str) -> bool:
    """Whether a patch writes files whole, and changes and deletes none."""
    lines = patch.splitlines()
    others = any(line.startswith((_UPDATE, _DELETE)) for line in lines)
    return not others and any(line.startswith(_ADD) for line in lines)


def _marked(mark: str, text: str) -> str:
    lines = text.removesuffix("\n").split("\n") if text else []
    return "".join(f"{mark}{line}\n" for line in lines)


def _end_of_line(content: str, at: int) -> int:
    """Give where the next line begins, or the content ends."""
    end = content.find("\n", at)
    return len(content) if end < 0 else end + 1


def _unmarked(marks: str, lines: list[str]) -> str:
    return "".join(f"{line[1:]}\n" for line in lines if line[:1] and line[0] in marks)


def _of_one_file(patch: str, header: str) -> tuple[str, list[str]] | None:
    """Give the path and the lines of a patch of one file; None where there are more, or another header."""
    lines = patch.removesuffix("\n").split("\n")
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN.rstrip(), _END.rstrip()):
        return None
    headers = [line for line in lines[1:-1] if line.startswith("*** ")]
    if len(headers) != 1 or not lines[1].startswith(header):
        return None
    return lines[1].removeprefix(header), lines[2:-1]
