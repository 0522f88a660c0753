"""Read, Write and Edit: files, and what was seen of them.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.hunks import structured_patch
from pytest_tmuxagent.stub.claude.edits import edited
from pytest_tmuxagent.stub.claude.results import ToolFailed, ToolRefused, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Done = tuple[str, dict[str, Any]]  # the text for the model, the response

_NO_NEED = "(file state is current in your context — no need to Read it back)"
_NOT_READ = "File has not been read yet. Read it first before writing to it."
_CHANGED = (
    "File has been modified since read, either by the user or by a linter."
    " Read it again before attempting to write it."
)
_UNCHANGED = "Wasted call — file unchanged since your last Read. Refer to that earlier tool_result instead."
_LARGEST = 256 * 1024
_LONGEST_ORIGINAL = 10_000  # a longer one is not repeated in the response
_ENDLESS = ("/dev/zero", "/dev/random", "/dev/urandom", "/dev/full", "/dev/stdin", "/dev/tty", "/dev/console")
_BINARY = (
    "7z a bin bz2 class dat db dll dmg doc docx dylib ear exe flac gz ico iso jar lib mkv mov mp3 mp4 o obj"
    " ogg pkl ppt pptx pyc pyo rar so sqlite sqlite3 tar tgz war wasm wav webm woff woff2 xls xlsx xz zip"
)


class _Seen:
    """What the model knows of a file: when that was, and which part of it a Read has shown."""

    __slots__ = ("changed_ns", "content", "part")

    def __init__(self, changed_ns: int, content: str, part: tuple[int | None, int | None] | None) -> None:
        self.changed_ns = changed_ns
        self.content = content
        self.part = part


class Files:
    """Knows what was read in this conversation; `cwd` is where the shell stands."""

    __slots__ = ("_seen", "cwd")

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self._seen: dict[str, _Seen] = {}

    def forget(self) -> None:
        """Begin anew, as a cleared conversation does."""
        self._seen.clear()

    # --- the tools ---

    def read(self, given: Mapping[str, Any]) -> Done:
        path = self._path(given["file_path"])
        self._refuse_unreadable(given["file_path"], path)
        changed_ns = self._changed(path, given["file_path"])
        offset, limit = given.get("offset"), given.get("limit")
        limit = None if limit is not None and limit <= 0 else limit
        seen = self._seen.get(path)
        if seen is not None and seen.part == (offset, limit) and seen.changed_ns == changed_ns:
            return _UNCHANGED, {"type": "file_unchanged", "file": {"filePath": given["file_path"]}}
        content = _load(path, f"read '{given['file_path'] or path}'", limited=limit is None)
        self._seen[path] = _Seen(changed_ns, content, (offset, limit))
        return _shown(given["file_path"], content, offset=offset, limit=limit)

    def write(self, given: Mapping[str, Any]) -> Done:
        name, content = given["file_path"], given["content"]
        path = self._path(name)
        original = self._original(path, "Write")
        response = {"type": "create", "filePath": name, "content": content, "structuredPatch": []}
        said = f"File created successfully at: {name} {_NO_NEED}"
        if original is not None:
            patch = structured_patch(original, content)
            response = {"type": "update", "filePath": name, "content": content, "structuredPatch": patch}
            said = f"The file {name} has been updated successfully. {_NO_NEED}"
        self._save(path, content)
        kept = original if original is None else _repeated(original)
        return said, {**response, "originalFile": kept, "userModified": False}

    def edit(self, given: Mapping[str, Any]) -> Done:
        name, old, new = given["file_path"], given["old_string"], given["new_string"]
        everywhere = bool(given.get("replace_all"))
        path = self._path(name)
        content = self._to_edit(path, old, new)
        found, changed = edited(content, old, new, everywhere=everywhere)
        self._save(path, changed, crlf="\r\n" in _raw(path))
        response = {
            "filePath": name,
            "oldString": found,
            "newString": new,
            "originalFile": _repeated(content),
            "structuredPatch": structured_patch(content, changed),
            "userModified": False,
            "replaceAll": everywhere,
        }
        how = (
            "updated. All occurrences were successfully replaced." if everywhere else "updated successfully."
        )
        return f"The file {name} has been {how} {_NO_NEED}", response

    def check(self, name: str, given: Mapping[str, Any]) -> None:
        """Raise ToolRefused where a call of Read, Write or Edit would not even be tried."""
        if name not in ("Read", "Write", "Edit"):
            return
        path = self._path(given["file_path"])
        if name == "Read":
            self._refuse_unreadable(given["file_path"], path)
        elif name == "Write":
            self._original(path, "Write")
        else:
            content = self._to_edit(path, given["old_string"], given["new_string"])
            everywhere = bool(given.get("replace_all"))
            edited(content, given["old_string"], given["new_string"], everywhere=everywhere)

    def preview(self, name: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give the hunks that a Write or Edit would make; none where it would fail."""
        try:
            path = self._path(str(given["file_path"]))
            content = _load(path, "read", limited=False) if os.path.exists(path) else ""
            if name == "Write":
                return structured_patch(content, given["content"])
            old, new, everywhere = given["old_string"], given["new_string"], bool(given.get("replace_all"))
            _, changed = edited(content, old, new, everywhere=everywhere)
        except (KeyError, TypeError, AttributeError, ToolFailed, ToolRefused):
            return []
        return structured_patch(content, changed)

    # --- what may be done ---

    def _refuse_unreadable(self, name: str, path: str) -> None:
        if path in _ENDLESS:
            raise ToolRefused(
                f"Cannot read '{name}': this device file would block or produce infinite output."
            )
        kind = os.path.splitext(path)[1]
        if kind and kind[1:].lower() in _BINARY.split():
            raise ToolRefused(
                f"This tool cannot read binary files. The file appears to be a binary {kind.lower()} file."
                " Please use appropriate tools for binary file analysis."
            )

    def _original(self, path: str, tool: str) -> str | None:
        """Give what a file holds that may be written; None where there is none yet."""
        try:
            changed_ns = os.stat(path).st_mtime_ns
        except FileNotFoundError:
            return None
        except OSError as failure:
            raise ToolRefused(f"Error calling tool ({tool}): {told(failure, f'statx {path!r}')}") from failure
        self._refuse_unseen(path, changed_ns)
        return _load(path, "read", limited=False)

    def _refuse_unseen(self, path: str, changed_ns: int) -> None:
        seen = self._seen.get(path)
        if seen is None:
            raise ToolRefused(_NOT_READ)
        if changed_ns > seen.changed_ns and _load(path, "read", limited=False) != seen.content:
            raise ToolRefused(_CHANGED)

    def _to_edit(self, path: str, old: str, new: str) -> str:
        """Give what a file holds that is to be edited; a new one holds nothing."""
        if old == new:
            raise ToolRefused("No changes to make: old_string and new_string are exactly the same.")
        if not os.path.lexists(path):
            if not old:
                return ""
            raise ToolRefused(self._missing(path))
        if os.path.isdir(path):
            raise ToolRefused("Error calling tool (Edit): EISDIR: illegal operation on a directory, read")
        content = _load(path, f"read '{path}'", limited=False)
        if not old and content.strip():
            raise ToolRefused("Cannot create new file - file already exists.")
        if path.endswith(".ipynb"):
            raise ToolRefused("File is a Jupyter Notebook. Use the NotebookEdit to edit this file.")
        try:
            self._refuse_unseen(path, os.stat(path).st_mtime_ns)
        except ToolRefused as refusal:
            raise (refusal if old else ToolFailed(str(refusal))) from None
        return content

    # --- the file system ---

    def _path(self, name: str) -> str:
        if name == "~" or name.startswith("~/"):
            name = os.environ.get("HOME", "~") + name[1:]
        return os.path.normpath(os.path.join(self.cwd, name))

    def _changed(self, path: str, name: str) -> int:
        try:
            found = os.stat(path)
        except FileNotFoundError:
            raise ToolFailed(self._missing(path)) from None
        except OSError as failure:
            raise ToolFailed(told(failure, f"statx {path!r}")) from failure
        if os.path.isdir(path):
            raise ToolFailed(f"EISDIR: illegal operation on a directory, read '{name or path}'")
        return found.st_mtime_ns

    def _missing(self, path: str) -> str:
        text = f"File does not exist. Note: your current working directory is {self.cwd}."
        stem = os.path.splitext(os.path.basename(path))[0]
        try:
            beside = sorted(os.listdir(os.path.dirname(path)))
        except OSError:
            beside = []
        alike = [name for name in beside if os.path.splitext(name)[0] == stem]
        inside = self.cwd + path.removeprefix(os.path.dirname(self.cwd))
        if not alike and os.path.exists(inside) and not path.startswith(f"{self.cwd}/"):
            alike = [inside]
        return f"{text} Did you mean {alike[0]}?" if alike else text

    def _save(self, path: str, content: str, *, crlf: bool = False) -> None:
        """Put a whole new file in the place of the old one: whoever reads it never sees a half."""
        if os.path.islink(path):
            raise ToolFailed(
                f"Refusing to write through symlink: {path}. Resolve the symlink and pass the real target"
                " path explicitly."
            )
        text = content.replace("\n", "\r\n") if crlf else content
        fresh = f"{path}.tmp.{os.getpid()}.{os.urandom(6).hex()}"
        try:
            os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
            mode = os.stat(path).st_mode & 0o7777 if os.path.exists(path) else None
            with open(fresh, "wb") as file:
                file.write(text.encode("utf-8", "replace"))
            if mode is not None:
                os.chmod(fresh, mode)
            os.replace(fresh, path)
        except OSError as failure:
            raise ToolFailed(told(failure, f"open '{fresh}'")) from failure
        self._seen[path] = _Seen(os.stat(path).st_mtime_ns, content, None)


