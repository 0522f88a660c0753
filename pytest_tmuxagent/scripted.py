"""The scripted rung of one sandbox: the real CLIs, and the model server that the script answers through."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.profile import AgentProfile, Permissions, RealPlan
from pytest_tmuxagent.agents.real import write_refusal, write_wiring
from pytest_tmuxagent.errors import CliMissing, RungUnavailable
from pytest_tmuxagent.model_api.dialects.anthropic import Anthropic
from pytest_tmuxagent.model_api.dialects.openai import OpenAI
from pytest_tmuxagent.model_api.door import ModelDoor, ignore, nobody
from pytest_tmuxagent.model_api.troubles import troubles
from pytest_tmuxagent.outside.environment import proxied
from pytest_tmuxagent.sandbox.slots import Slot, Slots
from pytest_tmuxagent.script.exchange import Observe
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import script_service
from pytest_tmuxagent.script.steps import ToolTable

_CODEX_ASKS = "raw.githubusercontent.com:"


class ScriptedRung:
    """What is needed to run the vendors' programs in one sandbox.

    `on_outside` is called, in the service's thread, when something calls the host of a model vendor, and
    `is_agent` is asked there whether a process is an agent of the sandbox. `faults` says what goes wrong with
    the requests of one agent.
    """

    def __init__(self, *, clis: Clis, slots: Slots) -> None:
        self._clis = clis
        self._slots = slots
        self._held: list[Slot] = []
        self._secrets: dict[str, str] = {}
        self._written: set[str] = set()
        """Whose secrets stand in files that a reset makes again."""
        self.on_outside: Callable[[str], None] = ignore
        self.is_agent: Callable[[int], bool] = nobody
        self.faults: Callable[[str], Mapping[str, Any]] = _no_faults
        self.door = ModelDoor(
            script_service().loop,
            dialects=(Anthropic(), OpenAI()),
            on_outside=lambda host: self.on_outside(host),
            is_agent=lambda pid: self.is_agent(pid),
        )

    def plan(self, profile: AgentProfile, *, key: str) -> RealPlan:
        """Say what the real CLI of an agent is run with; `key` is the agent's name in this sandbox.

        Raises:
            RungUnavailable, CliMissing: there is none.
        """
        found = self._clis.find(profile)
        return RealPlan(cli=found.program, version=found.version, api=self.door.url, key=self._secret(key))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys of all agents so far."""
        return tuple(self._secrets.values())

    def attach(self, key: str, script: Script, *, name: str, tools: ToolTable, observe: Observe) -> None:
        """Let the script answer the requests of one agent, or of all those that programs start by a name."""
        self.door.attach(
            self._secret(key),
            script,
            name=name,
            tools=tools,
            observe=observe,
            troubles=troubles(self.faults(key)),
        )

    def detach(self, key: str) -> None:
        """Answer that agent no longer."""
        self.door.detach(self._secret(key))

    def take_slot(self) -> None:
        """Wait for one of the machine's slots; a test that has one is never kept waiting for a second."""
        slot = self._slots.take_free() if self._held else self._slots.take()
        if slot is not None:
            self._held.append(slot)

    def wire_programs(
        self,
        profiles: Sequence[AgentProfile],
        folder: Path,
        *,
        prefix: str,
        launches: Path,
        permissions: Permissions | None,
        environment: Mapping[str, str],
    ) -> None:
        """Write how each agent is started by its name; one that is not here says so when it is started.

        All of one name that programs start have one key, which begins with `prefix`. `environment` is the
        sandbox's, for those whom a program starts without it.
        """
        for profile in profiles:
            path, key = folder / f"{profile.name}.json", f"{prefix}-{profile.name}"
            self._written.add(key)
            try:
                plan = self.plan(profile, key=key)
            except (RungUnavailable, CliMissing) as error:
                write_refusal(path, str(error), name=profile.name, launches=launches)
                continue
            assert profile.real is not None, "a profile with a plan has a real CLI"
            wiring = profile.real.for_programs(plan, folder, permissions)
            write_wiring(
                path,
                wiring,
                cli=plan.cli,
                name=profile.name,
                launches=launches,
                environment=environment,
            )

    def environment(self) -> Mapping[str, str]:
        """Give what keeps the programs of the sandbox from calling out: they are refused, and told of."""
        return proxied(self.door.url)

    def account(self) -> list[str]:
        """Say what came to the model server beside the requests that the script answered."""
        told = [f"side requests: {kind} {count}" for kind, count in sorted(self.door.side_requests.items())]
        told += [f"called outside, and refused: {place}{_known(place)}" for place in self.door.outside]
        return [*told, *(f"model server: {complaint}" for complaint in self.door.complaints)]

    def reset(self) -> None:
        """Cut all connections, forget all agents and calls, and give the slots back.

        The address stays, and so do the keys of those that programs start.
        """
        self.door.reset()
        self._secrets = {key: secret for key, secret in self._secrets.items() if key in self._written}
        self._give_back_slots()

    def close(self) -> None:
        """Cut all connections, and give the slots back; twice is harmless."""
        self.door.close()
        self._give_back_slots()

    def _give_back_slots(self) -> None:
        while self._held:
            self._held.pop().give_back()

    def _secret(self, key: str) -> str:
        return self._secrets.setdefault(key, f"sk-tmuxagent-{os.urandom(12).hex()}")


def _no_faults(_key: str) -> Mapping[str, Any]:
    """Let nothing go wrong."""
    return {}


def _known(place: str) -> str:
    """Say what is known of a call, where it tells nothing about the test."""
    return " (Codex asks for it at each start)" if place.startswith(_CODEX_ASKS) else ""
