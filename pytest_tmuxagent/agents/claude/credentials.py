"""The credentials file of Claude Code, and what its token endpoint says.

Source: Claude Code 2.1.197, its own code: `.credentials.json` (on macOS it looks in the keychain first), and
the refresh. Its endpoint is that of `platform.claude.com`; programs that were written for older releases ask
`console.anthropic.com`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from pytest_tmuxagent.agents.credentials import Refusal, Tokens, new_token

_SCOPES = ("user:inference", "user:profile")


class ClaudeCredentials:
    """What lies in `.claude/.credentials.json`."""

    place = PurePosixPath(".claude/.credentials.json")
    token_urls = (
        "https://platform.claude.com/v1/oauth/token",
        "https://console.anthropic.com/v1/oauth/token",
        "https://console.anthropic.com/oauth/token",
    )

    def issue(self, *, now: float, expires_at: float, plan: str) -> Tokens:  # noqa: ARG002 - they say neither
        return Tokens(
            access=new_token("sk-ant-oat01-"), refresh=new_token("sk-ant-ort01-"), expires_at=expires_at
        )

    def document(self, tokens: Tokens, *, now: float, plan: str) -> dict[str, Any]:  # noqa: ARG002
        login = {
            "accessToken": tokens.access,
            "refreshToken": tokens.refresh,
            "expiresAt": round(tokens.expires_at * 1000),
            "scopes": list(_SCOPES),
            "subscriptionType": plan,
            "rateLimitTier": None,
        }
        return {"claudeAiOauth": login}

    def read(self, document: Mapping[str, Any]) -> Tokens:
        login = document["claudeAiOauth"]
        return Tokens(
            access=login["accessToken"], refresh=login["refreshToken"], expires_at=login["expiresAt"] / 1000
        )

    def granted(self, tokens: Tokens, *, expires_in: float) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": tokens.access,
            "expires_in": round(expires_in),
            "refresh_token": tokens.refresh,
            "scope": " ".join(_SCOPES),
        }

    def refused(self, why: str) -> Refusal:
        told = {"error": why, "error_description": "Refresh token not found or invalid"}
        return Refusal(status=400, body=told)
