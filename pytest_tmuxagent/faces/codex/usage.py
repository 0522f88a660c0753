"""The text of `codex --help`, in our words.

Source: the options of Codex CLI 0.169.0.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.options import COMMANDS, HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.codex.options import Option

_COLUMN = 34


def usage(name: str) -> str:
    """Give the help of a command."""
    command = COMMANDS[name]
    shown = [each for each in command.subcommands if each not in HIDDEN]
    parts = [command.words, command.usage()]
    if shown:
        parts.append("Commands:\n" + "\n".join(f"  {each}" for each in shown))
    parts.append("Options:\n" + "\n".join(_line(option) for option in command.options))
    return "\n\n".join(parts)


def _line(option: Option) -> str:
    short = next((f"{name}, " for name in option.names if not name.startswith("--")), "    ")
    label = f"  {short}{option.shown}"
    words = option.words + (f" [{', '.join(option.choices)}]" if option.choices else "")
    if len(label) < _COLUMN:
        return f"{label:<{_COLUMN}}{words}"
    return f"{label}\n{'':<{_COLUMN}}{words}"
