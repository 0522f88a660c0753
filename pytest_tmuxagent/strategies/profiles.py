"""The Hypothesis profiles for tests of agents: `pytest --hypothesis-profile=agents`.

- `agents`: no deadline, for how long an agent takes is not what is tested; fixtures per test are allowed,
  since each example gets a fresh agent; stories of ten steps; a failing example prints the blob that
  reproduces it.
- `agents-ci`: the same examples in every run, no database, a quarter as many.
- `agents-nightly`: thousands of examples, other ones each night; what failed once is kept in Hypothesis'
  database (`.hypothesis/examples`; keep that folder from night to night) and tried first.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.errors import InvalidArgument

_COMMON: dict[str, Any] = {
    "deadline": None,
    "print_blob": True,
    "stateful_step_count": 10,
    # An example costs what a launch costs, and a long prompt is a large one: neither is a mistake here.
    "suppress_health_check": (
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ),
}
PROFILES: dict[str, dict[str, Any]] = {
    "agents": {"max_examples": 100, "derandomize": False},
    "agents-ci": {"max_examples": 25, "derandomize": True, "database": None},
    "agents-nightly": {"max_examples": 5000, "derandomize": False},
}


def register_profiles() -> None:
    """Register those profiles whose names nobody has taken."""
    for name, own in PROFILES.items():
        try:
            settings.get_profile(name)
        except InvalidArgument:
            # Not the current profile: in CI that one has no database.
            settings.register_profile(name, settings.get_profile("default"), **_COMMON, **own)
