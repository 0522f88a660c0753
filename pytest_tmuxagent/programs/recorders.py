"""Commands on the sandbox's PATH that note each call: for hooks, notifications and completion commands.

A recorder is a script of sh, which starts in a millisecond. What it was called with goes into files of its
own; then one short line in a log says that they are whole, so that a call is never seen by half.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.programs.installed import NAMES

_SCRIPT = """\
#!/bin/sh
tmuxagent_call={folder}/$$
while [ -e "$tmuxagent_call.environment" ]; do tmuxagent_call=$tmuxagent_call+; done
export -p > "$tmuxagent_call.environment"
pwd -P > "$tmuxagent_call.cwd"
: > "$tmuxagent_call.argv"
[ $# = 0 ] || printf '%s\\0' "$@" > "$tmuxagent_call.argv"
[ -t 0 ] || /bin/cat > "$tmuxagent_call.stdin" 2> /dev/null
printf '%s\\n' "${{tmuxagent_call##*/}}" >> {folder}/calls
exit {status}
"""
_HIGHEST_STATUS = 255
_WORDS_OF_SHELLS = frozenset(
    {"case", "do", "done", "elif", "else", "esac", "fi", "for", "function"}
    | {"if", "in", "select", "then", "time", "until", "while"}
)
_OF_THE_SHELL = frozenset({"PWD", "OLDPWD", "SHLVL", "_"})
# A declaration of `export -p`: the value is in quotes of any kind, or of several.
_EXPORTED = re.compile(
    r"""^(?:export|declare -x) (\w+)=((?:\$'(?:\\.|[^'\\])*'|'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])*)$""",
    re.MULTILINE | re.DOTALL,
)
_PIECE = re.compile(
    r"""\$'((?:\\.|[^'\\])*)'|'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|((?:(?!\$')[^\s'"\\])+)""", re.DOTALL
)
_ESCAPED = re.compile(r'\\(?:([$`"\\])|\n)')
_CODE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_CODES = dict(zip((b"a", b"b", b"E", b"f", b"n", b"r", b"t", b"v"), b"\a\b\x1b\f\n\r\t\v", strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call of a recorder.

    `argv` begins with the command's name, as that of a `Launch` does. `stdin` is None where it was a
    terminal. In `environment_changes` stand the variables that differ from the sandbox's, None where one was
    missing. `at` is in seconds of `time.time()`.
    """

    argv: tuple[str, ...]
    stdin: str | None
    cwd: str
    environment_changes: Mapping[str, str | None] = field(repr=False)
    at: float


class Recorder:
    """A command that notes each of its calls; `path` is where it lies."""

    def __init__(self, path: Path, *, folder: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self._folder = folder
        self._environment = environment

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """All calls so far, in the order in which they were complete: standard input read to its end."""
        try:
            names = (self._folder / "calls").read_text().splitlines()
        except FileNotFoundError:
            return ()
        return tuple(self._read(name) for name in names)

    @property
    def count(self) -> int:
        """How many calls there were so far."""
        try:
            return (self._folder / "calls").read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0

    def _read(self, name: str) -> RecordedCall:
        argv = self._folder / f"{name}.argv"
        stdin = self._folder / f"{name}.stdin"
        return RecordedCall(
            argv=(self.path.name, *os.fsdecode(argv.read_bytes()).split("\0")[:-1]),
            stdin=_text(stdin.read_bytes()) if stdin.exists() else None,
            cwd=_text((self._folder / f"{name}.cwd").read_bytes()).rstrip("\n"),
            environment_changes=self._changes(_text((self._folder / f"{name}.environment").read_bytes())),
            at=argv.stat().st_mtime,
        )

    def _changes(self, exported: str) -> dict[str, str | None]:
        found = dict(parse_exports(exported))
        there = {**dict.fromkeys(self._environment), **found}
        return {
            name: value
            for name, value in there.items()
            if name not in _OF_THE_SHELL and value != self._environment.get(name)
        }

    def __repr__(self) -> str:
        return f"Recorder({self.path.name!r}: {self.count} calls)"


def write_recorder(
    name: str,
    *,
    status: int,
    folder: Path,
    root: Path,
    environment: Mapping[str, str],
) -> Recorder:
    """Put a recorder into a folder of the PATH.

    Raises:
        Misuse: it can have no such name or status, or the sandbox has a command of that name.
    """
    _check(name, status)
    path = folder / name
    if path.exists() or name in NAMES:
        raise Misuse(f"add_recorder({name!r}): the sandbox has a command of that name; choose another")
    notes = root / "recorders" / name
    notes.mkdir(parents=True)
    path.write_bytes(os.fsencode(_SCRIPT.format(folder=shlex.quote(str(notes)), status=status)))
    path.chmod(0o755)
    return Recorder(path, folder=notes, environment=environment)


def parse_exports(text: str) -> Iterator[tuple[str, str]]:
    """Read what `export -p` prints.

    Source: dash 0.5.12, `'...'`; bash 5.2 called `sh`, `"..."`, and `$'...'` with control characters.
    """
    for name, value in _EXPORTED.findall(text):
        yield name, "".join(map(_unquoted, _PIECE.findall(value)))


def _unquoted(piece: tuple[str, str, str, str, str]) -> str:
    coded, single, double, escaped, bare = piece
    return _decoded(coded) or single or _ESCAPED.sub(r"\1", double) or escaped or bare


def _decoded(text: str) -> str:
    return os.fsdecode(_CODE.sub(lambda found: _character(found[1]), os.fsencode(text)))


def _character(code: bytes) -> bytes:
    if code.isdigit():
        return bytes([int(code, 8) & 0xFF])
    return bytes([_CODES[code]]) if code in _CODES else code


def _check(name: str, status: int) -> None:
    if name in _WORDS_OF_SHELLS:
        raise Misuse(f"add_recorder({name!r}): a shell takes that for a word of its own; choose another")
    if not isinstance(name, str) or not name or not name.isprintable() or "/" in name or name in (".", ".."):
        raise Misuse(f"add_recorder({name!r}): that is no name of a command; write it as in 'finished'")
    if not isinstance(status, int) or not 0 <= status <= _HIGHEST_STATUS:
        raise Misuse(f"add_recorder(status={status!r}): an exit status is 0 to {_HIGHEST_STATUS}")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")
