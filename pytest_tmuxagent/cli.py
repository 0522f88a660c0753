"""The `tmuxagent` command."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a `tmuxagent` command and give its exit status."""
    parser = argparse.ArgumentParser(prog="tmuxagent", description="Tools of pytest-tmuxagent.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_stub(commands)
    # Options of the agent itself are nobody's here: they go on to the stub.
    arguments, others = parser.parse_known_args(argv)
    return _run_stub(arguments, [*others, *arguments.arguments])


def _add_stub(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    stub = commands.add_parser("stub", help="run the stub agent in this terminal", allow_abbrev=False)
    stub.add_argument("--face", default="plain", help="what it looks like (default: %(default)s)")
    stub.add_argument("--name", default="claude", help="whom it plays (default: %(default)s)")
    stub.add_argument("--script", metavar="FILE", help="a JSON file with its replies; without one it echoes")
    stub.add_argument("--permissions", choices=("allow", "ask"), default="allow")
    stub.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="what the agent's own command line would get"
    )


def _run_stub(arguments: argparse.Namespace, rest: Sequence[str]) -> int:
    """Become the stub: started as tests start it, by the bare interpreter."""
    wiring = {
        "name": arguments.name,
        "face": arguments.face,
        "permissions": arguments.permissions,
        "script": str(Path(arguments.script).absolute()) if arguments.script else "",
    }
    program = Path(__file__).with_name("stub") / "__main__.py"
    command = [sys.executable, "-I", "-S", str(program), json.dumps(wiring), *rest]
    os.execv(sys.executable, command)
    return 0
