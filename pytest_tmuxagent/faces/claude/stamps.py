"""Times as Claude Code writes them.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import time


def instant(now: float) -> str:
    """Give epoch seconds as ISO 8601 in UTC, with milliseconds."""
    ms = round(now * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"
