"""What Codex asks before its composer is shown: an update, login, trust, which session, hooks.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.dialogs import Form
from pytest_tmuxagent.stub.codex import resume
from pytest_tmuxagent.stub.codex.binding import trust_hooks
from pytest_tmuxagent.stub.codex.home import CodexHome
from pytest_tmuxagent.stub.codex.updates import Updates, knows_how
from pytest_tmuxagent.stub.situation import NotPlayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from pytest_tmuxagent.faces.codex.look import CodexFace
    from pytest_tmuxagent.faces.codex.matching import Hook
    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.codex.arguments import Arguments
    from pytest_tmuxagent.stub.codex.config import Config

    Answered = Callable[["int | None"], None]
    Asked = list[tuple[Question, Answered]]

    class Starting(Protocol):
        """The role; the answers choose its `thread` and `hooks`."""

        config: Config
        options: Arguments
        face: CodexFace
        thread: str | None
        prompt: str
        cwd: str
        hooks: list[Hook]
        unknown_hooks: list[Hook]

        @property
        def version(self) -> str: ...


_PICKED_FROM = 9
_FOR_GOOD = 2  # the option that dismisses a version


def questions(role: Starting) -> Asked:
    """Give what is asked, in this order; an answer may end it all."""
    asked: Asked = _update(role) if role.config.asks_for_updates else []
    if role.config.needs_login:
        return [*asked, (role.face.login(), _signed_in)]
    if role.config.asks_for_trust:
        asked.append(_trust(role))
    if resume.picks(role.options):
        asked += _picker(role)
    if role.unknown_hooks:
        asked.append(_hooks(role))
    return asked


def _update(role: Starting) -> Asked:
    """Offer the newest version, unless it was dismissed or a prompt waits; it is always told of."""
    updates = Updates(role.config, version=role.version)
    role.face.newer, role.face.by_npm = updates.newer, knows_how()
    if not updates.offered or role.prompt:
        return []

    def answered(option: int | None) -> None:
        if option == 0:
            raise NotPlayed("stub: updating is not played")
        if option == _FOR_GOOD:
            updates.dismiss()

    return [(role.face.update(updates.newer), answered)]


def _signed_in(_option: int | None) -> None:
    raise NotPlayed("stub: signing in is not played; give `auth.json`, or a provider with an `env_key`")


def _trust(role: Starting) -> tuple[Question, Answered]:
    def answered(option: int | None) -> None:
        if option != 0:
            raise NotPlayed("stub: the Agent Command Center is not played")
        role.config.accept_trust()

    return role.face.trust(role.cwd), answered


def _picker(role: Starting) -> Asked:
    """Ask which of the sessions of the folder is gone on with, where there are any."""
    home = CodexHome(role.config.folder)
    found = resume.sessions(home, cwd=None if role.options.every else role.cwd)[:_PICKED_FROM]
    if not found:
        return []

    def answered(option: int | None) -> None:
        if option is not None:
            role.thread = found[option].thread

    heading = ["Fork a previous session" if role.options.forks else "Resume a previous session", ""]
    names = [session.name or session.thread for session in found]
    return [(Form(heading, names, hint="enter resume   esc start new"), answered)]


def _hooks(role: Starting) -> tuple[Question, Answered]:
    def answered(option: int | None) -> None:
        if option == 0:
            raise NotPlayed("stub: the review of single hooks is not played")
        if option == 1:
            trust_hooks(role.config, role.unknown_hooks)
        else:
            unknown = {hook.key for hook in role.unknown_hooks}
            role.hooks = [hook for hook in role.hooks if hook.key not in unknown]

    return role.face.hooks_review(len(role.unknown_hooks)), answered
