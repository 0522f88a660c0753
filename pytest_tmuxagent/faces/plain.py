"""The plain face: the words and marks of an agent that resembles none in particular."""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, width, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ECHOED_LINES = 10
_ECHOED_CHARACTERS = 2000
_BOX_ROWS = 6
_FOLDED_LINES, _FOLDED = 10, 1000
_BOX_CHARACTERS = 2000
_SUBJECTS = {"write": "path", "edit": "path", "read": "path", "shell": "command", "ask_user": "question"}


_START_QUESTIONS = {
    "trust": ("Do you trust the files in {cwd}?", ["Yes, proceed", "No, exit"]),
    "login": ("How would you like to sign in to {agent}?", ["Sign in with a browser", "Use an API key"]),
    "update": ("A new version of {agent} is available.", ["Update now", "Skip"]),
}


class Question:
    """What a dialog shows: lines above the options, the options, a hint below them.

    `shortcuts` are characters that choose an option, by its index, or refuse all (None).
    """

    __slots__ = ("heading", "hint", "options", "selected", "shortcuts")

    def __init__(
        self,
        heading: list[str],
        options: list[str],
        *,
        hint: str = "Enter to confirm · Esc to cancel",
        selected: int = 0,
        shortcuts: Mapping[str, int | None] | None = None,
    ) -> None:
        self.shortcuts = shortcuts or {}
        self.heading = heading
        self.options = options
        self.hint = hint
        self.selected = selected


class Bottom:
    """What the bottom of the screen tells: the box, the queue, and what the agent is at.

    `leaving` names the key that leaves when it is pressed again, `mode` the permission mode; `notice`
    stands for the spinner's words, `running` under a tool that runs or waits. `menu` are the commands or
    files to choose from, with what is said of each. `steers` are prompts that join the turn after its tool,
    `background` is how many commands run beside it. `escaped`: the last key was an Esc with nothing to do.
    """

    __slots__ = (
        "background",
        "busy_for",
        "cursor",
        "escaped",
        "frame",
        "help",
        "hint",
        "leaving",
        "menu",
        "menu_selected",
        "mode",
        "notice",
        "queued",
        "running",
        "shell",
        "signed_in",
        "steers",
        "streaming",
        "text",
        "tokens",
    )

    def __init__(
        self,
        *,
        text: str = "",
        cursor: int = 0,
        queued: list[str] | None = None,
        busy_for: float | None = None,
        frame: int = 0,
        leaving: str = "",
        mode: str = "default",
        notice: str = "",
        running: str = "",
        shell: bool = False,
        menu: list[tuple[str, str]] | None = None,
        menu_selected: int = 0,
        tokens: int = 0,
        signed_in: bool = True,
        help: bool = False,  # noqa: A002 - what it is
        hint: str = "",
        streaming: bool = False,
        steers: list[str] | None = None,
        background: int = 0,
        escaped: bool = False,
    ) -> None:
        self.steers = steers or []
        self.background = background
        self.escaped = escaped
        self.hint = hint
        self.streaming = streaming
        self.text = text
        self.cursor = cursor
        self.queued = queued or []
        self.busy_for = busy_for
        self.frame = frame
        self.leaving = leaving
        self.mode = mode
        self.notice = notice
        self.running = running
        self.shell = shell
        self.menu = menu or []
        self.menu_selected = menu_selected
        self.tokens = tokens
        self.signed_in = signed_in
        self.help = help


