"""pytest as a process, in a folder of its own, with no plugin but those that are named."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

_PROGRAMS = Path(__file__).with_name("programs")
_PACKAGE_PARENT = Path(__file__).parents[2]
_NOTHING: Mapping[str, str] = MappingProxyType({})
_LAST_WORDS = 300


class PytestFailed(Exception):
    """A run that should have passed did not; the message is the end of what it said."""


class PytestProcess:
    """Runs one of our programs as a test file. `figures` is where that may write what it measured."""

    def __init__(self, program: str, *, folder: Path, environment: Mapping[str, str] = _NOTHING) -> None:
        self.figures = folder / "figures.json"
        self._folder = folder
        # Whoever measures may be a test itself, in a worker of xdist.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._environment = {
            **inherited,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(_PACKAGE_PARENT),
            "BENCHMARK_FIGURES": str(self.figures),
            **environment,
        }
        shutil.copy(_PROGRAMS / f"{program}.py", folder / "test_it.py")
        (folder / "pytest.ini").write_text("[pytest]\naddopts = -q -p no:cacheprovider\n", encoding="utf-8")

    def note_durations(self) -> None:
        """Have the run write the seconds of each test into `figures`."""
        shutil.copy(_PROGRAMS / "durations.py", self._folder / "conftest.py")

    def note_processes(self) -> None:
        """Have each process of the run write down what it took, for `processes`."""
        shutil.copy(_PROGRAMS / "processes.py", self._folder / "conftest.py")

    def processes(self) -> dict[str, dict[str, Any]]:
        """Give what each process of the run wrote, by its name: the workers', and `controller`."""
        written = self._folder.glob(f"{self.figures.name}.*")
        return {path.suffix[1:]: json.loads(path.read_text(encoding="utf-8")) for path in written}

    def run(self, *arguments: str) -> float:
        """Run to the end, and give the CPU seconds of the process and all that it waited for.

        Raises:
            PytestFailed: a test failed, or pytest itself did.
        """
        output = self._folder / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *arguments, "test_it.py"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.send_signal(signal.SIGINT)  # So that it ends its workers and agents by itself.
                process.wait()
                raise
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said = output.read_text(encoding="utf-8", errors="replace")
            raise PytestFailed(" ".join(said[-_LAST_WORDS:].split()))
        return usage.ru_utime + usage.ru_stime
