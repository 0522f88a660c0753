"""What a request to a proxy wants, and whom it may not reach: nobody."""

from __future__ import annotations

from urllib.parse import urlsplit

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


def destination(method: str, target: str) -> tuple[str, int | None] | None:
    """Give the host and port of a request made to a proxy, None where it is made to a server.

    A port of None is not named or not readable.
    Source: RFC 9112, "Request Target": authority-form with CONNECT, absolute-form otherwise.
    """
    if method == "CONNECT":
        return _place(f"//{target}")
    return _place(target) if "://" in target and not target.startswith("/") else None


def address(target: str) -> str:
    """Give an absolute target without what may be secret in it: name and password, and the query."""
    scheme, _, rest = target.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        return (parts.hostname or url), parts.port
    except ValueError:
        return url.removeprefix("//"), None
