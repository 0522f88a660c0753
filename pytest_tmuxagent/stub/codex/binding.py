"""Binds the journal to what the role knows: the configuration, the hooks, the policy, the face.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.matching import read_hooks
from pytest_tmuxagent.faces.codex.tokens import added, counted
from pytest_tmuxagent.stub.codex.home import CodexHome
from pytest_tmuxagent.stub.codex.hooks import Hearing, trusted_hash, untrusted
from pytest_tmuxagent.stub.codex.journal import CodexJournal
from pytest_tmuxagent.stub.codex.notify import Notifier
from pytest_tmuxagent.stub.codex.settings import thread_settings
from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from pytest_tmuxagent.faces.codex.look import CodexFace
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.config import Config
    from pytest_tmuxagent.stub.codex.policy import Policy
    from pytest_tmuxagent.stub.journal import Said
    from pytest_tmuxagent.stub.keeping import Kept
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.parts import Parts

    class Bound(Protocol):
        """The role."""

        config: Config
        options: Arguments
        face: CodexFace
        thread: str | None
        policy: Policy

        @property
        def version(self) -> str: ...
        @property
        def resumed(self) -> bool: ...
        def said_of(self, message: str, status: int | None) -> str: ...
        def files(self, loop: Loop, *, mode: int = ...) -> Callable[[str], Kept]: ...


# What the scripted model server calls every conversation of the real CLI.
_TITLE = "Scripted task"
_ROLLOUT_MODE = 0o644


class BoundJournal(CodexJournal):
    """Tells the policy what people decided."""

    policy: Policy
    spent: dict[str, int]

    def message(self, turn: str, said: Said) -> None:
        self.spent = added(self.spent, counted(said.usage))
        super().message(turn, said)

    def clear(self) -> None:
        self.spent = counted(None)
        super().clear()

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:
        self.policy.settled(call, decision)
        super().settled(turn, call, decision)


def make_journal(role: Bound, parts: Parts, *, hooks: list[Hook]) -> BoundJournal:
    """Make the journal of one process, of a new thread or of that which it goes on with."""
    home = CodexHome(role.config.folder)
    face = role.face

    def titled(title: str) -> None:
        face.thread = title

    journal = BoundJournal(
        role.thread if role.resumed and role.thread else "",
        home=home,
        settings=thread_settings(role.config, role.options, version=role.version),
        hearing=Hearing(
            hooks,
            loop=parts.loop,
            children=parts.children,
            folder=home.passing_files(),
            show=parts.screen.show,
        ),
        notifier=Notifier(role.config.notify, children=parts.children),
        loop=parts.loop,
        decide=role.policy.judge,
        said_of=role.said_of,
        title_of=_title_of,
        titled=titled,
        keeps=not role.options.ephemeral,
        file_at=role.files(parts.loop, mode=_ROLLOUT_MODE),
    )
    journal.policy, journal.spent = role.policy, counted(None)
    if role.options.forks and role.thread:
        journal.fork(role.thread)
    return journal


def usage_line(spent: dict[str, int]) -> str:
    """Tell on leaving what the conversation took; what came from the cache is told apart."""
    cached, reasoning = spent["cached_input_tokens"], spent["reasoning_output_tokens"]
    fresh = max(0, spent["input_tokens"] - cached)
    total = fresh + spent["output_tokens"]
    told = f"Token usage: total={total:,} input={fresh:,}{f' (+ {cached:,} cached)' if cached else ''}"
    return f"{told} output={spent['output_tokens']:,}{f' (reasoning {reasoning:,})' if reasoning else ''}"


def hooks_of(config: Config) -> list[Hook]:
    """Give all hooks that the configuration and `hooks.json` name."""
    home = CodexHome(config.folder)
    return read_hooks([(home.hooks, _hooks_file(home.hooks)), *config.hooks])


def untrusted_hooks(config: Config, hooks: list[Hook]) -> list[Hook]:
    """Give those that the person has not trusted yet."""
    return untrusted(hooks, config.table("hooks", "state"))


def trust_hooks(config: Config, hooks: list[Hook]) -> None:
    """Write into config.toml that hooks are trusted."""
    lines = [f'\n[hooks.state."{hook.key}"]\ntrusted_hash = "{trusted_hash(hook)}"\n' for hook in hooks]
    with open(CodexHome(config.folder).config, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def _hooks_file(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            found = decode(file.read())
    except (OSError, ValueError):
        return {}
    hooks = found.get("hooks") if isinstance(found, dict) else None
    return hooks if isinstance(hooks, dict) else {}


def _title_of(_prompt: str) -> str:
    return _TITLE
