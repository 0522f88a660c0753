"""The way out of a sandbox: closed, until somebody asks for what is outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import OutsideUnavailable, ScriptMismatch
from pytest_tmuxagent.outside.vault import Vault
from pytest_tmuxagent.script.service import script_service

if TYPE_CHECKING:
    from pytest_tmuxagent.model_api.door import ModelDoor
    from pytest_tmuxagent.outside.outside import Outside


class Threshold:
    """Opens once. `report` is told what programs call amiss, `on_outside` which vendor's host they call."""

    def __init__(
        self,
        *,
        door: ModelDoor | None,
        bundle: Path,
        report: Callable[[ScriptMismatch], None],
        on_outside: Callable[[str], None],
    ) -> None:
        self.vault = Vault()
        self._door = door
        self._bundle = bundle
        self._report = report
        self._on_outside = on_outside
        self._outside: Outside | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody stands in for the hosts outside."""
        return self._outside is not None

    def open(self) -> Outside:
        """Give who stands in for other hosts.

        Raises:
            OutsideUnavailable: what it takes is not installed.
        """
        if self._outside is None:
            self._outside = self._stand_in()
        return self._outside

    def account(self) -> list[str]:
        """Say what was called outside, as far as anybody stands in for it."""
        return [] if self._outside is None else self._outside.account()

    def close(self) -> None:
        """Stand in for nobody any more; twice is harmless."""
        if self._outside is not None:
            self._outside.close()

    def _stand_in(self) -> Outside:
        try:
            from pytest_tmuxagent.outside.outside import Outside
        except ModuleNotFoundError as error:
            if error.name not in ("trustme", "h11"):
                raise
            raise OutsideUnavailable(error.name) from error
        return Outside(
            loop=script_service().loop,
            door=self._door,
            bundle=self._bundle,
            vault=self.vault,
            report=self._report,
            on_outside=self._on_outside,
        )
