"""Prompts that a shell was made to read, because the agent that they were meant for was not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.programs.received import shown
from pytest_tmuxagent.programs.shell_lines import ShellLine
from pytest_tmuxagent.sandbox.processes import runs
from pytest_tmuxagent.script.matching import Pattern

_TELLING = 8
"""A shorter line of a prompt is found only as a whole line of a shell: `status` stands in many."""

_NOISE = 0.005
"""A line is noted before what it starts, and an agent can be there and gone in hundredths of a second."""

_BEHIND = 1.0
"""A line that ends in `&` is over before the agent that it names begins; an old bash knows whole seconds."""

_REMEDY = (
    "what to do: find out that the agent lives right before typing (`#{pane_current_command}`, "
    "`#{pane_dead}`), and start it as the pane's own command, so that no shell is left when it ends"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stray:
    line: ShellLine
    why: str


def check_shell_lines(
    lines: Sequence[ShellLine],
    *,
    prompts: Iterable[str],
    patterns: Sequence[Pattern],
    launches: Sequence[Launch],
) -> None:
    """Find the lines that are a prompt, or part of one, or nothing that a shell knows.

    Raises:
        AssertionError: there are some.
    """
    __tracebackhide__ = True
    wanted = {stripped for prompt in prompts for stripped in map(str.strip, prompt.splitlines()) if stripped}
    strays = []
    for line in lines:
        if any(_starts(line, launch, wanted=wanted, patterns=patterns) for launch in launches):
            continue
        why = _why(line, wanted=wanted, patterns=patterns)
        if why is not None:
            strays.append(_Stray(line=line, why=why))
    if strays:
        told = "\n".join(
            f"  {stray.line}\n    {stray.why}{_before(stray.line, launches)}" for stray in strays
        )
        raise AssertionError(f"a shell was made to read what was meant for an agent:\n{told}\n{_REMEDY}")


def _why(line: ShellLine, *, wanted: set[str], patterns: Sequence[Pattern]) -> str | None:
    own = {part.strip() for part in line.text.splitlines()}
    for part in wanted:
        if part in own or (len(part) >= _TELLING and part in line.text):
            return f"it has this line of a prompt: {shown(part)}"
    for pattern in patterns:
        if not pattern.matches("") and pattern.matches(line.text):
            return f"it is what {pattern} means"
    if line.state == "refused" and line.status != _INTERRUPTED:
        return "the shell could not make sense of it"
    if line.was_not_found and not _names_an_agent(line.text):
        return "the shell knows no such command"
    return None


_INTERRUPTED = 130
_AGENT = re.compile(r"(?:^|[\s;&|(/])(claude|codex|gemini|opencode|pi|cursor-agent)(?=$|[\s;&|)])")


def _names_an_agent(text: str) -> bool:
    return _AGENT.search(text) is not None


def _starts(line: ShellLine, launch: Launch, *, wanted: set[str], patterns: Sequence[Pattern]) -> bool:
    """Say whether a line started that agent: in its own terminal, or by its name, or with its prompt."""
    did_run = line.state != "refused" and not line.was_not_found
    names_it = did_run and launch.name in _AGENT.findall(line.text)
    if not _while_it_ran(line, launch.started_at, patience=_BEHIND if names_it else _NOISE):
        return False
    if _is_there(launch, line) or names_it:
        return True
    given = " ".join(launch.argv[1:])
    return any(part in line.text and part in given for part in wanted) or any(
        pattern.matches(given) and pattern.matches(line.text) for pattern in patterns
    )


def _while_it_ran(line: ShellLine, at: float, *, patience: float) -> bool:
    coarse = _BEHIND if line.at.is_integer() else 0.0
    return line.at - _NOISE <= at and (line.ended_at is None or at <= line.ended_at + patience + coarse)


def _is_there(launch: Launch, line: ShellLine) -> bool:
    """Say whether an agent runs in the terminal of a shell."""
    variables = launch.environment
    return bool(line.pane) and (variables.get("TMUX", ""), variables.get("TMUX_PANE", "")) == (
        line.server,
        line.pane,
    )


def _before(line: ShellLine, launches: Sequence[Launch]) -> str:
    """Tell which agent was in that terminal before."""
    there = [launch for launch in launches if launch.started_at <= line.at and _is_there(launch, line)]
    if not there:
        return "\n    no agent was started in that terminal before" if line.pane else ""
    last = there[-1]
    now = "it runs still, elsewhere than in the foreground" if runs(last.pid) else "it had ended"
    return f"\n    {last.name} (process {last.pid}) was there before; {now}"
