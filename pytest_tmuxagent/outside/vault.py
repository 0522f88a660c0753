"""The tokens of one sandbox: which there are, and which may still be exchanged for new ones."""

from __future__ import annotations

import time

from pytest_tmuxagent.agents.credentials import CredentialsForm, Tokens


class Vault:
    """Asked by the test's thread and by that of the loop."""

    def __init__(self) -> None:
        self._good: dict[str, tuple[CredentialsForm, str]] = {}
        self._issued: tuple[Tokens, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token so far."""
        return tuple(secret for tokens in self._issued for secret in tokens.secrets)

    def now(self) -> float:
        """Give the time of day: when a token expires is written down for programs to read."""
        return time.time()

    def issue(self, form: CredentialsForm, *, expires_in: float, plan: str) -> Tokens:
        """Make new tokens, which expire in so many seconds; a negative number says since when they have."""
        now = self.now()
        tokens = form.issue(now=now, expires_at=now + expires_in, plan=plan)
        self._issued = (*self._issued, tokens)
        self._good[tokens.refresh] = (form, plan)
        return tokens

    def redeem(self, refresh: str) -> tuple[CredentialsForm, str] | None:
        """Take a refresh token in, which is good once: give its form and plan; None for one that is not."""
        return self._good.pop(refresh, None)
