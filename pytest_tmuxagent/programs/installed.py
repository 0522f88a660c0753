"""The agents that programs under test find on their PATH: the stub, or the real CLI on the script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.claude.setup import seed_for_programs
from pytest_tmuxagent.agents.plain.setup import stub_command
from pytest_tmuxagent.agents.profile import Permissions, RealWiring
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.errors import UnknownAgent
from pytest_tmuxagent.programs.cli import InstalledCli
from pytest_tmuxagent.programs.received import PROMPTS_LOG
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.script.steps import ToolTable

if TYPE_CHECKING:
    from pytest_tmuxagent.scripted import ScriptedRung

NAMES = ("claude", "codex", "gemini", "opencode", "pi", "cursor-agent")
"""The agents that a program under test finds."""

PROGRAMS_KEY = "programs"
"""By which the script's doors know those that programs start."""

_WITH_A_FACE = ("claude", "codex")
_PROFILES = Registry()


def tools_of(name: str, workdir: Path, permissions: Permissions | None) -> ToolTable:
    """Give the words for tools of one that a program starts."""
    return _PROFILES[name].tools_in(workdir, permissions or "allow")


class Installed:
    """All of them, in one sandbox."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        door: Path,
        launches: Path,
        permissions: Permissions | None,
        face: Mapping[str, Any],
        flags: str,
        rung: ScriptedRung | None,
        faults: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._sandbox = sandbox
        self._door = door
        self._launches = launches
        self._permissions = permissions
        self._face = face
        self._flags = flags
        self._rung = rung
        self._faults = faults
        self._furnished = self._folder.is_dir()  # A reset leaves them there.
        self._clis: dict[str, InstalledCli] = {}

    @property
    def _folder(self) -> Path:
        return self._sandbox.root / "shims"

    def furnish(self) -> None:
        """Put the agents on the PATH, unless they are."""
        if self._furnished:
            return
        self._furnished = True
        folder = self._folder
        folder.mkdir()
        if self._rung is None:
            self._wire_stubs(folder)
        else:
            self._rung.wire_programs(
                [_PROFILES[name] for name in NAMES],
                folder,
                prefix=PROGRAMS_KEY,
                launches=self._launches,
                permissions=self._permissions,
                environment=self._sandbox.environment,
            )
        seed_for_programs(self._sandbox.home, workdir=self._sandbox.workdir, permissions=self._permissions)
        self._sandbox.add_shims(NAMES, stub_command(), settings=folder)

    def cli(self, name: str) -> InstalledCli:
        """Give the command by which programs start an agent.

        Raises:
            UnknownAgent: there is none of that name.
        """
        if name not in NAMES:
            raise UnknownAgent(name, known=NAMES)
        self.furnish()
        if name not in self._clis:
            self._clis[name] = InstalledCli(
                _PROFILES[name],
                wiring=self._folder / f"{name}.json",
                shim=self._sandbox.bin / name,
                home=self._sandbox.home,
                path=self._sandbox.environment["PATH"],
            )
        return self._clis[name]

    def add_environment(self, variables: Mapping[str, str]) -> None:
        """Give variables also to agents that are started without the sandbox's environment."""
        for name in NAMES if self._furnished else ():
            self.cli(name).add_environment(variables)

    def _wire_stubs(self, folder: Path) -> None:
        plain, *others = (name for name in NAMES if name not in _WITH_A_FACE)
        first = self._wire(folder / f"{plain}.json", face="plain", wiring=RealWiring())
        for other in others:
            (folder / f"{other}.json").hardlink_to(first)
        for name in _WITH_A_FACE:
            stand_in = _PROFILES[name].stand_in
            wiring = RealWiring() if stand_in is None else stand_in(folder, self._permissions)
            self._wire(folder / f"{name}.json", face=name, wiring=wiring)

    def _wire(self, path: Path, *, face: str, wiring: RealWiring) -> Path:
        settings = {
            "face": face,
            "face_options": dict(self._face),
            "flags": self._flags,
            "faults": dict(self._faults),
            "link": str(self._door),
            "key": PROGRAMS_KEY,
            "launches": str(self._launches),
            "prompts": str(self._sandbox.root / PROMPTS_LOG),
            "permissions": self._permissions or "allow",
            "environment": {**self._sandbox.environment, **wiring.environment},
            "arguments": list(wiring.arguments),
            "seeds": dict(wiring.seeds),
        }
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path
