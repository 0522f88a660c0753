"""What holds whichever agents a program finds: `rung` runs a test with the stubs, and the real CLIs."""

from __future__ import annotations

import shutil

import pytest

RUNGS = ("stub", pytest.param("scripted", marks=pytest.mark.agent(rung="scripted")))


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    named = {written.partition("=")[0] for written in request.config.getoption("agent_clis") or ()}
    missing = {"claude", "codex"} - named - {cli for cli in ("claude", "codex") if shutil.which(cli)}
    if name == "scripted" and missing:
        pytest.skip(f"not installed: {', '.join(sorted(missing))}")
    return name
