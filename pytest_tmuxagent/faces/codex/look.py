"""The face of Codex on the screen.

Source: Codex CLI 0.169.0, measured; captured screens in tests/captured/codex/0.169.0/screens.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex import cells, composer, dialogs, failures, menu, patches
from pytest_tmuxagent.faces.codex.banner import banner, goodbye, home_relative, newer_version, title
from pytest_tmuxagent.faces.codex.markdown import Markdown
from pytest_tmuxagent.faces.codex.rows import SIDES, duration, filled, hanging
from pytest_tmuxagent.faces.plain import Bottom, PlainFace, Question
from pytest_tmuxagent.faces.text import clean, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

VERSION = "0.169.0"
_FOLDED = 1000  # a paste of more characters is folded
_BOX_FRAME = 2  # blank rows above and below the composer's text
_LEAST = _BOX_FRAME + 1  # rows that are not for the composer's text


class CodexFace(PlainFace):
    """Codex's looks.

    What the role knows and may change at any time: `cwd`, `home`, `model` (its display name), `effort`,
    `thread` (the conversation's title, "" until it has one), `collaboration` ("Plan mode", or nothing),
    `warning` (of the footer), `permissions` (of the start screen: "YOLO mode", or nothing), `url` (of the
    model, in errors), `usage_line` (on leaving), `alternate` (whether it is the alternate screen),
    `newer` (another version that is there, or nothing) and `by_npm` (how it is updated), `waits` (a dialog
    asks), and `clock`, which gives the time of the day as "07:52".
    """

    __slots__ = (
        "_command",
        "_folds",
        "_message",
        "alternate",
        "by_npm",
        "clock",
        "collaboration",
        "columns",
        "cwd",
        "effort",
        "home",
        "model",
        "newer",
        "permissions",
        "thread",
        "url",
        "usage_line",
        "waits",
        "warning",
    )

    shows_unfinished = True
    takes_answer_back = True
    helps = True
    offers = True
    recalls_prompts = True
    runs_shell_commands = True

    def __init__(self, agent: str, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(agent, options)
        self.columns = 80
        self.cwd = ""
        self.home = str(self.options.get("home") or os.environ.get("HOME", ""))
        self.model = str(self.options.get("model", "gpt-6-sol"))
        self.effort = "default"
        self.newer = ""
        self.by_npm = False
        self.thread = ""
        self.warning = ""
        self.permissions = ""
        self.url = ""
        self.usage_line = ""
        self.collaboration = ""
        self.alternate = False
        self.waits = False  # a dialog asks: the title tells
        self.clock: Callable[[], str] = _midnight
        self._message = Markdown(self.columns)
        self._command = ""  # the person's, that runs
        self._folds: dict[int, int] = {}  # how many pastes of a size were folded

    def version(self) -> str:
        return f"codex-cli {self.options.get('version', VERSION)}"

    def banner(self, cwd: str, *, columns: int) -> list[str]:
        self.cwd, self.columns = cwd, columns
        given = self.options.get("banner")
        if given is not None:
            return str(given).splitlines()
        version = str(self.options.get("version", VERSION))
        lines = banner(self._folder, version=version, permissions=self.permissions, columns=columns)
        told = self._told_of_update(version, columns)
        return [*told, *lines]

    @property
    def _folder(self) -> str:
        return home_relative(self.cwd, self.home)

    def _told_of_update(self, version: str, columns: int) -> list[str]:
        if not self.newer:
            return []
        return newer_version(version, self.newer, by_npm=self.by_npm, columns=columns)

    def title(self, *, busy: bool, frame: int) -> str | None:  # noqa: ARG002 - it does not spin
        return title(self.cwd, self.thread, waits=self.waits)

    def goodbye(self, session: str | None) -> list[str]:
        """Say how to go on with the conversation, if there was one."""
        return goodbye(session, self.thread, usage=self.usage_line) if session else []

    # --- the composer ---

    def folded(self, text: str, number: int) -> str | None:  # noqa: ARG002 - numbered by size
        if len(text) <= _FOLDED or not self.options.get("fold_pastes", True):
            return None
        count = self._folds[len(text)] = self._folds.get(len(text), 0) + 1
        return f"[Pasted Content {len(text)} chars]" + (f" #{count}" if count > 1 else "")

    def submitted(self, text: str) -> str:
        self._folds.clear()
        return text.rstrip()

    def commands(self, text: str) -> list[tuple[str, str]]:
        return menu.commands(text)

    # --- the history ---

    def prompt(self, text: str) -> list[str]:
        """Echo a prompt, with a blank row of its own above and below."""
        room = self.columns - SIDES
        rows = Markdown(room).whole(text)
        return ["", "", *(f"{'  ' if index else '› '}{row}".rstrip() for index, row in enumerate(rows)), ""]

    def answer(self, lines: list[str], *, first: bool) -> list[str]:
        if first:
            self._message = Markdown(self.columns - 2)
        return self._marked(self._message.feed(lines), first=first)

    def unfinished(self, line: str, *, first: bool) -> list[str]:
        """Show what has come of a line; `answer` gets it when it is whole."""
        message = Markdown(self.columns - 2) if first else self._message.copy()
        return self._marked([*message.feed([line]), *message.finish()], first=first)

    def answered(self) -> list[str]:
        """Give what of a message was held back until its end."""
        return self._marked(self._message.finish(), first=False)

    def _marked(self, rows: list[str], *, first: bool) -> list[str]:
        marked = [f"  {row}".rstrip() for row in rows]
        if first and rows:
            marked[:1] = ["", f"• {rows[0]}"]
        return marked

    def finished(self, seconds: float, turn: int) -> list[str]:  # noqa: ARG002
        took = duration(int(seconds)) if seconds >= 1 else "<1s"
        return ["", f"  Worked for {took} • {self.clock()}"]

    def tool(self, call: Mapping[str, Any]) -> list[str]:
        """Tell of a patch that can be applied, which brings its `changes`; all else is told when it ends."""
        return patches.cell(call, columns=self.columns, alternate=self.alternate) if "changes" in call else []

    def result(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        if call["name"] == "apply_patch" and "changes" not in call and not result["is_error"]:
            return patches.cell(call, columns=self.columns, alternate=self.alternate)
        return cells.ended(call, result, columns=self.columns, alternate=self.alternate)

    def waiting(self, call: Mapping[str, Any]) -> str:
        """Give the cell of a command that a dialog asks about: rows, with newlines between them."""
        if call["name"] != "exec_command":
            return ""
        if cells.explores(call):
            looked = {key: value for key, value in call.items() if key != "exit_code"}
            rows = cells.explored([looked], columns=self.columns, verb="Exploring")
        else:
            rows = self._ran("Running", cells.command_of(call), "")
        return "\n".join(rows)

    def _ran(self, verb: str, command: str, output: str) -> list[str]:
        return cells.ran(verb, command, output, columns=self.columns, layout=cells.BOTH_ENDS)

    def gathers(self, call: Mapping[str, Any]) -> bool:
        """Whether a call only looks around: such calls share one cell."""
        return cells.explores(call)

    def gathered(self, calls: Sequence[Mapping[str, Any]]) -> list[str]:
        """Tell of such calls; each may bring its `exit_code`."""
        return cells.explored(calls, columns=self.columns, alternate=self.alternate)

    def shell(self, command: str) -> list[str]:
        self._command = command
        return []

    def shell_running(self, output: str) -> list[str]:
        """Show the person's command while it runs, with what it printed so far."""
        return self._ran("Running", self._command, output)

    def shell_result(self, output: str, code: int | None) -> list[str]:  # noqa: ARG002 - it is not told
        return self._ran("You ran", self._command, output or cells.NOTHING)

    def decided(self, call: Mapping[str, Any], decision: str) -> list[str]:
        """Tell what was decided in a dialog: "allow", "allow_always" or "deny"."""
        return cells.decided(call, decision, columns=self.columns)

    def unknown_command(self, command: str) -> list[str]:
        name = clean(command.strip().removeprefix("/").partition(" ")[0])
        said = f"Unrecognized command '/{name}'. Type \"/\" for a list of supported commands."
        return ["", *filled(f"• {said}", self.columns)]

    def model_changed(self, model: str, effort: str) -> list[str]:
        """Tell of another model or effort, with a `collaboration` that asks for it."""
        why = f" for {self.collaboration}" if self.collaboration else ""
        return ["", *filled(f"• Model changed to {clean(model)} {effort}{why}.", self.columns)]

    def disabled(self, command: str) -> list[str]:
        """Tell of a command that has to wait for the end of the turn."""
        return ["", *filled(f"■ '{command}' is disabled while a task is in progress.", self.columns)]

    def unplayed_command(self, command: str) -> list[str]:
        return ["", *hanging("• ", "  ", [f"The stub does not play {clean(command)}"], self.columns)]

    # --- failures ---

    def error(self, message: str, *, status: int | None = None) -> list[str]:
        said = failures.failure(message, status=status, url=self.url)
        return ["", *(row for line in f"■ {said}".split("\n") for row in filled(line, self.columns))]

    def retrying(self, *_: object, **__: object) -> list[str]:
        return []  # the busy line tells it

    def notice(
        self,
        message: str,
        *,
        delay: float,  # noqa: ARG002 - it is not told
        attempt: int,
        attempts: int,
        status: int | None = None,
    ) -> str:
        """Tell of a failed request, and in a second line why it failed."""
        why = failures.failure(message, status=status, url=self.url).replace("\n", " ")
        return f"Reconnecting... {attempt}/{attempts}\n{why[:1].upper()}{why[1:]}"

    def hook_failed(self, hook: str, status: int) -> list[str]:  # noqa: ARG002
        return []

    def interrupted(self) -> list[str]:
        return ["", *filled(failures.INTERRUPTED, self.columns)]

    def steered(self) -> list[str]:
        """Tell that the turn was interrupted for the sake of a prompt that goes on at once."""
        return ["", *hanging("• ", "  ", [failures.STEERED], self.columns)]

    # --- dialogs ---

    def permission(self, call: Mapping[str, Any], *, reason: str, always: str | None) -> Question:
        return dialogs.permission(call, reason=reason, always=always)

    def ask_user(
        self, question: object, options: list[Any], *, headers: Sequence[str] = (), answered: int = 0
    ) -> Question:
        return dialogs.ask_user(question, options, headers=list(headers), answered=answered)

    def answered_questions(self, answers: Sequence[tuple[str, str]]) -> list[str]:
        """Tell what was answered to the model's questions."""
        return dialogs.answered_rows(answers, columns=self.columns)

    def trust(self, cwd: str) -> Question:
        return dialogs.trust(cwd)

    def hooks_review(self, count: int) -> Question:
        return dialogs.hooks_review(count)

    def login(self) -> Question:
        return dialogs.login()

    def update(self, newer: str) -> Question:
        return dialogs.update(str(self.options.get("version", VERSION)), newer)

    def migration(self) -> Question:
        """Offer the newer model in the place of one that is known to be old."""
        return dialogs.migration()

    def dialog(self, question: Question, *, selected: int, columns: int, rows: int) -> list[str]:
        self.columns = columns
        lines = dialogs.draw(question, selected=selected, columns=columns, rows=rows)
        return [cut(line, columns) for line in lines]

    # --- the bottom ---

    def bottom(self, bottom: Bottom, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
        self.columns = columns
        if bottom.busy_for is not None and not self.options.get("box_while_busy", True):
            rows_above = composer.above_rows(bottom, columns=columns, rows=rows)[-rows:]
            return [cut(line, columns) for line in rows_above], (len(rows_above) - 1, 0)
        text, (row, column) = composer.box_rows(bottom, columns=columns, rows=max(rows - _LEAST, 1))
        said = self.warning or (f"{self.collaboration} (shift+tab to cycle)" if self.collaboration else "")
        footer = composer.footer_rows(bottom, about=self._about(), said=said, columns=columns)
        room = max(rows - len(text) - len(footer) - _BOX_FRAME, 1)
        above = composer.above_rows(bottom, columns=columns, rows=room)[:room]
        shown = [cut(line, columns) for line in [*above, "", *text, "", *footer][: max(rows, 1)]]
        return shown, (min(len(above) + 1 + row, len(shown) - 1), min(column, columns - 1))

    def _about(self) -> str:
        given = self.options.get("footer")
        if given is not None:
            return str(given)
        parts = [f"{clean(self.model)} {self.effort}", self._folder, clean(self.thread)]
        return " · ".join(part for part in parts if part)


def _midnight() -> str:
    return "00:00"
