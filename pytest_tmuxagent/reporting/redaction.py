"""Keeps secrets out of everything that is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pytest_tmuxagent.stub.launches import speaks_of_secrets

_SHORTEST = 6
REDACTED = "[redacted]"


class Redactor:
    """Replaces the values of environment variables that look like secrets, and the `secrets` themselves."""

    def __init__(self, environment: Mapping[str, str], *, secrets: Collection[str] = ()) -> None:
        values = {
            value
            for name, value in environment.items()
            if speaks_of_secrets(name) and len(value) >= _SHORTEST
        }.union(secrets)
        self._pattern = (
            re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True)))) if values else None
        )

    def __call__(self, text: str) -> str:
        """Give the text without them."""
        return text if self._pattern is None else self._pattern.sub(REDACTED, text)
