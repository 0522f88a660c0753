"""The program under test: hands tasks to Claude Code, by `--print` or in a tmux session that it keeps.

night_shift.py review FILE        prints Claude's verdict; exits with 1 when it is not LGTM
night_shift.py fix FILE           has Claude edit the file in a TUI of its own, and waits for the end
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

SESSION = "night-shift"
READY = "bypass permissions on"
PATIENCE_SECONDS = 60.0


def review(path: str) -> int:
    """Ask for a verdict without a terminal."""
    asked = subprocess.run(
        ["claude", "--print", "--output-format", "json", f"Review {path}. Say LGTM, or what is wrong."],
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(asked.stdout)
    if result["is_error"]:
        print(f"night shift: {result['result']}", file=sys.stderr)
        return 2
    print(result["result"])
    return 0 if result["result"].startswith("LGTM") else 1


def fix(path: str) -> int:
    """Have the file edited in a TUI, and read from the transcript when that is done."""
    session = str(uuid.uuid4())
    command = f"claude --dangerously-skip-permissions --session-id {session}"
    tmux("new-session", "-d", "-s", SESSION, "-x", "120", "-y", "40", command)
    wait_until(lambda: READY in screen(), what="Claude's input box")
    tmux("set-buffer", f"Fix {path}")
    tmux("paste-buffer", "-p", "-t", SESSION)
    wait_until(lambda: f"Fix {path}" in screen(), what="the prompt in the box")
    wait_until(lambda: is_submitted(session), what="the prompt in the transcript")
    wait_until(lambda: last_stop_reason(session) == "end_turn", what="the end of the turn")
    tmux("kill-session", "-t", SESSION)
    print(f"fixed {path}")
    return 0


def is_submitted(session: str) -> bool:
    """Press Enter, which Claude may not hear right behind a paste, until there is a transcript."""
    if transcript(session).exists():
        return True
    tmux("send-keys", "-t", SESSION, "Enter")
    return False


def last_stop_reason(session: str) -> str | None:
    """Read why the model stopped last, as far as the transcript tells."""
    path = transcript(session)
    written = path.read_bytes() if path.exists() else b""
    whole, _, _torn = written.rpartition(b"\n")  # Claude may be in the midst of its last record.
    records = [json.loads(line) for line in whole.splitlines()]
    said = [record["message"]["stop_reason"] for record in records if record["type"] == "assistant"]
    return said[-1] if said else None


def transcript(session: str) -> Path:
    """Find where Claude writes, from the first prompt on."""
    folder = "".join(sign if sign.isalnum() else "-" for sign in str(Path.cwd()))
    return Path.home() / ".claude" / "projects" / folder / f"{session}.jsonl"


def screen() -> str:
    """Take what Claude shows."""
    return tmux("capture-pane", "-p", "-t", SESSION)


def tmux(*arguments: str) -> str:
    """Run a tmux command on the person's default server."""
    return subprocess.run(["tmux", *arguments], capture_output=True, text=True, check=True).stdout


def wait_until(condition: Callable[[], bool], *, what: str) -> None:
    """Look again and again, as programs do that have nothing else."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"night shift: {what} did not come")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit({"review": review, "fix": fix}[sys.argv[1]](sys.argv[2]))
