"""Start the stub: `python -I -S .../stub/__main__.py WIRING.json [the CLI's own arguments]`."""

from __future__ import annotations

import gc
import os
import sys

# Looking for garbage again and again while modules are imported is a fifth of what their import takes.
gc.set_threshold(50_000)

# A package without its `__init__`: what that offers to tests is of no use here, and slow to import.
_package = type(sys)("pytest_tmuxagent")
_package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
sys.modules["pytest_tmuxagent"] = _package

from pytest_tmuxagent.stub.main import main  # noqa: E402

if __name__ == "__main__":
    main(sys.argv[1:])
