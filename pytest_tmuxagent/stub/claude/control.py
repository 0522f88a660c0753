"""The control protocol: what a program that drives `claude --print` asks for besides prompts.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude import offers
from pytest_tmuxagent.faces.claude.options import MODES
from pytest_tmuxagent.faces.claude.output import absolute, control_answer, control_refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol

    from pytest_tmuxagent.stub.claude.driver import Driver
    from pytest_tmuxagent.stub.claude.printing import Printing

    Object = dict[str, Any]

    class Engine(Protocol):
        """What a control request can change. `set_mode` gives why it cannot, or ""."""

        def interrupt(self) -> object: ...
        def set_mode(self, mode: str) -> str: ...
        def set_model(self, model: str) -> None: ...
        def mcp_servers(self) -> Sequence[Mapping[str, Any]]: ...
        def add_hooks(self, hooks: Mapping[str, Any]) -> None: ...
        def context_usage(self) -> Object: ...
        def connect_servers(self, names: Sequence[str], ready: Callable[[], None]) -> None: ...


_SILENT = ("set_max_thinking_tokens",)
_NO_CHECKPOINTS = "File rewinding is not enabled."


class Control:
    """Answers control requests; `ask` makes one of its own, for `--permission-prompt-tool stdio`."""

    def __init__(self, engine: Engine, *, printing: Printing, driver: Driver, cwd: str) -> None:
        self._engine = engine
        self._printing = printing
        self._driver = driver
        self._cwd = cwd

    def take(self, message: Object) -> None:
        """Take a `control_request` or a `control_response`."""
        if message["type"] == "control_response":
            self._driver.settle(message.get("response"))
            return
        request, name = message["request"], str(message.get("request_id", ""))
        kind = request.get("subtype")
        if kind in _TAKERS:
            _TAKERS[kind](self, name, request)
        elif kind in _SILENT:
            self._answer(name)
        else:
            self._refuse(name, f"Unsupported control request subtype: {kind}")

    def ask(
        self,
        call: Object,
        *,
        suggestions: Sequence[Object],
        decided: Callable[[Object], None],
        blocked_path: str = "",
    ) -> None:
        """Ask whether a call may run; `blocked_path` is what it may not touch, or "".

        `decided` gets `{"behavior": "allow", "updatedInput": ...}` or `{"behavior": "deny", "message": ...}`.
        """
        given = absolute(call["input"], self._cwd)
        path = given.get("file_path")
        described = given.get("description") or given.get("command", "")
        if path:
            described = os.path.relpath(path, self._cwd)
        request = {
            "subtype": "can_use_tool",
            "tool_name": call["name"],
            "display_name": call["name"],
            "input": given,
            "description": described,
            "permission_suggestions": list(suggestions),
            **({"blocked_path": blocked_path} if blocked_path else {}),
            "tool_use_id": call["id"],
        }
        self._driver.ask(
            request,
            lambda response, error: decided(response or {"behavior": "deny", "message": error}),
        )

    # --- what can be asked for ---

    def _initialize(self, name: str, request: Object) -> None:
        hooks, servers = request.get("hooks"), request.get("sdkMcpServers")
        if isinstance(hooks, dict):
            self._engine.add_hooks(hooks)
        names = [str(each) for each in servers] if isinstance(servers, list) else []
        self._engine.connect_servers(names, lambda: self._answer(name, self._offer()))

    def _offer(self) -> Object:
        return {
            "commands": offers.commands(),
            "agents": offers.agents(),
            "output_style": offers.STYLES[0],
            "available_output_styles": list(offers.STYLES),
            "models": offers.models(),
            "account": {"tokenSource": "ANTHROPIC_AUTH_TOKEN", "apiProvider": "firstParty"},
            "pid": os.getpid(),
        }

    def _interrupt(self, name: str, _request: Object) -> None:
        self._answer(name)
        self._engine.interrupt()

    def _set_mode(self, name: str, request: Object) -> None:
        mode = str(request.get("mode"))
        refusal = self._engine.set_mode(mode)
        if refusal:
            self._refuse(name, refusal)
            return
        self._answer(name, {"mode": mode})
        if mode in MODES:
            self._printing.mode_changed(mode)

    def _set_model(self, name: str, request: Object) -> None:
        model = str(request.get("model") or "default")
        self._engine.set_model(model)
        full = offers.full_name(model)
        named = model if model in ("default", full) else f"{model} ({full})"
        self._printing.remarked(f"Set model to {named}")
        self._answer(name)

    def _context_usage(self, name: str, _request: Object) -> None:
        self._answer(name, self._engine.context_usage())

    def _stop_task(self, name: str, _request: Object) -> None:
        self._answer(name, {})

    def _rewind(self, name: str, _request: Object) -> None:
        self._refuse(name, _NO_CHECKPOINTS)

    def _about_server(self, name: str, request: Object) -> None:
        """Refuse what is no server; to those that are, nothing of the kind can be done here."""
        server, kind = request.get("serverName"), request["subtype"]
        if any(each.get("name") == server for each in self._engine.mcp_servers()):
            self._refuse(name, f"Unsupported control request subtype: {kind}")
        else:
            self._refuse(name, f"Server not found: {server}")

    def _mcp_status(self, name: str, _request: Object) -> None:
        self._answer(name, {"mcpServers": [dict(each) for each in self._engine.mcp_servers()]})

    def _answer(self, name: str, response: Object | None = None) -> None:
        self._printing.stdout.aside(control_answer(name, response))

    def _refuse(self, name: str, why: str) -> None:
        self._printing.stdout.aside(control_refusal(name, why))


_TAKERS: dict[str, Callable[[Control, str, Object], None]] = {
    "get_context_usage": Control._context_usage,
    "initialize": Control._initialize,
    "interrupt": Control._interrupt,
    "set_permission_mode": Control._set_mode,
    "set_model": Control._set_model,
    "mcp_reconnect": Control._about_server,
    "mcp_status": Control._mcp_status,
    "mcp_toggle": Control._about_server,
    "rewind_files": Control._rewind,
    "stop_task": Control._stop_task,
}
