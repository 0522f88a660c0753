"""Keep a core busy, in bursts: `python -I -S .../stub/busy_core.py NAME`; the name decides when."""

from __future__ import annotations

import os
import sys


def main(name: str) -> None:
    """Burn for ever."""
    package = type(sys)("pytest_tmuxagent")  # without its `__init__`, as in `stub/__main__.py`
    package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.modules["pytest_tmuxagent"] = package
    from pytest_tmuxagent.stub.draws import Draws
    from pytest_tmuxagent.stub.load import keep_busy

    keep_busy(Draws(name))


if __name__ == "__main__":
    main(sys.argv[1])
