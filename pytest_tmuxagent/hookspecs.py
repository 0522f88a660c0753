"""The hooks by which a conftest extends the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_tmuxagent.agents.profile import AgentProfile


@pytest.hookspec
def pytest_tmuxagent_agents() -> list[AgentProfile]:  # type: ignore[empty-body]
    """Give agents of your own, to be used like ours by their names."""
