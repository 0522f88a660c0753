"""Tool names of the plain face: the neutral ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pytest_tmuxagent.turn import Kind

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}


class PlainTools:
    """The identity: a tool is called what it does."""

    id_prefix = "call_"

    def render(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Give the name and input of a call."""
        return kind, dict(arguments)

    def kind_of(self, name: str, _arguments: Mapping[str, Any]) -> Kind:
        """Give the kind of a call."""
        return _KINDS.get(name, "other")

    def neutral(self, name: str, arguments: Mapping[str, Any]) -> tuple[Kind, dict[str, Any]]:
        """Give the kind and the arguments of a call."""
        return self.kind_of(name, arguments), dict(arguments)

    def acts(self, name: str, arguments: Mapping[str, Any]) -> list[tuple[Kind, dict[str, Any]]]:
        """Give all that a call does: one thing."""
        return [self.neutral(name, arguments)]
