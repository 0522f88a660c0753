"""A throw-away certificate authority: it lives in memory only, and signs for whoever is asked for."""

from __future__ import annotations

import ssl
import threading
from functools import cache

import trustme


class Authority:
    """Signs for hosts. Asked in any thread."""

    def __init__(self) -> None:
        self._ca = trustme.CA(
            organization_name="pytest-tmuxagent", organization_unit_name="throw-away authority of a test run"
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._signing = threading.Lock()

    @property
    def certificate(self) -> bytes:
        """What is to be trusted, as PEM."""
        return self._ca.cert_pem.bytes()

    def context(self, host: str) -> ssl.SSLContext:
        """Give what it takes to speak as that host, over HTTP/1.1 only."""
        with self._signing:
            if host not in self._contexts:
                self._contexts[host] = self._context(host)
            return self._contexts[host]

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(host).configure_cert(context)
        return context


@cache
def authority() -> Authority:
    """Give the one of this process, which is made on first use."""
    return Authority()
