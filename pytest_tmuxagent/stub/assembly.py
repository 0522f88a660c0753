"""Joins all that a conversation needs, and takes it apart again."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.children import Children
from pytest_tmuxagent.stub.conversation import Conversation
from pytest_tmuxagent.stub.hooks import Hooks
from pytest_tmuxagent.stub.journal import Journal
from pytest_tmuxagent.stub.means import Means
from pytest_tmuxagent.stub.tools import Tools
from pytest_tmuxagent.stub.transcript import Transcript, new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.faces.plain import PlainFace
    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Brain, Screen
    from pytest_tmuxagent.stub.wiring import Wiring


class Assembly:
    """One process's conversation with its brain, transcript, hooks and tools."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        face: PlainFace,
        screen: Screen,
        loop: Loop,
        cwd: str,
        argv: list[str],
        session: str | None,
        replies: list[dict[str, Any]] | None,
    ) -> None:
        folder = wiring.state_folder()
        self._children = Children(loop)

        def hook_failed(hook: str, code: int) -> None:
            screen.show([face.hook_failed(hook, code)])

        hooks = Hooks(wiring.hooks, folder=folder, loop=loop, children=self._children, failed=hook_failed)
        transcript = Transcript(folder, session or new_session())
        self._journal = Journal(transcript, hooks, name=wiring.name, cwd=cwd)
        self._resumed = session is not None
        self._brain = self._make_brain(wiring, loop=loop, argv=argv, replies=replies)
        means = Means(
            loop=loop,
            face=face,
            screen=screen,
            journal=self._journal,
            tools=Tools(loop=loop, children=self._children),
            brain=self._brain,
            asks=wiring.permissions == "ask",
            retries=wiring.retries,
            retry_delay=wiring.retry_delay,
        )
        self.conversation = Conversation(means, folder=folder)

    def begin(self) -> None:
        """Record the session, and connect to the brain."""
        self._journal.begin(resumed=self._resumed)
        try:
            self._brain.open()
        except OSError:  # the first turn tries again, and tells
            pass

    def close(self, status: int) -> None:
        """Kill the commands that still run, and record the exit."""
        self._children.kill_all()
        self._journal.record("exit", status=status)

    def _make_brain(
        self, wiring: Wiring, *, loop: Loop, argv: list[str], replies: list[dict[str, Any]] | None
    ) -> Brain:
        def receive(message: dict[str, Any]) -> None:
            self.conversation.receive(message)

        def lost(why: str) -> None:
            self.conversation.link_lost(why)

        if wiring.link:
            from pytest_tmuxagent.stub.link import Link

            hello = {"key": wiring.key, "pid": os.getpid(), "name": wiring.name, "argv": [wiring.name, *argv]}
            return Link(wiring.link, hello=hello, loop=loop, receive=receive, lost=lost)
        from pytest_tmuxagent.stub.demo import Demo

        return Demo(replies, loop=loop, receive=receive)
