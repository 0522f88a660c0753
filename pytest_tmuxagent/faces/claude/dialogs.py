"""Claude Code's dialogs: what they ask, and how they are drawn.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.patch import numbered_rows, patch_rows, whole
from pytest_tmuxagent.faces.plain import Question
from pytest_tmuxagent.faces.text import clean, fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pytest_tmuxagent.faces.claude.calls import CallLines

_FREE = 3  # columns to the right of a file that is to be written
_AMEND = "Esc to cancel · Tab to amend"
_EXPLAIN = f"{_AMEND} · ctrl+e to explain"
_CONFIRM = "Enter to confirm · Esc to cancel"
_SELECT = "Enter to select · ↑/↓ to navigate · Esc to cancel"
_SELECT_IN_TABS = "Enter to select · Tab/Arrow keys to navigate · Esc to cancel"
_FREE_ANSWERS = ["Type something.", "Chat about this"]
_PROCEED = "Do you want to proceed?"
_SAFETY_CHECK = (
    "Quick safety check: Is this a project you created or one you trust? (Like your own code, a well-known "
    "open source project, or work from your team). If not, take a moment to review what's in this folder "
    "first."
)
_NO_APPROVAL = (
    "In Bypass Permissions mode, Claude Code will not ask for your approval before running potentially "
    "dangerous commands."
)
_ONLY_IN_SANDBOX = (
    "This mode should only be used in a sandboxed container/VM that has restricted internet access and can "
    "easily be restored if damaged."
)
_RESPONSIBILITY = (
    "By proceeding, you accept all responsibility for actions taken while running in Bypass Permissions mode."
)


class Form(Question):
    """A question with its layout.

    `indent` is in columns; `body` are rows drawn as they are between two dashed lines, `asking` stands
    below them; `details` stand below the options, and the last `apart` options below a line of their own.
    """

    __slots__ = ("apart", "asking", "body", "details", "indent")

    def __init__(
        self,
        heading: list[str],
        options: list[str],
        *,
        hint: str = _CONFIRM,
        selected: int = 0,
        indent: int = 1,
        body: list[str] | None = None,
        asking: str = "",
        details: list[str] | None = None,
        apart: int = 0,
    ) -> None:
        super().__init__(heading, options, hint=hint, selected=selected)
        self.indent = indent
        self.body = body
        self.asking = asking
        self.details = details or []
        self.apart = apart


def draw(question: Question, *, selected: int, columns: int) -> list[str]:
    """Draw a dialog over the whole width."""
    form = question if isinstance(question, Form) else _plain_form(question)
    rule = "─" * columns
    lines = [rule] if form.apart else ["", rule]
    for line in form.heading:
        lines += _indented(line, form.indent, columns)
    if form.body is not None:
        dashes = "╌" * columns
        lines += [dashes, *form.body, dashes]
    if form.asking:
        lines += _indented(form.asking, form.indent, columns)
    for index in range(len(form.options)):
        if form.apart and index == len(form.options) - form.apart:
            lines.append(rule)
        lines += _option(form, index, selected=selected == index, columns=columns)
    return [*lines, "", " " * form.indent + form.hint] if form.hint else lines


def _plain_form(question: Question) -> Form:
    return Form([*question.heading, ""], question.options, hint=question.hint)


def _option(form: Form, index: int, *, selected: bool, columns: int) -> list[str]:
    mark = f"{' ' * form.indent}{'❯' if selected else ' '} {index + 1}. "
    room = columns - len(mark)
    first, *rest = fill(clean(form.options[index]), room)
    detail = form.details[index] if index < len(form.details) else ""
    rows = [*rest, *(fill(clean(detail), room) if detail else [])]
    return [mark + first, *(" " * len(mark) + row for row in rows)]


def _indented(line: str, indent: int, columns: int) -> list[str]:
    own = len(line) - len(line.lstrip(" "))
    rows = fill(line[own:], columns - 2 * (indent + own))
    return [f"{' ' * (indent + own)}{row}".rstrip() for row in rows]


_BY_RULE, _RULES = "Permission rule ", "/permissions to update rules"


def permission(
    call: Mapping[str, Any], *, reason: str, always: str | None, lines: CallLines, columns: int
) -> Form:
    """Ask whether a tool may run; `always` is the middle option.

    A call may bring `patch`, its change as hunks, `exists`, whether it overwrites a file, and
    `description`, what a server says of its tool.
    """
    name, given = call["name"], call["input"]
    options = ["Yes", *([always] if always else []), "No"]
    if name in ("Write", "Edit"):
        return _file_form(call, options, lines=lines, columns=columns)
    if name == "Bash":
        command = [f"  {clean(line)}" for line in str(given.get("command", "")).split("\n")]
        said = [f"  {clean(str(given['description']))}"] if given.get("description") else []
        why = [clean(reason), *([_RULES] if reason.startswith(_BY_RULE) else []), ""] if reason else []
        heading = ["Bash command", "", *command, *said, "", *why]
        return Form(heading, options, hint=_EXPLAIN, asking=_PROCEED)
    if name == "Read":
        path = str(given.get("file_path", ""))
        return Form(["Read file", "", f" Read({clean(path)})", ""], options, hint=_AMEND, asking=_PROCEED)
    if name == "WebFetch":
        return _fetch_form(given, [*options[:-1], "No, and tell Claude what to do differently (esc)"])
    said = [f"  {clean(str(call['description']))}"] if call.get("description") else []
    heading = ["Tool use", "", f"  {_use(call)}", *said, ""]
    return Form(heading, options, hint=_AMEND, asking=_PROCEED)


def _file_form(call: Mapping[str, Any], options: list[str], *, lines: CallLines, columns: int) -> Form:
    given, patch, room = call["input"], call.get("patch"), columns - _FREE
    file = clean(str(given.get("file_path", "")).rpartition("/")[2])
    if call["name"] == "Edit":
        patch = patch or whole(str(given.get("old_string", "")), str(given.get("new_string", "")))
        body, title, verb = (
            patch_rows(patch, margin=1, room=columns),
            "Edit file",
            f"make this edit to {file}",
        )
    elif call.get("exists"):
        body = patch_rows(patch or [], margin=2, room=room)
        title, verb = "Overwrite file", f"overwrite {file}"
    else:
        content = str(given.get("content", "")).removesuffix("\n").split("\n")
        body = numbered_rows(content, margin=2, room=room)
        title, verb = "Create file", f"create {file}"
    shown = lines.title(call)
    heading = [title, shown[1] if shown else file]
    return Form(heading, options, hint=_AMEND, body=body, asking=f"Do you want to {verb}?")


def _fetch_form(given: Mapping[str, Any], options: list[str]) -> Form:
    host = str(given.get("url", "")).partition("://")[2].partition("/")[0].partition(":")[0]
    heading = [
        "Fetch",
        "",
        f"  {_arguments(given)}",
        f"  Claude wants to fetch content from {clean(host)}",
        "",
    ]
    return Form(heading, options, hint="", asking="Do you want to allow Claude to fetch this content?")


def _use(call: Mapping[str, Any]) -> str:
    name, arguments = call["name"], _arguments(call["input"])
    if not name.startswith("mcp__"):
        return f"{name}({arguments})"
    _, server, tool = [*name.split("__", 2), ""][:3]
    return f"{server} - {tool}({arguments}) (MCP)"


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_argument(value)}" for name, value in given.items())


def _argument(value: object) -> str:
    if isinstance(value, str):
        return f'"{clean(value)}"'
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else clean(str(value))


def ask_user(question: object, options: list[Any], *, headers: list[str], answered: int) -> Form:
    """Ask what the model wants to know; the question is its text, or all that the tool says of it.

    With several questions `headers` are those of all, of which `answered` have been.
    """
    asked = question if isinstance(question, dict) else {"question": str(question)}
    labels = [str(o.get("label", "")) if isinstance(o, dict) else str(o) for o in options]
    details = [str(o.get("description", "")) if isinstance(o, dict) else "" for o in options]
    several = len(headers) > 1
    head = _tabs(headers, answered) if several else f" ☐ {clean(str(asked.get('header') or 'Question'))}"
    heading = [head, "", clean(str(asked["question"])), ""]
    return Form(
        heading,
        [*labels, *_FREE_ANSWERS],
        hint=_SELECT_IN_TABS if several else _SELECT,
        indent=0,
        details=[*details, "", ""],
        apart=1,
    )


def review(answers: Mapping[str, str], headers: list[str]) -> Form:
    """Show what was answered to several questions, before it is sent."""
    given = [line for question, answer in answers.items() for line in (f" ● {question}", f"   → {answer}")]
    shown = [clean(line) for line in given]
    heading = [_tabs(headers, len(headers)), "", "Review your answers", "", *shown, ""]
    asking = ["Ready to submit your answers?", ""]
    return Form([*heading, *asking], ["Submit answers", "Cancel"], hint="", indent=0)


def _tabs(headers: list[str], answered: int) -> str:
    tabs = [f"{'☒' if index < answered else '☐'} {clean(header)}" for index, header in enumerate(headers)]
    return f"←  {'  '.join(tabs)}  ✔ Submit  →"


def trust(cwd: str) -> Form:
    heading = [
        "Accessing workspace:",
        "",
        clean(cwd),
        "",
        _SAFETY_CHECK,
        "",
        "Claude Code'll be able to read, edit, and execute files here.",
        "",
        "Security guide",
        "",
    ]
    return Form(heading, ["Yes, I trust this folder", "No, exit"])


def api_key(last_characters: str) -> Form:
    """Ask whether the key of the environment may be used; of it the last 20 characters are shown."""
    heading = [
        "Detected a custom API key in your environment",
        "",
        f"ANTHROPIC_API_KEY: sk-ant-...{last_characters}",
        "",
        "Do you want to use this API key?",
        "",
    ]
    return Form(heading, ["Yes", "No (recommended)"], selected=1, indent=2)


def bypass() -> Form:
    """Ask whether the session may go on without asking for permissions."""
    heading = [
        "WARNING: Claude Code running in Bypass Permissions mode",
        "",
        _NO_APPROVAL,
        _ONLY_IN_SANDBOX,
        "",
        _RESPONSIBILITY,
        "",
        "https://code.claude.com/docs/en/security",
        "",
    ]
    return Form(heading, ["No, exit", "Yes, I accept"], indent=2)