class PlainFace:
    """Gives lines; draws nothing. Another face overrides what looks different."""

    __slots__ = ("agent", "options")

    # What the input box does; another face says what differs.
    shows_cursor = True
    takes_echo_back = False
    takes_answer_back = False
    tells_rejections = False
    clearing_is_leaving = False
    hint = ""
    asks_twice_at_end_of_input = False
    clears_on_second_escape = False
    helps = False
    offers = False
    recalls_prompts = False
    runs_shell_commands = False
    shows_unfinished = False

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
            "--settings",
            "--system-prompt",
            "--tools",
            "-C",
            "-m",
        }
    )

    def __init__(self, agent: str, options: Mapping[str, Any] | None = None) -> None:
        self.agent = agent
        self.options = options or {}

    @property
    def headless_word(self) -> str:
        """Give the first word of a command line that is to be run without a terminal."""
        return "run" if self.agent == "opencode" else "exec"

    def version(self) -> str:
        return f"{self.options.get('version', '0.1.0')} ({self.agent} stub)"

    def usage(self) -> str:
        return (
            f"usage: {self.agent} [-p|--print] [--resume ID | --continue] [--version] [--help] [PROMPT...]\n"
            "A stub: its answers come from a script. Other options of the real program are ignored."
        )

    def banner(self, cwd: str, *, columns: int) -> list[str]:  # noqa: ARG002 - others fit it to the width
        given = self.options.get("banner")
        return [f"{self.agent} (stub, plain face)", cwd] if given is None else given.splitlines()

    def title(self, *, busy: bool, frame: int) -> str | None:  # noqa: ARG002
        """Give the terminal's title, or None to leave it alone."""
        return None

    def goodbye(self, session: str | None) -> list[str]:  # noqa: ARG002
        """Say what stays on the screen when the agent leaves."""
        return []

    def folded(self, text: str, number: int) -> str | None:
        """Give what stands in the box for a large paste, the `number`th one; None to show it as it is."""
        lines = text.count("\n") + 1
        if not self.options.get("fold_pastes", False) or (lines <= _FOLDED_LINES and len(text) <= _FOLDED):
            return None
        return f"[Pasted text #{number} +{lines} lines]"

    def pasted(self, text: str) -> str:
        """Give what a bracketed paste puts into the box: here, exactly that."""
        return text

    def submitted(self, text: str) -> str:
        """Give what of a text in the box is sent."""
        return text

    def commands(self, text: str) -> list[tuple[str, str]]:  # noqa: ARG002
        """Give the commands that begin like `text`, with what is said of each."""
        return []

    def prompt(self, text: str) -> list[str]:
        """Echo a prompt that was accepted."""
        lines = text.split("\n", _ECHOED_LINES)
        hidden = text.count("\n") + 1 - _ECHOED_LINES
        if hidden > 0:
            lines[_ECHOED_LINES:] = [f"… +{hidden} lines"]
        shown = [_shortened(line) for line in lines]
        return [self.prompt_mark + shown[0], *(f"  {line}" for line in shown[1:])]

    def answer(self, lines: list[str], *, first: bool) -> list[str]:
        """Show whole lines of a message; `first` says that it begins with them."""
        return [
            f"{self.answer_mark if first and not index else '  '}{clean(line)}".rstrip()
            for index, line in enumerate(lines)
        ]

    def answered(self) -> list[str]:
        """Give what was held back of a message until its end."""
        return []

    def refused(self, seconds: float, turn: int) -> list[str]:
        """Tell that the model refused to answer."""
        return self.finished(seconds, turn)

    def finished(self, seconds: float, turn: int) -> list[str]:  # noqa: ARG002
        """Tell that a turn, the `turn`th one, has ended by itself."""
        return []

    def tool(self, call: Mapping[str, Any]) -> list[str]:
        """Tell that a tool starts."""
        kind = call["kind"] if call["kind"] in _SUBJECTS else call["name"]
        subject = _first_line(_subject(call))
        return [f"+ {kind} {subject}".rstrip()]

    def result(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        """Tell how a tool ended."""
        last = clean(result["output"].rstrip().rpartition("\n")[2])
        if result["exit_code"]:
            return [f"  └ exit {result['exit_code']}{': ' if last else ''}{last}"]
        return [f"  └ error: {last}" if result["is_error"] else "  └ ok"]

    def running(self, call: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Give what stands below a tool while it runs."""
        return ""

    def waiting(self, call: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Give what stands below a tool while a dialog asks about it."""
        return ""

    def shell(self, command: str) -> list[str]:
        """Echo a command that the person runs."""
        return [f"! {_first_line(command)}"]

    def shell_result(self, output: str, code: int | None) -> list[str]:  # noqa: ARG002
        """Show what the person's command printed."""
        return [f"  {clean(line)}" for line in output.rstrip().split("\n")]

    def unknown_command(self, command: str) -> list[str]:
        return self.error(f"unknown command: {command}")

    def unplayed_command(self, command: str) -> list[str]:
        """Tell that the agent has a command which the stub does nothing for."""
        return self.error(f"the stub does not play {command}")

    def error(self, message: str, *, status: int | None = None) -> list[str]:
        """Tell that the turn failed."""
        return [f"✗ {clean(message if status is None else f'{status} {message}')}"]

    def blocked(self, why: str) -> list[str]:
        """Tell that a hook lets no turn begin, in the place of the prompt's echo."""
        return why.split("\n")

    def failed(self, message: str, status: int | None, seconds: float, turn: int) -> list[str]:  # noqa: ARG002
        """Tell that a turn failed; `seconds` and `turn` as in `finished`."""
        return self.error(message, status=status)

    def retrying(
        self, message: str, *, status: int | None, delay: float, attempt: int, attempts: int
    ) -> list[str]:
        """Tell that a request failed and is made again."""
        failure = self.error(message, status=status)[0]
        return [f"{failure} · retrying in {delay:g}s · attempt {attempt}/{attempts}"]

    def notice(
        self,
        message: str,  # noqa: ARG002
        *,
        delay: float,  # noqa: ARG002
        attempt: int,  # noqa: ARG002
        attempts: int,  # noqa: ARG002
        status: int | None = None,  # noqa: ARG002
    ) -> str:
        """Give what the spinner says while the agent waits to try again."""
        return ""

    def hook_failed(self, hook: str, status: int) -> list[str]:
        return [f"✗ hook {hook} failed: exit {status}"]

    def interrupted(self) -> list[str]:
        return ["■ Interrupted"]

    def permission(self, call: Mapping[str, Any], *, reason: str, always: str | None) -> Question:  # noqa: ARG002
        """Ask whether a tool may run; `always` is the option that asks no more, if there is one."""
        heading = [f"Allow {call['kind']}?", *(f"  {clean(line)}" for line in _subject(call).split("\n"))]
        return Question(heading, ["Yes", *([always] if always else []), "No"])

    def decided(self, call: Mapping[str, Any], decision: str) -> list[str]:  # noqa: ARG002
        """Tell what a person answered a dialog: `allow`, `allow_always` or `deny`."""
        return []

    def steered(self) -> list[str]:
        """Tell that the turn was interrupted for the sake of a prompt that goes on at once."""
        return self.interrupted()

    def gathers(self, call: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Whether a call is only counted, together with those before and after it."""
        return False

    def gathered(self, calls: Sequence[Mapping[str, Any]]) -> list[str]:  # noqa: ARG002
        """Tell of such calls."""
        return []

    def cleared(self) -> list[str]:
        """Tell, below a new banner, that the conversation before is over."""
        return []

    def exhausted(self, seconds: float, turn: int) -> list[str]:
        """Tell that the model was cut off for good."""
        return self.finished(seconds, turn)

    def start_question(self, name: str, cwd: str) -> Question:
        """Ask what a test has it ask at its start: "trust", "login" or "update"."""
        heading, options = _START_QUESTIONS[name]
        return Question([heading.format(agent=self.agent, cwd=clean(cwd)), ""], options)

    def ask_user(
        self,
        question: object,
        options: list[Any],
        *,
        headers: Sequence[str] = (),  # noqa: ARG002
        answered: int = 0,  # noqa: ARG002
    ) -> Question:
        """Ask what the model wants to know; of several questions, tell the headers and how many are done."""
        return Question(
            [clean(line) for line in str(question).split("\n")], [str(option) for option in options]
        )

    def review(self, answers: Mapping[str, str], headers: list[str]) -> Question | None:  # noqa: ARG002
        """Ask whether the answers to several questions may be sent; None where they are at once."""
        return None

    def dialog(self, question: Question, *, selected: int, columns: int, rows: int) -> list[str]:
        """Draw a dialog; the options come before the heading where not all fits."""
        heading, options = question.heading, question.options
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
        hint = [cut(question.hint, columns - 1)] if rows > 1 else []
        return [*top[:room], *lines, *hint]

    def bottom(self, bottom: Bottom, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
        """Draw everything below the history: lines, and the cursor's (row, column) in them."""
        above = self._queue(bottom.queued, room=max(rows - 4, 0))
        if bottom.busy_for is not None:
            above.append(self.spinner(bottom.frame, bottom.busy_for))
            if not self.options.get("box_while_busy", True):
                return [cut(line, columns - 1) for line in above[-rows:]], (min(len(above), rows) - 1, 0)
        box_rows = max(1, min(_BOX_ROWS, rows - 1 - len(above)))
        box, (row, column) = self.box(bottom.text, bottom.cursor, columns=columns, rows=box_rows)
        lines = [*above, *box, f"? {self.footer(bottom)}"]
        return [cut(line, columns - 1) for line in lines], (len(above) + row, column)

    def spinner(self, frame: int, seconds: float) -> str:
        return f"{_SPINNER[frame % len(_SPINNER)]} Working… ({int(seconds)}s · esc to interrupt)"

    def footer(self, bottom: Bottom) -> str:
        if bottom.leaving:
            return f"{bottom.leaving.lower()} again to exit"
        if "footer" in self.options and bottom.busy_for is None:
            return str(self.options["footer"])
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
