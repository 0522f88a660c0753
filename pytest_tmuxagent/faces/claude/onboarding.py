"""What Claude Code asks a person who starts it for the first time: how it looks, how to sign in.

In a tall terminal it shows a picture above, which is left out.

Source: Claude Code 2.1.197, measured at 80x24, with a stand-in for its vendor's hosts.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.plain import Question
from pytest_tmuxagent.faces.text import fill

_THEMES = [
    "Auto (match terminal)",
    "Dark mode ✔",
    "Light mode",
    "Dark mode (colorblind-friendly)",
    "Light mode (colorblind-friendly)",
    "Dark mode (ANSI colors only)",
    "Light mode (ANSI colors only)",
]
_DARK = 1
_METHODS = [
    "Claude account with subscription · Pro, Max, Team, or Enterprise",
    "Anthropic Console account · API usage billing",
    "3rd-party platform · Amazon Bedrock, Microsoft Foundry, or Vertex AI",
]
_USE = (
    "Claude Code can be used with your Claude subscription or billed based on API usage through your Console "
    "account."
)
_PREVIEW = (
    "  1  function greet() {",
    '  2 -  console.log("Hello, World!");',
    '  2 +  console.log("Hello, Claude!");',
    "  3  }",
)


class Step(Question):
    """One question of the first start; `preview` are rows below its options, between dashed lines."""

    __slots__ = ("below", "preview", "welcome")

    def __init__(
        self,
        heading: list[str],
        options: list[str],
        *,
        welcome: str,
        selected: int = 0,
        preview: tuple[str, ...] = (),
        below: str = "",
    ) -> None:
        super().__init__(heading, options, hint="", selected=selected)
        self.welcome = welcome
        self.preview = preview
        self.below = below


def theme(version: str) -> Step:
    return Step(
        [
            "Let's get started.",
            "",
            "Choose the text style that looks best with your terminal",
            "To change this later, run /theme",
            "",
        ],
        _THEMES,
        welcome=_welcome(version),
        selected=_DARK,
        preview=_PREVIEW,
        below="  Syntax theme: Monokai Extended (ctrl+t to disable)",
    )


def login(version: str) -> Step:
    return Step([_USE, "", "Select login method:", ""], _METHODS, welcome=_welcome(version))


def draw(step: Step, *, selected: int, columns: int) -> list[str]:
    """Draw a step below the welcome."""
    lines = [step.welcome, ""]
    for line in step.heading:
        lines += [f" {row}".rstrip() for row in fill(line, columns - 2)]
    for number, option in enumerate(step.options):
        lines.append(f" {'❯' if number == selected else ' '} {number + 1}. {option}")
    if step.preview:
        dashes = f" {'╌' * (columns - 2)}"
        lines += ["", dashes, *step.preview, dashes]
    return [*lines, step.below] if step.below else lines


def _welcome(version: str) -> str:
    return f"Welcome to Claude Code v{version}"
