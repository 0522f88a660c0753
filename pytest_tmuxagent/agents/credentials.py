"""What a login leaves behind, in each vendor's own form; the tokens are made up, and open nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a login or a refresh gives. `expires_at` is in seconds since 1970; not all have an `id`."""

    access: str
    refresh: str
    expires_at: float
    id: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must not be shown."""
        return tuple(filter(None, (self.access, self.refresh, self.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a token endpoint says no."""

    status: int
    body: Mapping[str, Any]


class CredentialsForm(Protocol):
    """One vendor's form of it all."""

    @property
    def place(self) -> PurePosixPath:
        """Where the file lies, below HOME."""

    @property
    def token_urls(self) -> tuple[str, ...]:
        """Where programs refresh their tokens."""

    def issue(self, *, now: float, expires_at: float, plan: str) -> Tokens:
        """Make new tokens."""

    def document(self, tokens: Tokens, *, now: float, plan: str) -> dict[str, Any]:
        """Give what the file holds after a login."""

    def read(self, document: Mapping[str, Any]) -> Tokens:
        """Read the file, whoever wrote it.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """

    def granted(self, tokens: Tokens, *, expires_in: float) -> dict[str, Any]:
        """Word the answer of the token endpoint."""

    def refused(self, why: str) -> Refusal:
        """Word its refusal of a refresh token: `why` is OAuth's word for it."""


def new_token(prefix: str) -> str:
    """Make a token up: one that begins as the vendor's do, and is nobody's."""
    return f"{prefix}tmuxagent-{os.urandom(16).hex()}"
