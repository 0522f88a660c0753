"""The launch log: which agents were started in a sandbox, by whomever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One start of an agent: `at` is in seconds of `time.time()`, secrets in `environment` are redacted."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    pid: int
    at: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_launches(log: Path) -> tuple[Launch, ...]:
    """Read the log in order; a line that is not whole yet, or none of ours, is left out."""
    try:
        lines = log.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(launch for launch in map(_launch, lines) if launch is not None)


def _launch(line: bytes) -> Launch | None:
    try:
        record: Any = json.loads(line)
        return Launch(
            name=str(record["name"]),
            argv=tuple(str(word) for word in record["argv"]),
            cwd=str(record["cwd"]),
            pid=int(record["pid"]),
            at=float(record["at"]),
            environment={str(name): str(value) for name, value in record["environment"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
