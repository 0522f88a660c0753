"""The face of Claude Code on the screen.

Source: Claude Code 2.1.197, measured; captured screens in tests/captured/claude/2.1.197/screens.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude import box, dialogs, gathered, menu, paste
from pytest_tmuxagent.faces.claude.banner import MODEL, banner, home_relative
from pytest_tmuxagent.faces.claude.calls import CallLines
from pytest_tmuxagent.faces.claude.failures import CUT_OFF, REFUSAL, failure
from pytest_tmuxagent.faces.claude.markdown import Markdown
from pytest_tmuxagent.faces.claude.rows import ELBOW, INTERRUPTED, hanging, printed_rows
from pytest_tmuxagent.faces.plain import Bottom, PlainFace, Question
from pytest_tmuxagent.faces.text import clean, cut, fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = "2.1.197"
_FINISHED = ("Baked", "Brewed", "Churned", "Cogitated", "Cooked", "Crunched", "Sautéed", "Worked")
_BUSY = ("Baking", "Brewing", "Churning", "Cogitating", "Cooking", "Crunching", "Sautéing", "Working")
_TITLE = "Claude Code"
_MENU_SHARE = 2  # a menu takes at most half of the rows
_PROMPT_CHARACTERS, _PROMPT_ENDS = 10_000, 2_500  # of a longer prompt only the ends are shown
_ERROR_SIDES = 8  # columns that an error of the API leaves free


class ClaudeFace(PlainFace):
    """Claude Code's looks.

    `cwd`, `home` and `columns` are what paths and rows are fitted to; `banner`, `bottom` and `dialog` take
    note of them as they are called. `gateway` is the host and port of an API that is not the vendor's own,
    `hint` what stands at the footer's right for the first seconds, `update` what stands there for good.
    """

    __slots__ = ("_message", "_turns", "columns", "cwd", "empty_folder", "gateway", "home", "model", "update")

    shows_cursor = False  # it draws one of its own
    takes_echo_back = True
    takes_answer_back = True
    tells_rejections = True
    clearing_is_leaving = True
    hint = "● high · /effort"
    asks_twice_at_end_of_input = True
    clears_on_second_escape = True
    helps = True
    offers = True
    recalls_prompts = True
    runs_shell_commands = True

    def __init__(self, agent: str, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(agent, options)
        self.columns = 80
        self.cwd = ""
        self.home = str(self.options.get("home") or os.environ.get("HOME", ""))
        self.gateway = os.environ.get("ANTHROPIC_BASE_URL", "").partition("://")[2].partition("/")[0]
        self.empty_folder = False
        self.model = MODEL
        self.update = ""
        self._message = Markdown(self.columns)
        self._turns = 0

    def version(self) -> str:
        return f"{self.options.get('version', VERSION)} (Claude Code)"

    def usage(self) -> str:
        from pytest_tmuxagent.faces.claude.arguments import USAGE

        return USAGE

    def banner(self, cwd: str, *, columns: int) -> list[str]:
        self.cwd, self.columns = cwd, columns
        given = self.options.get("banner")
        if given is not None:
            return [*str(given).splitlines(), ""] if given else []
        version = str(self.options.get("version", VERSION))
        folder = home_relative(cwd, self.home)
        lines = banner(
            folder, version=version, columns=columns, empty_folder=self.empty_folder, model=self.model
        )
        return lines[:-1]  # the other blank line belongs to what follows

    def title(self, *, busy: bool, frame: int) -> str | None:
        return f"{'⠂⠐'[frame // 5 % 2] if busy else '✳'} {_TITLE}"

    def goodbye(self, session: str | None) -> list[str]:
        """Say how to go on with the conversation, if there was one."""
        return ["", "Resume this session with:", f"claude --resume {session}"] if session else [""]

    # --- the box ---

    def folded(self, text: str, number: int) -> str | None:
        return paste.folded(text, number) if self.options.get("fold_pastes", True) else None

    def pasted(self, text: str) -> str:
        return paste.pasted(text)

    def submitted(self, text: str) -> str:
        return text.rstrip()

    def commands(self, text: str) -> list[tuple[str, str]]:
        return menu.commands(text)

    # --- the history ---

    def prompt(self, text: str) -> list[str]:
        self._turns += 1
        rows = self._rows(text)
        if len(text) > _PROMPT_CHARACTERS:
            hidden = text[_PROMPT_ENDS:-_PROMPT_ENDS].count("\n")
            rule = f"──── ({hidden} lines hidden) ".ljust(self.columns - 3, "─")
            rows = [*self._rows(text[:_PROMPT_ENDS]), rule, *self._rows(text[-_PROMPT_ENDS:])]
        return ["", *(f"{'  ' if index else '❯ '}{row}".rstrip() for index, row in enumerate(rows))]

    def _rows(self, text: str) -> list[str]:
        return [row for line in text.split("\n") for row in fill(clean(line), self.columns - 3)]

    def answer(self, lines: list[str], *, first: bool) -> list[str]:
        if first:
            self._message = Markdown(self.columns - 2)
        return self._marked(self._message.feed(lines), first=first)

    def answered(self) -> list[str]:
        """Give what of a message was held back until its end."""
        return self._marked(self._message.finish(), first=False)

    def _marked(self, rows: list[str], *, first: bool) -> list[str]:
        marked = [f"  {row}".rstrip() for row in rows]
        if first and rows:
            marked[:1] = ["", f"● {rows[0]}"]
        return marked

    def finished(self, seconds: float, turn: int) -> list[str]:
        return ["", f"✻ {_FINISHED[turn % len(_FINISHED)]} for {box.duration(int(seconds))}"]

    def tool(self, call: Mapping[str, Any]) -> list[str]:
        return self._calls().call(call)

    def result(self, call: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
        return self._calls().result(call, result)

    def gathers(self, call: Mapping[str, Any]) -> bool:
        """Whether a call is only counted, together with those that follow it."""
        return gathered.kind_of(call) is not None

    def gathered(self, calls: Sequence[Mapping[str, Any]]) -> list[str]:
        """Give the one line for counted calls that followed each other and have all ended."""
        return ["", gathered.gathered_line(calls)]

    def running(self, call: Mapping[str, Any]) -> str:
        return self._meanwhile(call, "Running…")

    def waiting(self, call: Mapping[str, Any]) -> str:
        return self._meanwhile(call, "Waiting…")

    def _meanwhile(self, call: Mapping[str, Any], word: str) -> str:
        if gathered.kind_of(call) is not None:
            return gathered.gathered_line([call], running=True)
        return f"{ELBOW}{word}" if call["name"] == "Bash" else ""

    def shell(self, command: str) -> list[str]:
        return ["", *hanging("! ", command, self.columns)]

    def shell_result(self, output: str, code: int | None) -> list[str]:
        if code:
            return [*printed_rows(output.removeprefix(f"Exit code {code}\n"), self.columns), ""]
        return printed_rows(output or "(No output)", self.columns)

    def _calls(self) -> CallLines:
        return CallLines(columns=self.columns, cwd=self.cwd, home=self.home)

    def exhausted(self, seconds: float, turn: int) -> list[str]:  # noqa: ARG002
        return ["", *hanging("● ", CUT_OFF, self.columns)]

    def unknown_command(self, command: str) -> list[str]:
        name, _, rest = command.strip().removeprefix("/").partition(" ")
        lines = ["", f"● Unknown command: /{clean(name)}"]
        return (
            [*lines, "", *hanging("● ", f"Args from unknown skill: {rest}", self.columns)] if rest else lines
        )

    def unplayed_command(self, command: str) -> list[str]:
        return [*self.prompt(command), f"{ELBOW}The stub does not play {clean(command)}"]

    def cleared(self) -> list[str]:
        """Tell, below a new banner, that the conversation before is over."""
        return ["", "❯ /clear"]

    # --- failures ---

    def error(self, message: str, *, status: int | None = None) -> list[str]:
        said = failure(message, status=status, gateway=self.gateway)
        return ["", *hanging("● ", said, self._room_for(said))]

    def blocked(self, why: str) -> list[str]:
        return ["", *hanging("● ", why, self.columns)]

    def failed(self, message: str, status: int | None, seconds: float, turn: int) -> list[str]:
        return [*self.error(message, status=status), *self.finished(seconds, turn)]

    def retrying(self, *_: object, **__: object) -> list[str]:
        return []  # the spinner tells it

    def refused(self, seconds: float, turn: int, request: str = "") -> list[str]:
        said = f"{REFUSAL}\n\nRequest ID: {clean(request)}" if request else REFUSAL
        return ["", *hanging("● ", said, self._room_for(said)), *self.finished(seconds, turn)]

    def _room_for(self, said: str) -> int:
        return self.columns - _ERROR_SIDES if said.startswith("API Error") else self.columns

    def notice(
        self, message: str, *, delay: float, attempt: int, attempts: int, status: int | None = None
    ) -> str:
        """Tell of a failed request; only before the last attempt also why it failed."""
        why = f"{status or ''} {clean(message)}".strip() if attempt >= attempts else "API error"
        return f"{why} · Retrying in {round(delay)}s · attempt {attempt}/{attempts}"

    def hook_failed(self, hook: str, status: int) -> list[str]:  # noqa: ARG002
        return []

    def interrupted(self) -> list[str]:
        return [INTERRUPTED]

    # --- dialogs ---

    def permission(self, call: Mapping[str, Any], *, reason: str, always: str | None) -> Question:
        return dialogs.permission(
            call, reason=reason, always=always, lines=self._calls(), columns=self.columns
        )

    def ask_user(
        self, question: object, options: list[Any], *, headers: Sequence[str] = (), answered: int = 0
    ) -> Question:
        """Ask what the model wants to know; of several questions, tell the headers and how many are done."""
        return dialogs.ask_user(question, options, headers=list(headers), answered=answered)

    def review(self, answers: Mapping[str, str], headers: list[str]) -> Question:
        """Ask whether the answers to several questions may be sent."""
        return dialogs.review(answers, headers)

    def trust(self, cwd: str) -> Question:
        return dialogs.trust(cwd)

    def api_key(self, last_characters: str) -> Question:
        return dialogs.api_key(last_characters)

    def bypass(self) -> Question:
        return dialogs.bypass()

    def theme(self) -> Question:
        from pytest_tmuxagent.faces.claude import onboarding

        return onboarding.theme(str(self.options.get("version", VERSION)))

    def login(self) -> Question:
        from pytest_tmuxagent.faces.claude import onboarding

        return onboarding.login(str(self.options.get("version", VERSION)))

    def dialog(self, question: Question, *, selected: int, columns: int, rows: int) -> list[str]:
        self.columns = columns
        lines = self._drawn(question, selected=selected, columns=columns)
        return [cut(line, columns) for line in lines[max(len(lines) - rows, 0) :]]

    def _drawn(self, question: Question, *, selected: int, columns: int) -> list[str]:
        from pytest_tmuxagent.faces.claude import onboarding

        if isinstance(question, onboarding.Step):
            return onboarding.draw(question, selected=selected, columns=columns)
        return dialogs.draw(question, selected=selected, columns=columns)

    # --- the bottom ---

    def bottom(self, bottom: Bottom, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
        self.columns = columns
        above = self._above(bottom, columns=columns, rows=rows)
        if bottom.busy_for is not None and not self.options.get("box_while_busy", True):
            shown = [*above, "  esc to interrupt"][-rows:]
            return [cut(line, columns) for line in shown], (len(shown) - 1, 0)
        text, (row, column) = box.box_rows(bottom, columns=columns)
        rest = max(min(rows - len(above) - len(text) - 2, rows // _MENU_SHARE), 1)
        below_box = box.below_box(
            bottom, columns=columns, rows=rest, footer=self.options.get("footer"), hint=self._hint(bottom)
        )
        rule = "─" * columns
        lines = [*above, rule, *text, rule, *below_box]
        hidden = max(len(lines) - rows, 0)
        shown = [cut(line, columns) for line in lines[hidden:]]
        return shown, (max(len(above) + 1 + row - hidden, 0), min(column, columns - 1))

    def _above(self, bottom: Bottom, *, columns: int, rows: int) -> list[str]:
        lines = [bottom.running] if bottom.running else []
        if bottom.busy_for is not None and not bottom.streaming:
            lines += ["", cut(box.spinner(bottom, _BUSY[self._turns % len(_BUSY)]), columns)]
        lines.append("")
        if bottom.queued:
            lines += ["", *box.queue_rows(bottom.queued, columns, max(rows - len(lines) - 5, 1))]
        return lines[-max(rows - 4, 0) :] if rows > 4 else []

    def _hint(self, bottom: Bottom) -> str:
        return self.update or bottom.hint
