"""The program that drives `claude --print`, as somebody who can be asked and who answers some time.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.claude.printing import Printing

    Object = dict[str, Any]
    Answered = Callable[[Object, str], None]


class Driver:
    """Asks control requests of its own. Who asked gets the response, or {} and what went wrong."""

    def __init__(self, printing: Printing) -> None:
        self._printing = printing
        self._asked: dict[str, Answered] = {}

    def ask(self, request: Object, answered: Answered) -> str:
        """Ask; give the name of the request."""
        name = new_session()
        self._asked[name] = answered
        self._printing.stdout.aside({"type": "control_request", "request_id": name, "request": request})
        return name

    def forget(self, name: str) -> None:
        """Wait for an answer no longer."""
        self._asked.pop(name, None)

    def settle(self, response: object) -> None:
        """Take a `control_response`; one that nobody waits for is passed over."""
        if not isinstance(response, dict):
            return
        answered = self._asked.pop(str(response.get("request_id")), None)
        if answered is None:
            return
        given = response.get("response")
        if response.get("subtype") == "success" and isinstance(given, dict):
            answered(given, "")
        else:
            answered({}, str(response.get("error", "")))


class DriverChannel:
    """Talks to an MCP server that lives in the program itself: JSON-RPC inside of control requests."""

    def __init__(self, driver: Driver, name: str, *, receive: Callable[[Object], None]) -> None:
        self._driver = driver
        self._name = name
        self._receive = receive
        self._open = True

    def send(self, message: Object) -> None:
        """Send a message; the answer to a request is received as a server's own would be."""
        number = message.get("id")

        def answered(response: Object, error: str) -> None:
            if not self._open or number is None:
                return
            told = response.get("mcp_response")
            failure = {"jsonrpc": "2.0", "id": number, "error": {"code": -32603, "message": error}}
            self._receive({**told, "id": number} if isinstance(told, dict) else failure)

        request = {"subtype": "mcp_message", "server_name": self._name, "message": message}
        self._driver.ask(request, answered)

    def close(self) -> None:
        """Hear nothing more."""
        self._open = False
