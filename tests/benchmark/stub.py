"""The stub as the other tools start it: the same program, with numbered answers, without our server."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest_tmuxagent
from pytest_tmuxagent.agents.claude.setup import seed

FACES = ("claude", "plain")
SIZE = (120, 40)
_ANSWERS = 2000
_PROGRAM = Path(pytest_tmuxagent.__file__).parent / "stub" / "__main__.py"
_BOXES = {"claude": "? for shortcuts", "plain": "enter to send"}
_COMMANDS = {"claude": "claude", "plain": "gemini"}
_FACE = "BENCHMARK_FACE"


def wear(face: str) -> None:
    """Have all stubs of this process, and of those it starts, wear a face."""
    os.environ[_FACE] = face


def face() -> str:
    """The face that is worn."""
    return os.environ.get(_FACE, FACES[0])


def box() -> str:
    """What stands on the screen once the stub's input box does."""
    return _BOXES[face()]


def command() -> str:
    """What a program calls an agent by that looks so."""
    return _COMMANDS[face()]


def answer(number: int) -> str:
    """The answer to the prompt of this number, counted from 1; no prompt of ours has these words."""
    return f"This is answer number {number}."


def prepare(folder: Path) -> list[str]:
    """Write what the stub needs into `folder`; give its command."""
    script = folder / "script.json"
    replies = [{"say": answer(number)} for number in range(1, _ANSWERS + 1)]
    script.write_text(json.dumps({"replies": replies}), encoding="utf-8")
    wiring = folder / "wiring.json"
    settings: dict[str, Any] = {"name": face(), "face": face(), "script": str(script)}
    settings |= {"state": str(folder / "state"), "environment": {"CLAUDE_CONFIG_DIR": str(folder)}}
    wiring.write_text(json.dumps(settings), encoding="utf-8")
    seed(folder)
    return [os.path.realpath(sys.executable), "-I", "-S", str(_PROGRAM), str(wiring)]


def prompts_received(folder: Path) -> list[str]:
    """The prompts that reached a stub, as it wrote them down itself somewhere in `folder`."""
    lines = [line for path in folder.rglob("*.jsonl") for line in path.read_bytes().splitlines()]
    return [prompt for line in lines for prompt in _prompts(json.loads(line))]


def _prompts(record: Mapping[str, Any]) -> Iterator[str]:
    if record.get("type") == "prompt":
        yield record["text"]
    elif record.get("type") == "user" and "promptSource" in record:
        yield record["message"]["content"]
