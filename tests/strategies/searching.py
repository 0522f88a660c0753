"""How long the tests look for a value before they say that there is none."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

PERSISTENT = settings(
    max_examples=20_000,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

FIRST = settings(PERSISTENT, phases=[Phase.generate])
"""Give the first value that is found, not the least."""
