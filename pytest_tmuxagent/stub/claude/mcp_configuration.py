"""Which MCP servers a session has: `--mcp-config`, `.mcp.json`, `.claude.json`.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Configs = dict[str, dict[str, Any]]

DRIVEN = "sdk"
"""The type of a server that lives in the program that drives the CLI."""
_REMOTE = ("http", "sse", "ws", "streamable-http")


class BadMcpConfig(Exception):
    """A `--mcp-config` that will not do; the text is the CLI's, which then exits with status 1."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Error: Invalid MCP configuration:\n" + "\n".join(problems))


def configured(
    given: list[str],
    *,
    strict: bool,
    cwd: str,
    config: Mapping[str, Any],
    settings: Mapping[str, Any],
    headless: bool,
) -> Configs:
    """Give the servers by name; later sources win.

    `given` are the values of --mcp-config, `config` is what .claude.json holds. The servers of `.mcp.json`
    need the person's consent, which `settings` or the project's part of `config` may hold; without a
    terminal they are taken as they are.
    """
    flagged = _given(given, cwd)
    if strict:
        return {name: _expanded(server) for name, server in flagged.items()}
    project = _own_project(config, cwd)
    found = {
        **_servers(config),
        **_agreed(_read_project(cwd), [settings, project], headless=headless),
        **_servers(project),
        **flagged,
    }
    return {name: _expanded(server) for name, server in found.items()}


def _given(values: list[str], cwd: str) -> Configs:
    found: Configs = {}
    problems: list[str] = []
    for value in values:
        try:
            found.update(_servers(_parsed(value, cwd), demanded=True))
        except ValueError as problem:
            problems.append(str(problem))
    if problems:
        raise BadMcpConfig(problems)
    return found


def _parsed(value: str, cwd: str) -> Any:  # noqa: ANN401
    """Take JSON as it stands, or from the file of that name; ValueError says what is wrong."""
    try:
        inline = decode(value.encode())
    except ValueError:
        pass
    else:
        if isinstance(inline, dict):
            return inline
    path = os.path.join(cwd, value)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        raise ValueError(f"MCP config file not found: {path}") from None
    try:
        return decode(text)
    except ValueError:
        raise ValueError("MCP config is not a valid JSON") from None


def _servers(source: object, *, demanded: bool = False) -> Configs:
    """Give the servers that a source names, those that are none left out."""
    servers = source.get("mcpServers") if isinstance(source, dict) else None
    if not isinstance(servers, dict):
        if not demanded:
            return {}
        if isinstance(source, dict) and isinstance(source.get("servers"), dict):
            raise ValueError(
                'mcpServers: Missing "mcpServers" — found "servers" instead. Claude Code reads MCP servers'
                ' from the "mcpServers" key.'
            )
        raise ValueError("mcpServers: Invalid input: expected record, received undefined")
    return {name: server for name, server in servers.items() if _is_server(server)}


def _is_server(server: object) -> bool:
    if not isinstance(server, dict):
        return False
    if server.get("type", "stdio") == "stdio":
        return isinstance(server.get("command"), str) and bool(server["command"])
    if server["type"] == DRIVEN:
        return True
    return server["type"] in _REMOTE and isinstance(server.get("url"), str)


def _read_project(cwd: str) -> Configs:
    """Give the servers of `.mcp.json` in the folder and those above; the nearest wins."""
    folders = [cwd]
    while folders[-1] not in ("", "/"):
        folders.append(os.path.dirname(folders[-1]))
    found: Configs = {}
    for folder in reversed(folders):
        try:
            with open(f"{folder.rstrip('/')}/.mcp.json", "rb") as file:
                found.update(_servers(decode(file.read())))
        except (OSError, ValueError):
            continue
    return found


def _agreed(servers: Configs, consents: list[Mapping[str, Any]], *, headless: bool) -> Configs:
    refused = {name for consent in consents for name in consent.get("disabledMcpjsonServers") or ()}
    agreed = {name for consent in consents for name in consent.get("enabledMcpjsonServers") or ()}
    all_agreed = headless or any(consent.get("enableAllProjectMcpServers") for consent in consents)
    return {
        name: server
        for name, server in servers.items()
        if name not in refused and (all_agreed or name in agreed)
    }


def _own_project(config: Mapping[str, Any], cwd: str) -> Mapping[str, Any]:
    projects = config.get("projects")
    found = projects.get(cwd) if isinstance(projects, dict) else None
    return found if isinstance(found, dict) else {}


def _expanded(value: Any) -> Any:  # noqa: ANN401
    """Put in what `${NAME}` and `${NAME:-else}` stand for; a name that is not set stays."""
    if isinstance(value, dict):
        return {key: _expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    head, *pieces = value.split("${")
    for piece in pieces:
        inside, closed, rest = piece.partition("}")
        name, otherwise, default = inside.partition(":-")
        whole = f"${{{inside}{closed}"
        head += os.environ.get(name, default if otherwise else whole) + rest if closed else whole
    return head
