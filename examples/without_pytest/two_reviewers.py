"""Two agents discuss a file, in one sandbox: a plain script, without pytest.

    python two_reviewers.py README.md

On the stub (the default) the script below says what they answer; `--real` runs the real CLIs on it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_tmuxagent import open_sandbox


def main(path: str, *options: str) -> int:
    text = Path(path).read_text(encoding="utf-8")
    with open_sandbox(rung="scripted" if "--real" in options else "stub") as sandbox:
        (sandbox.workdir / "draft.md").write_text(text, encoding="utf-8")
        author, critic = sandbox.launch("claude"), sandbox.launch("codex")
        critic.script.reply("The first line says too little.")
        author.script.when("says too little").reply("I shall lengthen it.")

        criticism = critic.ask("What is wrong with draft.md?").text
        answer = author.ask(f"Your draft.md was reviewed: {criticism}").text

    print(f"critic: {criticism}\nauthor: {answer}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