def _shown(name: str, content: str, *, offset: int | None, limit: int | None) -> Done:
    lines = content.removeprefix("\ufeff").split("\n")
    first = 1 if offset is None or offset < 0 else int(offset)
    begin = max(first - 1, 0)
    shown = lines[begin : None if limit is None else begin + int(limit)]
    text = "\n".join(shown)
    file = {
        "filePath": name,
        "content": text,
        "numLines": len(shown),
        "startLine": first,
        "totalLines": len(lines),
    }
    said = "\n".join(f"{number}\t{line}" for number, line in enumerate(shown, first))
    if not text:
        said = (
            "<system-reminder>Warning: the file exists but is shorter than the provided offset"
            f" ({first}). The file has {len(lines)} lines.</system-reminder>"
        )
    return said, {"type": "text", "file": file}


def _repeated(original: str) -> str | None:
    return original if len(original) <= _LONGEST_ORIGINAL else None


def _raw(path: str) -> str:
    if not os.path.exists(path):
        return ""
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def _load(path: str, act: str, *, limited: bool) -> str:
    try:
        size = os.stat(path).st_size
        if limited and size > _LARGEST:
            raise ToolFailed(
                f"File content ({_size(size)}) exceeds maximum allowed size (256KB). Use offset and limit"
                " parameters to read specific portions of the file, or search for specific content instead"
                " of reading the whole file."
            )
        return _raw(path).replace("\r\n", "\n")
    except OSError as failure:
        raise ToolFailed(told(failure, act)) from failure


def _size(count: int) -> str:
    """Write a number of bytes past a kilobyte the short way: 293KB, 1.5MB."""
    number, unit = (count / 1024, "KB") if count < 1 << 20 else (count / (1 << 20), "MB")
    return f"{number:.1f}".removesuffix(".0") + unit
