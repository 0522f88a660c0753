"""The stub as the other tools start it: the same program, with numbered answers, without our server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest_tmuxagent

BOX = "enter to send"
"""What stands on the screen once the stub's input box does."""

SIZE = (120, 40)
_ANSWERS = 2000
_PROGRAM = Path(pytest_tmuxagent.__file__).parent / "stub" / "__main__.py"


def answer(number: int) -> str:
    """The answer to the prompt of this number, counted from 1; no prompt of ours has these words."""
    return f"This is answer number {number}."


def prepare(folder: Path) -> list[str]:
    """Write what the stub needs into `folder`; give its command."""
    script = folder / "script.json"
    replies = [{"say": answer(number)} for number in range(1, _ANSWERS + 1)]
    script.write_text(json.dumps({"replies": replies}), encoding="utf-8")
    wiring = folder / "wiring.json"
    settings = {"name": "stub", "script": str(script), "state": str(folder / "state")}
    wiring.write_text(json.dumps(settings), encoding="utf-8")
    return [os.path.realpath(sys.executable), "-I", "-S", str(_PROGRAM), str(wiring)]


def prompts_received(transcripts: Path) -> list[str]:
    """The prompts that reached a stub, as it wrote them down itself."""
    lines = [line for path in transcripts.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    records = [json.loads(line) for line in lines]
    return [record["text"] for record in records if record["type"] == "prompt"]
