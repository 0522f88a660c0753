"""Hears the hooks: runs those that an event concerns, and joins what they decide.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.decisions import joined, read_decision, shown
from pytest_tmuxagent.faces.codex.matching import concerns
from pytest_tmuxagent.stub.commands import CommandRunner
from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.codex.decisions import Decision
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.commands import Answer
    from pytest_tmuxagent.stub.loop import Loop

_SHOWN_REASON = "  └ "


class Hearing:
    """`hear` calls back at once where no hook is concerned; `show` gets what the person sees of them."""

    __slots__ = ("_hooks", "_runner", "_show")

    def __init__(
        self,
        hooks: list[Hook],
        *,
        loop: Loop,
        children: Children,
        folder: str,
        show: Callable[[list[str]], None],
    ) -> None:
        self._hooks = hooks
        self._show = show
        self._runner = CommandRunner(loop=loop, children=children, folder=folder)

    def hear(
        self, payload: dict[str, Any], subject: str, done: Callable[[Decision, list[Hook]], None]
    ) -> None:
        """Tell the hooks of an event; `done` gets the decision, and the hooks that blocked."""
        event = payload["hook_event_name"]
        hooks = [hook for hook in self._hooks if concerns(hook, event, subject)]

        def answered(answers: list[Answer]) -> None:
            decisions = [_read(event, answer, hook) for answer, hook in zip(answers, hooks, strict=True)]
            for decision in decisions:
                lines = shown(decision)
                if lines:
                    self._show(["", f"• {lines[0]}", f"{_SHOWN_REASON}{lines[1]}"])
            blocking = [hook for hook, one in zip(hooks, decisions, strict=True) if one.behavior == "block"]
            done(joined(decisions), blocking)

        self._runner.run(hooks, payload, answered)


def untrusted(hooks: list[Hook], state: Mapping[str, Any]) -> list[Hook]:
    """Give the hooks that are new or changed; `state` is the table `hooks.state` of the configuration."""
    return [hook for hook in hooks if _trusted(state.get(hook.key)) != trusted_hash(hook)]


def trusted_hash(hook: Hook) -> str:
    """Give what the configuration says of a hook that the person trusts."""
    from hashlib import sha256  # takes milliseconds, for a rare case

    content = encode_line(hook.identity)[:-1]
    return f"sha256:{sha256(content).hexdigest()}"


def _trusted(entry: object) -> object:
    return entry.get("trusted_hash") if isinstance(entry, dict) else None


def _read(event: str, answer: Answer, hook: Hook) -> Decision:
    return read_decision(
        event,
        status=answer.status,
        stdout=answer.stdout,
        stderr=answer.stderr,
        value=_value(answer.stdout),
        timeout=hook.timeout,
    )


def _value(text: str) -> object:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return decode(text.encode())
    except ValueError:
        return None
