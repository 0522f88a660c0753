"""The records that tell which files each prompt of a Claude Code session could bring back.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.stamps import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]

_HASH_CHARACTERS = 16


class Snapshots:
    """Remembers the files that tools have written; the copies themselves are not its business."""

    __slots__ = ("_cwd", "_files", "_prompt", "_touched")

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self._files: Record = {}
        self._touched: list[str] = []  # since the last prompt
        self._prompt: Record = {}

    def prompt(self, uuid: str, *, now: float) -> Record:
        """Begin with a prompt, whose record follows; what was written since the last one is kept anew."""
        for path in self._touched:
            self._keep(path, version=self._files[path]["version"] + 1, now=now)
        self._touched = []
        self._prompt = {"messageId": uuid, "timestamp": instant(now)}
        return self._record(uuid, update=False)

    def wrote(self, call: str, path: str, *, existed: bool, now: float) -> list[Record]:
        """Tell that the call with the record `call` changes a file; comes before the call's result."""
        if path.startswith(f"{self._cwd}/"):
            path = path[len(self._cwd) + 1 :]
        if path not in self._touched:
            self._touched.append(path)
        if path in self._files:
            return []
        self._keep(path, version=1, now=now)
        if not existed:
            self._files[path]["backupFileName"] = None
        return [self._record(call, update=True)]

    def _keep(self, path: str, *, version: int, now: float) -> None:
        backup = f"{self._hashed(path)}@v{version}"
        self._files[path] = {"backupFileName": backup, "version": version, "backupTime": instant(now)}

    def _hashed(self, path: str) -> str:
        from hashlib import sha256

        whole = path if path.startswith("/") else f"{self._cwd}/{path}"
        return sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:_HASH_CHARACTERS]

    def _record(self, uuid: str, *, update: bool) -> Record:
        of, at = self._prompt["messageId"], self._prompt["timestamp"]
        told = {"messageId": of, "trackedFileBackups": dict(self._files), "timestamp": at}
        record = {"type": "file-history-snapshot", "messageId": uuid, "snapshot": told}
        return {**record, "isSnapshotUpdate": update}
