"""A place to run a program in, as people make it by hand: folders, a repository, the stub on the PATH."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.benchmark import stub
from tests.benchmark.room import new_folder

HAND_MADE = "subprocess.run"


class HandMade:
    """One such place. It ends nothing that a program leaves behind."""

    def __init__(self, room: Path) -> None:
        self.folder = new_folder(room, prefix="hand-made")
        home, self._workdir, programs = (self.folder / name for name in ("home", "work", "bin"))
        for folder in (home, self._workdir, programs):
            folder.mkdir()
        self.environment = {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        shim = programs / stub.command()
        shim.write_text(f'#!/bin/sh\nexec {shlex.join(stub.prepare(home))} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        self.run("git", "init", "--quiet")

    def run(self, *argv: str) -> str:
        """Run a program to its end, and give what it prints."""
        done = subprocess.run(
            argv,
            cwd=self._workdir,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder)
