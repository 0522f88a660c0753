"""Tells Hypothesis of our types and profiles, in a millisecond, when it is imported.

Hypothesis calls `register` by its entry point. Types whose modules nobody has imported yet cannot be
registered without importing them, which would cost every user of Hypothesis: they are registered when
they are loaded, by the package's public names, or all of them with the first strategy that is used.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_tmuxagent.strategies.profiles import register_profiles

# Where the types are, and which function of `types` gives their strategies.
_TYPES = {
    "pytest_tmuxagent.script.parts": "of_parts",
    "pytest_tmuxagent.script.composition": "of_replies",
    "pytest_tmuxagent.script.script": "of_scripts",
    "pytest_tmuxagent.turn": "of_turns",
    "pytest_tmuxagent.grid": "of_screens",
    "pytest_tmuxagent.events": "of_events",
    "pytest_tmuxagent.schedules": "of_schedules",
}
_registered: set[str] = set()


def register() -> None:
    """Register the profiles, and the types of those modules that are loaded."""
    register_profiles()
    for module in _TYPES:
        if module in sys.modules:
            _register(module)


def register_all() -> None:
    """Register the profiles and all types."""
    register_profiles()
    for module in _TYPES:
        _register(module)


def _register(module: str) -> None:
    if module in _registered:
        return
    _registered.add(module)
    types = import_module("pytest_tmuxagent.strategies.types")
    for type_, strategy in getattr(types, _TYPES[module])().items():
        # A function is not looked into before it is used: of a strategy that is, Hypothesis warns.
        st.register_type_strategy(type_, partial(_given, strategy))


def _given(strategy: SearchStrategy[Any], _type: object) -> SearchStrategy[Any]:
    return strategy
