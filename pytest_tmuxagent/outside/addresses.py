"""The addresses that are stood in for, and what was asked there."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from pytest_tmuxagent.errors import Misuse, ReplyFailed, ScriptMismatch
from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import HttpRequest
from pytest_tmuxagent.model_api.proxy import DEFAULT_PORTS, MODEL_HOSTS
from pytest_tmuxagent.outside.answers import (
    HttpAnswer,
    OutsideRequest,
    Respond,
    last_values,
    spelled_out,
    without_secrets,
)
from pytest_tmuxagent.outside.certificates import authority
from pytest_tmuxagent.outside.vault import Vault
from pytest_tmuxagent.script.loop import Loop

_BELOW = "/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address: a path of an origin, or with `is_folder` all that lies below it."""

    origin: str
    path: str
    is_folder: bool = False

    @classmethod
    def of(cls, url: str) -> Address:
        """Read an address; one that ends in `/*` stands for all that lies below.

        Raises:
            Misuse: it is none that could be stood in for.
        """
        try:
            parts = urlsplit(url)
            origin = _origin(parts)
        except ValueError as error:
            raise Misuse(f"{url!r} is no address: {error}") from error
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise Misuse(f"{url!r} is no address that can be stood in for: https://host/path")
        if parts.query or parts.fragment or parts.username is not None:
            raise Misuse(f"{url!r}: leave out the query, the fragment and the name; any query is answered")
        path = parts.path or "/"
        return cls(origin=origin, path=path.removesuffix("*"), is_folder=path.endswith(_BELOW))

    def covers(self, path: str) -> bool:
        return path.startswith(self.path) if self.is_folder else path == self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    address: Address
    method: str | None
    respond: Respond


class Addresses:
    """Those of one sandbox. They are added by the test's thread, and asked for in the loop's."""

    def __init__(self, *, loop: Loop, vault: Vault, report: Callable[[ScriptMismatch], None]) -> None:
        self._loop = loop
        self._vault = vault
        self._report = report
        self._served: tuple[_Served, ...] = ()
        self.requests: tuple[OutsideRequest, ...] = ()

    def add(self, address: Address, respond: Respond, *, method: str | None) -> None:
        """Stand in for an address; one that is added later comes first."""
        self._served = (_Served(address=address, method=method, respond=respond), *self._served)

    def context(self, origin: str) -> ssl.SSLContext | None:
        host = origin.partition("://")[2].rpartition(":")[0].strip("[]")
        is_known = any(served.address.origin == origin for served in self._served)
        # What a model vendor's host is asked tells whether it goes past the script.
        return authority().context(host) if is_known or host in MODEL_HOSTS else None

    def take(self, request: HttpRequest, connection: Connection, *, origin: str) -> bool:
        served = self._find(request, origin=origin)
        if not served:
            return False
        scheme = origin.partition("://")[0]
        asked = OutsideRequest(
            method=request.method,
            url=origin.removesuffix(f":{DEFAULT_PORTS[scheme]}") + request.path,
            query=last_values(request.query),
            headers=request.headers,
            body=request.body,
        )
        self.requests = (*self.requests, without_secrets(asked, harmless=self._vault.secrets))
        answer = self._answer(asked, served.respond)
        if answer.delay:
            self._loop.after(answer.delay, lambda: connection.answer(answer.packed()))
        else:
            connection.answer(answer.packed())
        return True

    def _find(self, request: HttpRequest, *, origin: str) -> _Served | None:
        def fits(served: _Served) -> bool:
            address = served.address
            return (
                address.origin == origin
                and address.covers(request.path)
                and served.method in (None, request.method)
            )

        return next(filter(fits, self._served), None)

    def _answer(self, request: OutsideRequest, respond: Respond) -> HttpAnswer:
        try:
            return spelled_out(respond(request))
        # It is a function of the test's: whatever it raises is the test's failure, and not the loop's.
        except Exception as error:
            told = f"the answer to {request.method} {request.url} failed: {type(error).__name__}: {error}"
            self._report(ReplyFailed(told))
            return HttpAnswer(status=500, text=f"tmuxagent: {told}")


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = host if host.isascii() else host.encode("idna").decode()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 0)}"
