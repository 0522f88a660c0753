"""Codex's own files: where they are.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os


class CodexHome:
    """The files below CODEX_HOME, or below `.codex` in HOME where that is not set."""

    __slots__ = ("folder",)

    def __init__(self, folder: str = "") -> None:
        home = os.environ.get("HOME") or os.path.expanduser("~")
        self.folder = folder or os.environ.get("CODEX_HOME") or f"{home}/.codex"

    @property
    def config(self) -> str:
        return f"{self.folder}/config.toml"

    @property
    def hooks(self) -> str:
        return f"{self.folder}/hooks.json"

    @property
    def history(self) -> str:
        return f"{self.folder}/history.jsonl"

    @property
    def sessions(self) -> str:
        return f"{self.folder}/sessions"

    @property
    def session_index(self) -> str:
        return f"{self.folder}/session_index.jsonl"

    @property
    def threads(self) -> str:
        return f"{self.folder}/state_5.sqlite"

    def passing_files(self) -> str:
        """Give a folder for files of the moment: one of ours, where we may write."""
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError:
            return os.environ.get("TMPDIR") or "/tmp"
        return self.folder
