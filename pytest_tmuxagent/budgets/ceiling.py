"""What a whole run may cost, over all its processes."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


class Ceiling:
    """What a run may cost: a file to which each of its processes appends what it has spent.

    A process that is killed leaves what it had told. Where the file cannot be shared, with a worker on
    another machine, each such worker has a file and the whole ceiling of its own.
    """

    def __init__(self, path: Path, *, limit_usd: float) -> None:
        self.path = path
        self.limit_usd = limit_usd
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._read = 0
        self._sum = 0.0
        self._closed = False
        self._is_own = False

    @classmethod
    def opened(cls, told: str | None, *, folder: Path | None, limit_usd: float) -> Ceiling:
        """Open the file that another process told of, or else a new one, which goes when it is closed."""
        if told and Path(told).is_file():
            return cls(Path(told), limit_usd=limit_usd)
        fd, name = tempfile.mkstemp(prefix="tmuxagent-spent-", dir=folder)
        os.close(fd)
        made = cls(Path(name), limit_usd=limit_usd)
        made._is_own = True
        return made

    def add(self, cost_usd: float) -> None:
        """Note that this was spent; called from any thread."""
        if not self._closed:
            os.write(self._fd, f"{cost_usd!r}\n".encode())

    @property
    def spent(self) -> float:
        """What all processes have told."""
        if not self._closed:
            added = os.pread(self._fd, os.fstat(self._fd).st_size - self._read, self._read)
            whole = added[: added.rfind(b"\n") + 1]
            self._read += len(whole)
            self._sum += sum(map(float, whole.split()))
        return self._sum

    def excess(self) -> tuple[float, float] | None:
        """Give limit and sum once the sum has reached the limit."""
        spent = self.spent
        return (self.limit_usd, spent) if spent >= self.limit_usd else None

    def close(self) -> None:
        """Count no more; twice is harmless."""
        spent = self.spent
        if not self._closed:
            self._closed, self._sum = True, spent
            with contextlib.suppress(OSError):
                os.close(self._fd)
            if self._is_own:
                with contextlib.suppress(OSError):
                    self.path.unlink()
