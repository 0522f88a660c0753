"""What is secret in a sandbox: the values of telling variables, and what files of credentials hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pytest_tmuxagent.stub.launches import speaks_of_secrets

_NOT_TELLING = ("AUTHOR", "SSH_AUTH_SOCK", "XAUTHORITY", "KEYBOARD", "KEYMAP")
_LEAST = 8
"""Shorter values are words that stand anywhere."""

_MOST_BYTES = 1_000_000
_ADDRESS = re.compile(r"https?://[^@]*")
_JSON_FILES = (
    ".claude/.credentials.json",
    ".codex/auth.json",
    ".gemini/oauth_creds.json",
    ".local/share/opencode/auth.json",
    ".config/gcloud/application_default_credentials.json",
)
_TEXT_FILES = (".netrc", ".git-credentials", ".npmrc", ".pypirc", ".aws/credentials", ".config/gh/hosts.yml")
_IN_TEXT = re.compile(r"(?i)(?:token|password|secret\w*|key)\s*[=: ]\s*[\"']?([^\s\"']+)")
_IN_URL = re.compile(r"://[^\s:/@]*:([^\s@]+)@")
_SHAPES = re.compile(
    r"""(?x) \b (?:
        sk-[A-Za-z0-9_-]{16,}                   # Anthropic, OpenAI
      | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
      | glpat-[A-Za-z0-9_-]{16,}
      | xox[abposr]-[A-Za-z0-9-]{10,}           # Slack
      | AKIA[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{30,}
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*  # a JSON web token
    )"""
)


def secrets_of(environments: Iterable[Mapping[str, str]], *, home: Path) -> tuple[str, ...]:
    """Give all that is secret; what is short, or an address, is not, nor is a path in an environment."""
    found = {value for variables in environments for value in _in_environment(variables)}
    found.update(value for name in _JSON_FILES for value in _in_json(home / name))
    found.update(value for name in _TEXT_FILES for value in _in_text(home / name))
    return tuple(sorted(value for value in found if len(value) >= _LEAST and not _ADDRESS.fullmatch(value)))


def secret_in(text: str, *, known: Iterable[str], harmless: Iterable[str]) -> str | None:
    """Give the secret that stands first in a text: one of those known, or what looks like one."""
    looks = [match[0] for match in _SHAPES.finditer(text) if not match[0].startswith(tuple(harmless))]
    there = [*(value for value in known if value in text), *looks]
    return min(there, key=lambda value: (text.index(value), -len(value)), default=None)


def _in_environment(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        harmless = any(word in name.upper() for word in _NOT_TELLING) or value.startswith("/")
        if speaks_of_secrets(name) and not harmless:
            yield value


def _in_json(path: Path) -> Iterator[str]:
    try:
        yield from _values(json.loads(_read(path)))
    except ValueError:
        yield from _in_text(path)


def _values(found: object, *, telling: bool = False) -> Iterator[str]:
    """Give the texts below telling names: `accessToken`, `refresh_token`, `OPENAI_API_KEY`."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _values(value, telling=speaks_of_secrets(str(name)))
    elif isinstance(found, list):
        for value in found:
            yield from _values(value, telling=telling)
    elif isinstance(found, str) and telling:
        yield found


def _in_text(path: Path) -> Iterator[str]:
    text = _read(path)
    for pattern in (_IN_TEXT, _IN_URL):
        yield from (match[1] for match in pattern.finditer(text))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
