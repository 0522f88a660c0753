"""A print mode over the TUIs of six CLIs, as there are some: an answer file and a completion command.

    python answer_file_wrapper.py CLI PROMPT

It starts the CLI in tmux, and ends its prompt with the contract: write the answer to a file, then run
this program with `complete`. It prints the answer once that was run, and ends the CLI by `/exit`.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path

POSITIONAL = {
    "claude": ["--dangerously-skip-permissions"],
    "codex": ["--dangerously-bypass-approvals-and-sandbox"],
}
PASTED = {"gemini": ["--yolo"], "opencode": ["--dir", "{cwd}"], "pi": [], "cursor-agent": ["--force"]}
CONTRACT = """{prompt}

Write only the final response to `{file}`, then run exactly `{command}`."""
SESSION = "answer-file-run"
PATIENCE = 20.0
EXIT_PATIENCE = 2.0


def tmux(*words: str, told: str | None = None) -> str:
    done = subprocess.run(["tmux", *words], input=told, capture_output=True, text=True, check=False)
    return done.stdout


def main() -> int:
    if sys.argv[1] == "complete":
        (Path(sys.argv[2]).parent / "completed").touch()
        return 0
    return run(sys.argv[1], sys.argv[2])


def run(cli: str, prompt: str) -> int:
    folder = Path.cwd() / ".run"
    folder.mkdir()
    file = folder / "answer.md"
    command = shlex.join([sys.executable, __file__, "complete", str(file)])
    contract = CONTRACT.format(prompt=prompt, file=file, command=command)
    start(cli, contract)
    answer = wait_for(folder / "completed", file=file)
    leave()
    if answer is None:
        return 1
    sys.stdout.write(answer)
    return 0


def start(cli: str, contract: str) -> None:
    window = ["new-session", "-d", "-s", SESSION, "-x", "120", "-y", "40"]
    if cli in POSITIONAL:
        tmux(*window, cli, *POSITIONAL[cli], contract)
        return
    tmux(*window, cli, *(word.format(cwd=Path.cwd()) for word in PASTED[cli]))
    tmux("load-buffer", "-", told=contract)
    tmux("paste-buffer", "-d", "-t", f"={SESSION}:")  # without brackets, and whether or not it has started
    time.sleep(0.5)
    tmux("send-keys", "-t", f"={SESSION}:", "Enter")


def wait_for(completed: Path, *, file: Path) -> str | None:
    end = time.monotonic() + PATIENCE
    while not completed.exists():
        if time.monotonic() > end or "no server" in tmux("has-session", "-t", f"={SESSION}"):
            return None
        time.sleep(0.05)
    return file.read_text()


def leave() -> None:
    tmux("send-keys", "-t", f"={SESSION}:", "-l", "/exit")
    time.sleep(0.2)
    tmux("send-keys", "-t", f"={SESSION}:", "Enter")
    end = time.monotonic() + EXIT_PATIENCE
    while SESSION in tmux("list-sessions"):
        if time.monotonic() > end:
            sys.stderr.write("it did not exit within 2 s\n")
            tmux("kill-session", "-t", f"={SESSION}")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
