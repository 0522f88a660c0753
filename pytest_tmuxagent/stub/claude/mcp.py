"""The MCP servers of a session, from their start to their end.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os
from select import select
from time import monotonic

from pytest_tmuxagent.stub.claude.mcp_configuration import DRIVEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.claude.channel import Channel
    from pytest_tmuxagent.stub.claude.driver import Driver
    from pytest_tmuxagent.stub.claude.mcp_call import McpCall
    from pytest_tmuxagent.stub.claude.server import Server
    from pytest_tmuxagent.stub.loop import Loop

    Call = Mapping[str, Any]
    Done = Callable[[dict[str, Any]], None]
else:
    import _signal

# Seconds after SIGINT until SIGTERM, and after that until SIGKILL.
_UNTIL_TERMINATED, _UNTIL_KILLED = 0.1, 0.4


class Servers:
    """Starts all servers at once, in the background; `close` ends them.

    `keep` gives the file for an answer that is too long for the model, by the id of its call.
    """

    def __init__(
        self,
        configs: Mapping[str, Mapping[str, Any]],
        *,
        loop: Loop,
        children: Children,
        cwd: str,
        keep: Callable[[str], str] | None = None,
        driver: Driver | None = None,
    ) -> None:
        self._loop = loop
        self._children = children
        self._cwd = cwd
        self._driver = driver
        self._keep = keep
        self._settled: list[Callable[[], None]] = []
        self._running: McpCall | None = None
        self._servers = [self._server(name, config) for name, config in configs.items()]

    def open(self) -> None:
        """Start them; those in the program that drives us wait until that says hello."""
        for server in self._servers:
            if server.is_driven:
                server.await_driver()
            else:
                server.connect()

    def connect_driven(self, names: Sequence[str]) -> None:
        """Shake hands with the servers in the program that drives us, those of these names included."""
        known = [server.name for server in self._servers]
        self._servers += [self._server(name, {"type": DRIVEN}) for name in names if name not in known]
        for server in self._servers:
            if server.is_driven:
                server.connect()

    def _server(self, name: str, config: Mapping[str, Any]) -> Server:
        from pytest_tmuxagent.stub.claude.server import Server  # most sessions have none

        return Server(
            name,
            config,
            cwd=self._cwd,
            loop=self._loop,
            children=self._children,
            changed=self._changed,
            driver=self._driver,
        )

    @property
    def states(self) -> list[dict[str, str]]:
        """Give `{"name", "status"}` for each server: pending, connected or failed."""
        return [{"name": server.name, "status": server.status} for server in self._servers]

    @property
    def reports(self) -> list[dict[str, Any]]:
        """Give what `mcp_status` tells of each."""
        return [server.report() for server in self._servers]

    @property
    def tools(self) -> list[str]:
        """The names of their tools, as far as they are known."""
        return sorted(f"{server.prefix}{tool}" for server in self._servers for tool in server.tools)

    def has(self, name: str) -> bool:
        """Whether a tool is that of a server, or may turn out to be."""
        server = self._server_of(name)
        if server is None:
            return False
        return server.is_pending or name.removeprefix(server.prefix) in server.tools

    def when_settled(self, settled: Callable[[], None], *, patience: float) -> None:
        """Call once when no server is pending any more, or after so many seconds."""
        told = False

        def tell() -> None:
            nonlocal told
            if not told:
                told = True
                self._loop.cancel(timer)
                settled()

        timer = self._loop.after(patience, tell)
        self._settled.append(tell)
        self._changed()

    def call(self, call: Call, done: Done) -> None:
        """Call a tool, when its server is ready; `done` gets the result."""
        from pytest_tmuxagent.stub.claude.mcp_call import McpCall

        name = str(call["name"])
        server = self._server_of(name)
        assert server is not None, name

        def finished(result: dict[str, Any]) -> None:
            self._running = None
            done(result)

        tool = name.removeprefix(server.prefix)
        self._running = McpCall(call, server, tool, loop=self._loop, keep=self._keep, done=finished)
        server.when_ready(self._running.begin)

    def cancel(self) -> None:
        """Wait no longer for the call that runs."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel("AbortError: The operation was aborted.")

    def close(self) -> None:
        """End the servers as the CLI does: ask, ask again, kill. Waits half a second at the most."""
        ending = [channel for channel in (server.detach() for server in self._servers) if channel is not None]
        for number, patience in ((_signal.SIGINT, _UNTIL_TERMINATED), (_signal.SIGTERM, _UNTIL_KILLED)):
            for channel in ending:
                self._children.tell(channel.child, number)
            ending = self._await_ends(ending, monotonic() + patience)
        for channel in ending:
            self._end(channel)

    def _await_ends(self, ending: list[Channel], deadline: float) -> list[Channel]:
        """Wait until the outputs of these programs end; give those that go on."""
        while ending and (left := deadline - monotonic()) > 0:
            readable, _, _ = select([channel.reading for channel in ending], [], [], left)
            for channel in list(ending):
                if channel.reading in readable and not _read(channel.reading):
                    self._end(channel)
                    ending.remove(channel)
        return ending

    def _end(self, channel: Channel) -> None:
        channel.close()
        self._children.kill(channel.child)

    def _server_of(self, name: str) -> Server | None:
        fitting = [server for server in self._servers if name.startswith(server.prefix)]
        return max(fitting, key=lambda server: len(server.name), default=None)

    def _changed(self) -> None:
        if any(server.is_pending for server in self._servers):
            return
        settled, self._settled = self._settled, []
        for tell in settled:
            tell()


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""
