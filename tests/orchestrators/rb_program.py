"""A program on rb-claude-tmux: does what its input tells it, and prints what came of it as lines of JSON.

["chat", TEXT] calls that method of its client; a last element in braces holds keywords. ["begin", ...]
calls in a thread, ["end"] waits for it. ["refresh"] looks after the OAuth token.

rb_program.py CLIENT      CLIENT: the arguments of `TmuxClaudeClient`, as JSON
"""

from __future__ import annotations

import json
import logging
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TextIO

from claude_tmux import TmuxClaudeClient, check_and_refresh_token


def call(client: TmuxClaudeClient, name: str, *arguments: object) -> object:
    """Call a method of the client."""
    if name == "refresh":
        return check_and_refresh_token()
    words = [word for word in arguments if not isinstance(word, dict)]
    keywords = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    came: object = getattr(client, name)(*words, **keywords)
    return came


def take_stdin() -> TextIO:
    """Keep the input from the agents, which inherit it, and would take it for more of their prompt."""
    steps = os.fdopen(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    return steps


def main() -> None:
    """Take the steps one by one."""
    steps = take_stdin()
    logging.basicConfig(level=logging.INFO)
    client = TmuxClaudeClient(**json.loads(sys.argv[1]))
    begun: list[Future[Any]] = []
    with ThreadPoolExecutor() as threads:
        for line in steps:
            name, *arguments = json.loads(line)
            if name == "begin":
                begun.append(threads.submit(call, client, *arguments))
                continue
            came = begun.pop(0).result() if name == "end" else call(client, name, *arguments)
            print(json.dumps(came, default=str), flush=True)  # noqa: T201 - what a program is for


if __name__ == "__main__":
    main()
