"""The cells of Codex's history that tell of tools: commands, patches, what was decided about them.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex import exploring
from pytest_tmuxagent.faces.codex.rows import filled
from pytest_tmuxagent.faces.text import clean, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FIRST_ROWS, LAST_ROWS, BOTH_ENDS = "first", "last", "both"  # which rows of an output are shown
_MODEL_ROWS, _SHELL_ROWS = 3, 50  # of the output of the model's command, and of the person's
_COMMAND_ROWS = 2  # of a command, below its first
_SNIPPET = 80
NOTHING = "(no output)"


def command_of(call: Mapping[str, Any]) -> str:
    given = call["input"]
    command = given.get("cmd", given.get("command", ""))
    return command if isinstance(command, str) else ""


def ended(call: Mapping[str, Any], result: Mapping[str, Any], *, columns: int, alternate: bool) -> list[str]:
    """Tell of a call that has ended; a patch is told when it begins, and only if it can be applied.

    On the alternate screen the end of the output is shown, and how the command exited.
    """
    if call["name"] != "exec_command":
        return []
    code, output = result["exit_code"], output_of(result) or NOTHING
    verb = f"Exited (status {code})" if code and alternate else "Ran"
    layout = LAST_ROWS if alternate else FIRST_ROWS
    return ran(verb, command_of(call), output, columns=columns, layout=layout)


def output_of(result: Mapping[str, Any]) -> str:
    """Give what a command printed, without what the model is told around it."""
    output = str(result["output"])
    head, mark, printed = output.partition("\nOutput:\n")
    return printed if mark and head.startswith("Chunk ID:") else output


def ran(verb: str, command: str, output: str, *, columns: int, layout: str) -> list[str]:
    """Show a command and what it printed."""
    rows = ["", *_command_rows(f"• {verb} ", command, columns)]
    if not output:
        return rows
    lines = [filled(line, columns - 4) for line in output.removesuffix("\n").split("\n")]
    shown = _SHORTENED[layout](lines)
    return [*rows, *(f"{'    ' if index else '  └ '}{row}".rstrip() for index, row in enumerate(shown))]


def _command_rows(head: str, command: str, columns: int) -> list[str]:
    first, *lines = command.split("\n")
    top, *rest = filled(first, columns - width(head))
    rest += [row for line in lines for row in filled(line, columns - 4)]
    hidden = len(rest) - _COMMAND_ROWS
    if hidden > 0:
        rest[_COMMAND_ROWS:] = [f"… {_more(hidden)}"]
    return [head + top, *(f"  │ {row}".rstrip() for row in rest)]


def _first(lines: list[list[str]]) -> list[str]:
    """Show the first rows; what is counted are the lines that are not shown whole."""
    rows = _flat(lines)
    if len(rows) <= _MODEL_ROWS:
        return rows
    whole = sum(len(_flat(lines[: number + 1])) <= _MODEL_ROWS for number in range(_MODEL_ROWS))
    return [*rows[:_MODEL_ROWS], f"{_more(len(lines) - whole)} (^t to view transcript)"]


def _last(lines: list[list[str]]) -> list[str]:
    rows = _flat(lines)
    hidden = len(rows) - _MODEL_ROWS
    more = f"+ {hidden} line{'s' if hidden > 1 else ''} (^t to expand)"
    return rows if hidden <= 0 else [*rows[-_MODEL_ROWS:], more]


def _flat(lines: list[list[str]]) -> list[str]:
    return [row for rows in lines for row in rows]


def _ends(lines: list[list[str]]) -> list[str]:
    rows = _flat(lines)
    head = (_SHELL_ROWS - 1) // 2
    tail = _SHELL_ROWS - 1 - head
    hidden = len(rows) - head - tail
    if len(rows) <= _SHELL_ROWS:
        return rows
    return [*rows[:head], f"… {_more(hidden)} (^t to view transcript)", *rows[-tail:]]


def _more(hidden: int) -> str:
    return f"+{hidden} line{'s' if hidden > 1 else ''}"


_SHORTENED = {FIRST_ROWS: _first, LAST_ROWS: _last, BOTH_ENDS: _ends}


def decided(call: Mapping[str, Any], decision: str, *, columns: int) -> list[str]:
    """Tell what was decided about a command; about a patch nothing is told."""
    if call["name"] != "exec_command":
        return []
    snippet = _snippet(command_of(call))
    said = {
        "allow": f"✔ You approved codex to run {snippet} this time",
        "allow_always": f"✔ You approved codex to always run commands that start with {snippet}",
        "deny": f"✗ You canceled the request to run {snippet}",
    }[decision]
    first, *rest = filled(said, columns)
    return ["", first, *(f"  {row}" for row in filled(" ".join(rest), columns - 2) if rest)]


def _snippet(command: str) -> str:
    first, newline, _ = command.partition("\n")
    first = clean(f"{first} ..." if newline else first)
    return first if len(first) <= _SNIPPET else f"{first[: _SNIPPET - 3]}..."


def explores(call: Mapping[str, Any]) -> bool:
    return call["name"] == "exec_command" and bool(exploring.looks(command_of(call)))


def explored(
    calls: Sequence[Mapping[str, Any]], *, columns: int, verb: str = "Explored", alternate: bool = False
) -> list[str]:
    """Tell of calls that only look around, in one cell; files read one after the other share a row."""
    told: list[tuple[str, str, str, bool]] = []  # what, at what, how it ended, whether nothing else was done
    for call in calls:
        looks, code = exploring.looks(command_of(call)), call.get("exit_code")
        only_reads = all(word == "Read" for word, _ in looks)
        for number, (word, subject) in enumerate(looks, 1):
            failed = code if number == len(looks) else 0
            ending = f" ({'command ' if len(looks) > 1 else ''}exit {failed})" if failed else ""
            told.append((word, subject, ending, only_reads))
    rows = [row for line in _joined(told) for row in filled(line, columns - 4)]
    failures = sum(bool(call.get("exit_code")) for call in calls)
    head = f"• {verb}" + (
        f" · {failures} nonzero exit{'s' if failures > 1 else ''}" if failures and alternate else ""
    )
    details = ["    + Show details"] if alternate else []
    return [
        "",
        head,
        *(f"{'    ' if index else '  └ '}{row}".rstrip() for index, row in enumerate(rows)),
        *details,
    ]


def _joined(told: list[tuple[str, str, str, bool]]) -> list[str]:
    lines: list[str] = []
    read: list[str] = []  # the files of the last line
    for word, subject, ending, only_reads in told:
        together = only_reads and not ending
        if together and read:
            read += [subject] if subject not in read else []
            lines[-1] = f"Read {', '.join(read)}"
            continue
        read = [subject] if together else []
        lines.append(f"{word} {subject}{ending}")
    return lines
