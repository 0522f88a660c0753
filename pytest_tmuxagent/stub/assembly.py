"""Joins all that a conversation needs, and takes it apart again."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.means import Means
from pytest_tmuxagent.stub.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.loop import Loop
    from pytest_tmuxagent.stub.means import Brain, Screen
    from pytest_tmuxagent.stub.role import Role
    from pytest_tmuxagent.stub.wiring import Wiring


class Assembly:
    """One process's conversation with its brain, journal and tools."""

    def __init__(
        self, role: Role, *, screen: Screen, loop: Loop, replies: list[dict[str, Any]] | None
    ) -> None:
        parts = Parts(loop=loop, screen=screen, faults=role.faults)
        self._role = role
        self._children = parts.children
        self.journal = role.make_journal(parts)
        self._brain = self._make_brain(role.wiring, loop=loop, argv=role.argv, replies=replies)
        means = Means(
            loop=loop,
            face=role.face,
            screen=screen,
            journal=self.journal,
            manners=role.manners(),
            tools=role.make_tools(parts),
            brain=self._brain,
            retries=role.wiring.retries,
            retry_delay=role.wiring.retry_delay,
            flags=role.wiring.flags,
            faults=role.faults,
        )
        self.conversation = role.make_conversation(means)

    def begin(self) -> None:
        """Record the session, and connect to the brain."""
        self.journal.begin(resumed=self._role.resumed)
        try:
            self._brain.open()
        except OSError:  # the first turn tries again, and tells
            pass

    def close(self, status: int, *, reason: str) -> None:
        """Kill the commands that still run, and record the exit."""
        self._role.close()
        self._children.kill_all()
        self.journal.exit(status, reason)

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
