"""What a request to a proxy wants, and whom it may not reach: nobody outside of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from pytest_tmuxagent.model_api.dialect import HttpRequest

MODEL_HOSTS = frozenset(
    {
        "api.anthropic.com",
        "api.openai.com",
        "chatgpt.com",
        "cloudcode-pa.googleapis.com",
        "generativelanguage.googleapis.com",
    }
)
"""The hosts at which the vendors' models answer: who calls them goes past the script."""

_ACCOUNTS = ("https://api.anthropic.com/api/oauth/", "https://chatgpt.com/backend-api/wham/")
"""Where the real CLIs ask for the account, once there are credentials of a login.

Source: Claude Code 2.1.197 after a refresh, Codex CLI 0.169.0 at each start, measured.
"""

DEFAULT_PORTS = {"http": 80, "https": 443}


def goes_past_the_script(host: str, address: str) -> bool:
    """Whether a call may be one of a model, rather than one for the account."""
    return host.rstrip(".") in MODEL_HOSTS and not address.startswith(_ACCOUNTS)


def destination(method: str, target: str) -> tuple[str, int | None] | None:
    """Give the host and port of a request made to a proxy, None where it is made to a server.

    A port of None is not named or not readable.
    Source: RFC 9112, "Request Target": authority-form with CONNECT, absolute-form otherwise.
    """
    if method == "CONNECT":
        return _place(f"//{target}")
    return _place(target) if "://" in target and not target.startswith("/") else None


def shown_address(target: str) -> str:
    """Give an absolute target without what may be secret in it: name and password, and the query."""
    scheme, _, rest = target.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def to_origin(request: HttpRequest) -> HttpRequest:
    """Give a request that was made to a proxy as the server is to have it."""
    _, slash, behind = request.path.partition("://")[2].partition("/")
    path, _, query = f"{slash or '/'}{behind}".partition("?")
    return replace(request, path=path, query=query)


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        return (parts.hostname or url), parts.port
    except ValueError:
        return url.removeprefix("//"), None
