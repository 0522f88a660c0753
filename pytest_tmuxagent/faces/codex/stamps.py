"""Times and ids as Codex writes them.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import time


def instant(now: float, *, digits: int = 3) -> str:
    """Give epoch seconds as ISO 8601 in UTC; `digits` of the fraction are kept, the rest is cut off."""
    whole = int(now)
    fraction = f"{now - whole:.9f}"[2 : 2 + digits]
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{fraction}Z"


def uuid7(now: float, noise: bytes) -> str:
    """Make a UUID, version 7, of the time and 10 bytes of noise."""
    number = bytearray(int(now * 1000).to_bytes(6, "big") + noise[:10])
    number[6], number[8] = number[6] & 0x0F | 0x70, number[8] & 0x3F | 0x80
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rollout_name(now: float, thread: str) -> str:
    """Give the name of a thread's rollout below the folder of its day, which is the local one."""
    when = time.localtime(now)
    day, moment = time.strftime("%Y/%m/%d", when), time.strftime("%Y-%m-%dT%H-%M-%S", when)
    return f"{day}/rollout-{moment}-{thread}.jsonl"
