"""A program on aimax's Python API: sessions side by side, heard live, and ended.

aimax_program.py BACKEND FOLDER NAME...      each NAME is a session, a task, and a folder below FOLDER
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Protocol

import aimax  # type: ignore[import-untyped]

LOOK_AGAIN_SECONDS = 0.05
PATIENCE_SECONDS = 20.0


class Backend(Protocol):
    """What this program uses of it."""

    async def create_new_session(self, opts: dict[str, Any]) -> dict[str, Any]: ...
    def is_working(self, session_id: str) -> bool: ...
    def get_history(self, session_id: str) -> dict[str, Any]: ...


async def main(backend_name: str, folder: Path, names: list[str]) -> None:
    """Run all tasks at once, and print what was answered and heard."""
    backend: Any = aimax.get(backend_name)
    heard: dict[str, list[Any]] = {name: [] for name in names}
    quiet = [backend.get_agent_raw_thought_stream(name, heard[name].append) for name in names]
    await asyncio.gather(*(start(backend, name, folder / name) for name in names))
    await asyncio.wait_for(ends(backend, names), PATIENCE_SECONDS)
    answers = {name: last_text(backend, name) for name in names}
    for stop in quiet:
        stop()
    for name in names:
        await backend.terminate_session(name)
    left = [session["sessionId"] for session in backend.list_sessions()]
    counts = {name: len(heard[name]) for name in names}
    sys.stdout.write(json.dumps({"answers": answers, "heard": counts, "left": left}))


async def start(backend: Backend, name: str, folder: Path) -> None:
    """Create a session with its task."""
    task = {"sessionId": name, "cwd": str(folder), "initialPrompt": f"do task {name}", "useProxy": False}
    await backend.create_new_session(task)


async def ends(backend: Backend, names: list[str]) -> None:
    """Wait until all have answered and none is working: one that has not begun is not working, either."""
    while any(backend.is_working(name) or last_text(backend, name) is None for name in names):
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def last_text(backend: Backend, name: str) -> str | None:
    """Give what the agent said last, from its records; None before its first words."""
    entries = backend.get_history(name)["entries"]
    said = [entry.get("message") or entry.get("payload") or {} for entry in entries]
    parts = [part for one in said if one.get("role") == "assistant" for part in one["content"]]
    texts: list[str] = [part["text"] for part in parts if "text" in part]
    return texts[-1] if texts else None


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
