"""The key of a request: whom it belongs to, and which process sent it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping

_MOST_DIGITS = 10  # of a process id; Python reads no number that is very long
_MOST = 2**31 - 1


def caller(headers: Mapping[str, str], *, secrets: Collection[str]) -> tuple[str, int | None] | None:
    """Give the secret that a request carries, and the id of its process where the key names one.

    A key is a secret, or `secret.<pid>`. None where it is none of these secrets, or missing.
    """
    for key in _keys(headers):
        if key in secrets:
            return key, None
        secret, _, pid = key.rpartition(".")
        if secret in secrets and pid.isdecimal() and pid.isascii() and len(pid) <= _MOST_DIGITS:
            return secret, _process(int(pid))
    return None


def _keys(headers: Mapping[str, str]) -> Iterator[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    yield headers.get("x-api-key", "").strip()


def _process(pid: int) -> int | None:
    """Believe no id that would make us signal ourselves, or everybody, or that no system has."""
    return pid if 1 < pid <= _MOST and pid not in (os.getpid(), os.getppid()) else None
