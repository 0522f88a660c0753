"""The plain face: the words and marks of an agent that resembles none in particular."""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, width, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ECHOED_LINES = 10
_ECHOED_CHARACTERS = 2000
_BOX_ROWS = 6
_BOX_CHARACTERS = 2000
_SUBJECTS = {"write": "path", "edit": "path", "read": "path", "shell": "command", "ask_user": "question"}


class Bottom:
    """What the bottom of the screen tells: the box, the queue, and whether the agent works."""

    __slots__ = ("busy_for", "cursor", "frame", "leaving", "queued", "text")

    def __init__(
        self,
        *,
        text: str,
        cursor: int,
        queued: list[str],
        busy_for: float | None,
        frame: int,
        leaving: bool,
    ) -> None:
        self.text = text
        self.cursor = cursor
        self.queued = queued
        self.busy_for = busy_for
        self.frame = frame
        self.leaving = leaving


class PlainFace:
    """Gives lines; draws nothing. Another face overrides what looks different."""

    __slots__ = ("agent",)

    prompt_mark = "> "
    box_mark = "› "
    answer_mark = "• "
    # Options of real command lines whose value is the next word.
    options_with_value = frozenset(
        {
            "--add-dir",
            "--allowedTools",
            "--append-system-prompt",
            "--cd",
            "--config",
            "--disallowedTools",
            "--input-format",
            "--max-turns",
            "--mcp-config",
            "--model",
            "--output-format",
            "--permission-mode",
            "--profile",
            "--session-id",
            "--settings",
            "--system-prompt",
            "--tools",
            "-C",
            "-c",
            "-m",
        }
    )
    permission_options = ("Yes", "Yes, always", "No")

    def __init__(self, agent: str) -> None:
        self.agent = agent

    def version(self) -> str:
        return f"0.1.0 ({self.agent} stub)"

    def usage(self) -> str:
        return (
            f"usage: {self.agent} [-p|--print] [--resume ID | --continue] [--version] [--help] [PROMPT...]\n"
            "A stub: its answers come from a script. Other options of the real program are ignored."
        )

    def banner(self, cwd: str) -> list[str]:
        return [f"{self.agent} (stub, plain face)", cwd]

    def pasted(self, text: str) -> str:
        """Give what a bracketed paste puts into the box: here, exactly that."""
        return text

    def prompt(self, text: str) -> list[str]:
        """Echo a prompt that was accepted."""
        lines = text.split("\n", _ECHOED_LINES)
        hidden = text.count("\n") + 1 - _ECHOED_LINES
        if hidden > 0:
            lines[_ECHOED_LINES:] = [f"… +{hidden} lines"]
        shown = [_shortened(line) for line in lines]
        return [self.prompt_mark + shown[0], *(f"  {line}" for line in shown[1:])]

    def answer(self, line: str, *, first: bool) -> str:
        return f"{self.answer_mark if first else '  '}{clean(line)}".rstrip()

    def tool(self, call: Mapping[str, Any]) -> str:
        """Tell that a tool starts."""
        kind = call["kind"] if call["kind"] in _SUBJECTS else call["name"]
        subject = _first_line(_subject(call))
        return f"+ {kind} {subject}".rstrip()

    def result(self, result: Mapping[str, Any]) -> str:
        """Tell how a tool ended."""
        last = clean(result["output"].rstrip().rpartition("\n")[2])
        if result["exit_code"]:
            return f"  └ exit {result['exit_code']}{': ' if last else ''}{last}"
        return f"  └ error: {last}" if result["is_error"] else "  └ ok"

    def error(self, failure: str) -> str:
        return f"✗ {clean(failure)}"

    def retrying(self, failure: str, *, delay: float, attempt: int, attempts: int) -> str:
        return f"✗ {clean(failure)} · retrying in {delay:g}s · attempt {attempt}/{attempts}"

    def hook_failed(self, hook: str, status: int) -> str:
        return f"✗ hook {hook} failed: exit {status}"

    def interrupted(self) -> str:
        return "■ Interrupted"

    def permission(self, call: Mapping[str, Any]) -> list[str]:
        """Ask whether a tool may run: the lines above the options."""
        return [f"Allow {call['kind']}?", *(f"  {clean(line)}" for line in _subject(call).split("\n"))]

    def question(self, question: str) -> list[str]:
        return [clean(line) for line in question.split("\n")]

    def dialog(
        self, heading: list[str], options: list[str], *, selected: int, columns: int, rows: int
    ) -> list[str]:
        """Draw a dialog; the options come before the heading where not all fits."""
        shown = max(1, min(len(options), rows - 2))
        first = max(0, min(selected - shown // 2, len(options) - shown))
        lines = [
            cut(f"{'›' if index == selected else ' '} {index + 1}. {clean(options[index])}", columns - 1)
            for index in range(first, first + shown)
        ]
        room = max(0, rows - len(lines) - 1)
        top = [row for line in heading for row in wrap(line, columns - 1)]
        if len(top) > room:
            top[max(0, room - 1) :] = [cut(f"… +{len(top) - room + 1} lines", columns - 1)]
        hint = [cut("Enter to confirm · Esc to cancel", columns - 1)] if rows > 1 else []
        return [*top[:room], *lines, *hint]

    def bottom(self, bottom: Bottom, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
        """Draw everything below the history: lines, and the cursor's (row, column) in them."""
        above = self._queue(bottom.queued, room=max(rows - 4, 0))
        if bottom.busy_for is not None:
            above.append(self.spinner(bottom.frame, bottom.busy_for))
        box_rows = max(1, min(_BOX_ROWS, rows - 1 - len(above)))
        box, (row, column) = self.box(bottom.text, bottom.cursor, columns=columns, rows=box_rows)
        lines = [*above, *box, f"? {self.footer(bottom)}"]
        return [cut(line, columns - 1) for line in lines], (len(above) + row, column)

    def spinner(self, frame: int, seconds: float) -> str:
        return f"{_SPINNER[frame % len(_SPINNER)]} Working… ({int(seconds)}s · esc to interrupt)"

    def footer(self, bottom: Bottom) -> str:
        if bottom.leaving:
            return "ctrl-c again to exit"
        return "enter to send · /exit to leave" if bottom.busy_for is None else "esc to interrupt"

    def box(self, text: str, cursor: int, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
        """Draw the input box: at most `rows` lines, the one with the cursor always among them."""
        room = max(1, columns - 3)
        if len(text) > _BOX_CHARACTERS or text.count("\n") > 2 * _BOX_ROWS:
            lines, row, column = _folded(text, cursor, room)
        else:
            before = _wrapped(text[:cursor], room)
            lines, row, column = _wrapped_all(text, before, cursor, room), len(before) - 1, width(before[-1])
        first = max(0, min(row - rows + 1, len(lines) - rows))
        shown = lines[first : first + rows]
        marked = [f"{'  ' if index else self.box_mark}{line}" for index, line in enumerate(shown)]
        return marked, (row - first, column + 2)

    def _queue(self, queued: list[str], *, room: int) -> list[str]:
        lines = [f"  queued: {_first_line(text)}" for text in queued[:room]]
        if lines and len(queued) > room:
            lines[-1] = f"  queued: {len(queued) - room + 1} more"
        return lines


def _wrapped(text: str, room: int) -> list[str]:
    return [row for line in text.split("\n") for row in wrap(clean(line), room)]


def _wrapped_all(text: str, before: list[str], cursor: int, room: int) -> list[str]:
    """Wrap the whole text so that its rows up to the cursor are `before`, except for the last."""
    line, newline, rest = text[cursor:].partition("\n")
    rows = [*before[:-1], *wrap(before[-1] + clean(line), room)]
    return [*rows, *_wrapped(rest, room)] if newline else rows


def _folded(text: str, cursor: int, room: int) -> tuple[list[str], int, int]:
    """Show a long text by its first line, its size, and what stands just before the cursor."""
    size = f"… {text.count(chr(10)) + 1} lines, {len(text)} characters …"
    near = clean(text[max(0, cursor - room) : cursor].rpartition("\n")[2])
    while width(near) > room:
        near = near[1:]
    return [cut(_first_line(text), room), cut(size, room), near], 2, width(near)


def _subject(call: Mapping[str, Any]) -> str:
    subject = call["arguments"].get(_SUBJECTS.get(call["kind"], ""), "")
    return subject if isinstance(subject, str) else ""


def _first_line(text: str) -> str:
    line, newline, _ = text[:_ECHOED_CHARACTERS].partition("\n")
    return clean(line) + ("…" if newline or len(text) > _ECHOED_CHARACTERS else "")


def _shortened(line: str) -> str:
    hidden = len(line) - _ECHOED_CHARACTERS
    return clean(line) if hidden <= 0 else f"{clean(line[:_ECHOED_CHARACTERS])}… +{hidden} characters"
