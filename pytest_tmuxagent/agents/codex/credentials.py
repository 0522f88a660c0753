"""The credentials file of Codex after a login with ChatGPT, and what its token endpoint says.

Source: Codex CLI 0.169.0, its source: `login/src/token_data.rs`, `login/src/auth/storage.rs`, `manager.rs`:
the access token is a JWT, whose `exp` is when it expires; a login is renewed eight days after `last_refresh`,
too.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Any

from pytest_tmuxagent.agents.credentials import Refusal, Tokens, new_token

_LIFETIME = 10 * 24 * 3600.0
_ACCOUNT = "00000000-0000-4000-8000-000000000000"
_USER = "user-test"
_CLAIMS = "https://api.openai.com/auth"
_REFUSALS = {"invalid_grant": "refresh_token_invalidated"}


class CodexCredentials:
    """What lies in `.codex/auth.json`."""

    place = PurePosixPath(".codex/auth.json")
    token_urls = ("https://auth.openai.com/oauth/token",)

    def issue(self, *, now: float, expires_at: float, plan: str) -> Tokens:
        claims = {
            "iat": round(now),
            "exp": round(expires_at),
            "jti": os.urandom(8).hex(),
            "email": "test@example.invalid",
            _CLAIMS: {"chatgpt_plan_type": plan, "chatgpt_user_id": _USER, "chatgpt_account_id": _ACCOUNT},
        }
        return Tokens(
            access=_jwt({**claims, "aud": ["https://api.openai.com/v1"]}),
            refresh=new_token("rt_"),
            expires_at=expires_at,
            id=_jwt(claims),
        )

    def document(self, tokens: Tokens, *, now: float, plan: str) -> dict[str, Any]:  # noqa: ARG002 - its token says it
        refreshed_at = now if tokens.expires_at > now else tokens.expires_at - _LIFETIME
        refreshed = datetime.fromtimestamp(refreshed_at, timezone.utc)
        return {
            "auth_mode": "chatgpt",
            "OPENAI_API_KEY": None,
            "tokens": {
                "id_token": tokens.id,
                "access_token": tokens.access,
                "refresh_token": tokens.refresh,
                "account_id": _ACCOUNT,
            },
            "last_refresh": refreshed.isoformat().replace("+00:00", "Z"),
        }

    def read(self, document: Mapping[str, Any]) -> Tokens:
        held = document["tokens"]
        return Tokens(
            access=held["access_token"],
            refresh=held["refresh_token"],
            expires_at=float(_claims(held["access_token"])["exp"]),
            id=held["id_token"],
        )

    def granted(self, tokens: Tokens, *, expires_in: float) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "id_token": tokens.id,
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "expires_in": round(expires_in),
        }

    def refused(self, why: str) -> Refusal:
        told = {"message": "Your refresh token is no longer valid.", "code": _REFUSALS.get(why, why)}
        return Refusal(status=401, body={"error": told})


def _jwt(claims: Mapping[str, Any]) -> str:
    """Write a token that nobody has signed, and that says so.

    Source: RFC 7519; RFC 7515, section 7.1.
    """
    head = json.dumps({"alg": "RS256", "typ": "JWT"}).encode()
    return ".".join(map(_base64, (head, json.dumps(claims).encode(), b"tmuxagent: not signed")))


def _claims(jwt: str) -> dict[str, Any]:
    payload = jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
