"""The credentials of a login in a sandbox: a file as the vendor's CLI writes it, with made-up tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.claude.credentials import ClaudeCredentials
from pytest_tmuxagent.agents.codex.credentials import CodexCredentials
from pytest_tmuxagent.agents.credentials import CredentialsForm, Tokens
from pytest_tmuxagent.errors import NotSupported
from pytest_tmuxagent.outside.vault import Vault

FORMS: dict[str, CredentialsForm] = {"claude": ClaudeCredentials(), "codex": CodexCredentials()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A credentials file. All but `path` and `given` is read from it anew each time, whoever wrote it last.

    Reading raises OSError where it is gone, and KeyError, TypeError or ValueError where it is none.
    """

    path: Path
    given: Tokens = field(repr=False)
    _form: CredentialsForm = field(repr=False)

    def read(self) -> dict[str, Any]:
        """Read the whole file."""
        document: dict[str, Any] = json.loads(self.path.read_bytes())
        return document

    @property
    def tokens(self) -> Tokens:
        """The tokens in it."""
        return self._form.read(self.read())

    @property
    def access_token(self) -> str:
        return self.tokens.access

    @property
    def refresh_token(self) -> str:
        return self.tokens.refresh

    @property
    def expires_at(self) -> float:
        """When the access token expires, in seconds since 1970."""
        return self.tokens.expires_at

    @property
    def is_refreshed(self) -> bool:
        """Whether another access token is in it than the one that was given."""
        return self.access_token != self.given.access


def write_credentials(agent: str, *, home: Path, vault: Vault, expires_in: float, plan: str) -> Credentials:
    """Put the credentials of a login where that agent has them.

    Raises:
        NotSupported: it is not known how that agent keeps them.
    """
    form = FORMS.get(agent)
    if form is None:
        known = " and ".join(FORMS)
        raise NotSupported("be given credentials", agent=agent, why=f"only those of {known} are known")
    tokens = vault.issue(form, expires_in=expires_in, plan=plan)
    path = home / form.place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(form.document(tokens, now=vault.now(), plan=plan)), encoding="utf-8")
    return Credentials(path=path, given=tokens, _form=form)
