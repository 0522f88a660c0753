"""Claude Code's own files: where they are, and how they are read and changed.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.claude.places import project_folder
from pytest_tmuxagent.stub.jsonlines import decode, encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Home:
    """The files below HOME, or below CLAUDE_CONFIG_DIR where that is set."""

    __slots__ = ("config", "folder")

    def __init__(self) -> None:
        home = os.environ.get("HOME") or os.path.expanduser("~")
        given = os.environ.get("CLAUDE_CONFIG_DIR")
        self.folder = given or f"{home}/.claude"
        self.config = f"{given or home}/.claude.json"

    def project(self, cwd: str) -> str:
        """Give the folder with the transcripts of a working directory."""
        return f"{self.folder}/projects/{project_folder(os.path.realpath(cwd))}"

    def transcript(self, cwd: str, session: str) -> str:
        return f"{self.project(cwd)}/{session}.jsonl"

    def status(self, pid: int) -> str:
        return f"{self.folder}/sessions/{pid}.json"

    def passing_files(self) -> str:
        """Give a folder for files of the moment: one of ours, where we may write."""
        folder = f"{self.folder}/sessions"
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError:
            return os.environ.get("TMPDIR") or "/tmp"
        return folder

    @property
    def history(self) -> str:
        return f"{self.folder}/history.jsonl"

    def settings(self, cwd: str) -> list[dict[str, Any]]:
        """Read the settings of the user, of the project, and of the user in the project."""
        files = (
            f"{self.folder}/settings.json",
            f"{cwd}/.claude/settings.json",
            f"{cwd}/.claude/settings.local.json",
        )
        return [read_object(path) for path in files]

    def read_config(self) -> dict[str, Any]:
        return read_object(self.config)

    def write_config(self, config: Mapping[str, Any]) -> None:
        write_settings(self.config, config)


def read_object(path: str) -> dict[str, Any]:
    """Read a JSON object; nothing where there is none, or something else."""
    try:
        with open(path, "rb") as file:
            found = decode(file.read())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_settings(path: str, value: Mapping[str, Any]) -> None:
    """Write a JSON object for people to read."""
    import json  # worth its 10 ms: the CLI does so once in a while, when a dialog is answered

    text = json.dumps(value, indent=2, ensure_ascii=False)
    _write(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def write_object(path: str, value: Mapping[str, Any]) -> None:
    """Write a JSON object for programs to read."""
    _write(path, encode_line(dict(value)))


def _write(path: str, content: bytes) -> None:
    """Write a file so that nobody ever reads half of it; where that cannot be, there is none."""
    fresh = f"{path}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(fresh, "wb") as file:
            file.write(content)
        os.replace(fresh, path)
    except OSError:  # the CLI runs without what it cannot keep
        pass
