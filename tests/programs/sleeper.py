"""A program with a limit of a minute: it says what passed on each of its clocks while it waited."""

from __future__ import annotations

import asyncio
import contextlib
import select
import subprocess
import sys
import time


def wait(way: str) -> None:
    match way:
        case "sleep":
            time.sleep(60)
        case "select":
            select.select([], [], [], 60)
        case "asyncio":
            asyncio.run(asyncio.sleep(60))
        case "monotonic":
            end = time.monotonic() + 60
            while time.monotonic() < end:
                time.sleep(1)
        case "child":
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(["sleep", "6000"], timeout=60, check=False, capture_output=True)


started, ticking = time.time(), time.monotonic()
wait(sys.argv[1])
sys.stdout.write(f"{time.time() - started >= 60} {time.monotonic() - ticking >= 60}\n")
