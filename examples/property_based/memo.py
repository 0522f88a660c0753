"""Answers questions by Claude Code, and asks it no question twice: memo.py SOCKET. A JSON line each way."""

from __future__ import annotations

import json
import socketserver
import subprocess
import sys

ANSWERS: dict[str, str] = {}


class Memo(socketserver.StreamRequestHandler):
    """One question, one answer."""

    def handle(self) -> None:
        """Answer it."""
        question = json.loads(self.rfile.readline())
        if question not in ANSWERS:
            ANSWERS[question] = asked(question)
        self.wfile.write(json.dumps(ANSWERS[question]).encode())


def asked(question: str) -> str:
    """Ask Claude Code. The question goes to its standard input: as an argument it could be an option."""
    done = subprocess.run(["claude", "--print"], input=question, capture_output=True, encoding="utf-8")
    return done.stdout.removesuffix("\n") if done.returncode == 0 else "?"


if __name__ == "__main__":
    with socketserver.UnixStreamServer(sys.argv[1], Memo) as server:
        print("ready", flush=True)
        server.serve_forever()
