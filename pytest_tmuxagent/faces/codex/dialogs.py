"""Codex's dialogs: what they ask, and how they are drawn.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from itertools import zip_longest

from pytest_tmuxagent.faces.codex import cells, patches
from pytest_tmuxagent.faces.codex.rows import filled, hanging
from pytest_tmuxagent.faces.plain import Question
from pytest_tmuxagent.faces.text import clean, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_CONFIRM = "Press enter to confirm or esc to cancel"
_YES, _NO = "Yes, proceed (y)", "No, and tell Codex what to do differently (esc)"
_BETWEEN_KEYS = " | "
_MARGIN = 2  # columns free to the right of what stands beside an option, and of a hint
_NONE = "None of the above"
_SHARE = 70  # percent of the columns, at the most, before what stands beside an option
_OPTIONS = 7  # columns before a question's options
_NEWER = (
    "Our latest Sol is more intelligent and more efficient so your usage limits go further. This model is a "
    "great daily driver for complex tasks, especially coding."
)
_RELEASES = "Release notes: https://github.com/openai/codex/releases/latest"
_TRUST = (
    "Trust this folder? Codex can read, edit, and run files here, subject to your permission settings. "
    "Folder settings can run code automatically, even without a model request. Continue only if you trust "
    "these files. Your trust decision will be saved."
)


class Form(Question):
    """A question with its layout.

    `top` is how many blank rows stand above it, `margin` the columns before the heading; `mark` stands
    before the selected option, `indent` columns before that; `details` stand below each option, or beside it
    from the column `beside` on. With `apart` a blank row follows each option.
    """

    __slots__ = ("apart", "beside", "details", "indent", "margin", "mark", "top")

    def __init__(
        self,
        heading: list[str],
        options: list[str],
        *,
        hint: str = _CONFIRM,
        selected: int = 0,
        top: int = 1,
        margin: int = 2,
        details: list[str] | None = None,
        beside: int = 0,
        mark: str = "›",
        indent: int = 0,
        apart: bool = False,
    ) -> None:
        super().__init__(heading, options, hint=hint, selected=selected)
        self.top = top
        self.margin = margin
        self.details = details or []
        self.beside = beside
        self.mark = mark
        self.indent = indent
        self.apart = apart


def draw(question: Question, *, selected: int, columns: int, rows: int) -> list[str]:
    """Draw a dialog below what it is about; where it is higher than the screen, parts of it."""
    form = question if isinstance(question, Form) else Form([*question.heading, ""], question.options)
    margin = " " * form.margin
    heading = [
        f"{margin}{row}".rstrip() for line in form.heading for row in filled(line, columns - 2 * form.margin)
    ]
    options = [
        _option(form, index, selected=selected == index, columns=columns)
        for index in range(len(form.options))
    ]
    hint = _hint_rows(form.hint, columns) if form.hint else []
    space = [""] if hint and not form.apart else []
    lines = [*[""] * form.top, *heading, *(row for option in options for row in option), *space, *hint]
    if len(lines) <= rows:
        return lines
    cut_out = _cut_out(heading, options, hint, selected=selected, size=(columns, rows - form.top))
    return [*lines[: form.top], *cut_out][:rows]


def _cut_out(
    heading: list[str], options: list[list[str]], hint: list[str], *, selected: int, size: tuple[int, int]
) -> list[str]:
    """Leave out the end of the heading, and what has no room of the options; the selected one is in view."""
    columns, rows = size
    while heading and not heading[-1]:
        heading.pop()
    listed = max(min(len(options), rows - len(hint) - 1), 1)
    ends = range(selected, -1, -1)
    first = min((at for at in ends if _height(options[at : selected + 1]) <= listed), default=selected)
    shown = [row for option in options[first:] for row in option][:listed]
    shown += [""] * (listed - len(shown))
    left_out = f"  [… {len(heading)} lines] ^a view all"[: max(columns - _MARGIN, 0)].rstrip()
    return [*heading[: max(rows - listed - len(hint) - 1, 0)], left_out, *shown, *hint]


def _height(options: list[list[str]]) -> int:
    return sum(map(len, options))


def _hint_rows(hint: str, columns: int) -> list[str]:
    """Break a hint between the keys it tells of, or between its words where it is one sentence."""
    if _BETWEEN_KEYS not in hint:
        return [f"  {row}" for row in filled(hint, columns - _MARGIN)]
    rows = [""]
    for key in hint.split(_BETWEEN_KEYS):
        joined = f"{rows[-1]}{_BETWEEN_KEYS}{key}" if rows[-1] else key
        if rows[-1] and width(joined) > columns - _MARGIN:
            rows.append(key)
        else:
            rows[-1] = joined
    return [f"  {row}" for row in rows]


def _option(form: Form, index: int, *, selected: bool, columns: int) -> list[str]:
    head = f"{' ' * form.indent}{form.mark if selected else ' '} {index + 1}. "
    said = clean(form.details[index]) if index < len(form.details) else ""
    option = clean(form.options[index])
    if form.beside and said:
        beside = min(form.beside, (columns - 2 * _MARGIN) * _SHARE // 100 + _MARGIN)
        names = filled(option, beside - len(head) - _MARGIN)
        details = filled(said, columns - beside - _MARGIN)
        pairs = enumerate(zip_longest(names, details, fillvalue=""))
        starts = ((head if not number else " " * len(head), *pair) for number, pair in pairs)
        return [f"{(start + name).ljust(beside)}{detail}".rstrip() for start, name, detail in starts]
    rows = filled(option, columns - len(head))
    marked = [f"{' ' * len(head) if number else head}{row}" for number, row in enumerate(rows)]
    return [*marked, *filled(f"{' ' * len(head)}{said}", columns), ""] if form.apart else marked


def permission(call: Mapping[str, Any], *, reason: str, always: str | None) -> Form:
    """Ask whether a command may run, or a patch be applied; `always` is the middle option."""
    options = [_YES, *([always] if always else []), _NO]
    if call["name"] == "apply_patch":
        places = ", ".join(change.path for change in patches.changes_of(call))
        asked, about = "Would you like to make the following edits?", "Description: Apply proposed file edits"
        return Form([asked, "", about, f"Destination: {clean(places)}", "", ""], options, top=2)
    heading = ["Would you like to run the following command?", "", "Environment: local", ""]
    heading += [f"Reason: {clean(reason)}", ""] if reason else []
    return Form([*heading, *f"$ {cells.command_of(call)}".split("\n"), "", ""], options, top=2)


def always_option(command: str) -> str:
    """Offer to run all commands that begin like this one."""
    return f"Yes, and don't ask again for commands that start with `{command}` (p)"


ALWAYS_THESE_FILES = "Yes, and don't ask again for these files (a)"


def ask_user(question: object, options: list[Any], *, headers: list[str], answered: int) -> Form:
    """Ask what the model wants to know; a last option stands for none of those given."""
    asked = question if isinstance(question, dict) else {"question": str(question)}
    labels = [str(o.get("label", "")) if isinstance(o, dict) else str(o) for o in options]
    said = [str(o.get("description", "")) if isinstance(o, dict) else "" for o in options]
    labels, said = [*labels, _NONE], [*said, "Optionally, add details in notes (tab)"]
    count = max(len(headers), 1)
    title = f"Question {answered + 1}/{count} ({count - answered} unanswered)"
    submits = "all" if answered + 1 == count > 1 else "answer"
    keys = ["tab to add notes", f"enter to submit {submits}"]
    keys += ["←/→ to navigate questions"] if count > 1 else []
    return Form(
        [title, clean(str(asked["question"])), ""],
        labels,
        hint=_BETWEEN_KEYS.join([*keys, "esc to interrupt"]),
        details=said,
        beside=_OPTIONS + max(width(clean(label)) for label in labels) + 2,
        indent=2,
        top=2,
    )


def answered_rows(answers: Sequence[tuple[str, str]], *, columns: int) -> list[str]:
    """Tell in the history what was answered."""
    rows = ["", f"• Questions {len(answers)}/{len(answers)} answered"]
    for question, answer in answers:
        rows += hanging("  • ", "    ", question.split("\n"), columns)
        rows += hanging("    answer: ", "            ", answer.split("\n"), columns)
    return rows


def trust(cwd: str) -> Form:
    heading = ["Folder access", clean(cwd), "", _TRUST, ""]
    options = ["Trust and continue", "Back to Agent Command Center"]
    return Form(heading, options, hint="enter continue · esc back")


def hooks_review(count: int) -> Form:
    said = "1 hook is new or changed." if count == 1 else f"{count} hooks are new or changed."
    heading = ["Hooks need review", said, "Hooks can run outside the sandbox after you trust them.", "", ""]
    options = ["Review hooks", "Trust all and continue", "Continue without trusting (hooks won't run)"]
    return Form(heading, options, hint="enter confirm · esc skip")


def login() -> Form:
    heading = [
        "Welcome to Codex, OpenAI's command-line coding agent",
        "",
        "Choose how you want to use Codex.",
        "",
    ]
    options = ["Sign in with ChatGPT", "Sign in with Device Code", "Sign in another way"]
    details = [
        "Usage included with Plus, Pro, Business, and Enterprise plans",
        "Sign in from another device with a one-time code",
        "Use an API key or another provider",
    ]
    return Form(
        heading, options, hint="Press enter to continue", details=details, mark=">", apart=True, top=0
    )


def update(version: str, newer: str) -> Form:
    """Offer to become the newest version, where a newer one is there."""
    heading = [f"Update available · {version} → {clean(newer)}", _RELEASES, ""]
    options = ["Update now (runs `npm install -g @openai/codex`)", "Skip", "Skip until next version"]
    return Form(heading, options, hint="enter continue · esc skip")


def migration() -> Form:
    """Offer the newer model in the place of one that is known to be old."""
    heading = ["Meet GPT-6 Sol", "", _NEWER, ""]
    return Form(heading, ["Try new model", "Use existing model"], hint="enter/esc confirm · ^c quit")
