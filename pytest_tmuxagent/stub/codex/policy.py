"""Who may do what without asking: the approval policy and the sandbox mode, as far as they decide that.

There is no sandbox behind it: a plain command runs unhindered, whatever the mode.
Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.faces.codex import dialogs
from pytest_tmuxagent.stub.codex.patch import BadPatch, parse
from pytest_tmuxagent.stub.journal import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_NO_ESCALATION = (
    "approval policy is Never; reject command — you cannot ask for escalated permissions if the approval"
    " policy is Never"
)
_OUTSIDE = "patch rejected: writing outside of the project; rejected by user approval settings"
_PROTECTED = (".git", ".agents", ".codex")


class Policy:
    """Judges calls, and remembers what a person allowed for good.

    `approval` is "on-request", "never" or "granular"; `writable` are the folders that patches may change.
    """

    __slots__ = (
        "_allowed_commands",
        "_allowed_files",
        "_approval",
        "_asks_anywhere",
        "_cwd",
        "_sandbox",
        "_writable",
        "plans",
    )

    def __init__(
        self, *, approval: str, sandbox: str, cwd: str, writable: Sequence[str], asks_anywhere: bool = False
    ) -> None:
        """With `asks_anywhere`, the model may ask the person in any mode."""
        self._asks_anywhere = asks_anywhere
        self._approval = approval
        self._sandbox = sandbox
        self._cwd = os.path.realpath(cwd)
        self._writable = [os.path.realpath(os.path.join(cwd, folder)) for folder in writable]
        self._allowed_commands: set[str] = set()
        self._allowed_files: set[str] = set()
        self.plans = False  # Plan mode, in which the model may always ask questions

    def judge(self, call: Mapping[str, Any]) -> Verdict:
        """Say whether a call may run, must be asked about, or is denied."""
        if call["name"] == "exec_command":
            return self._judge_command(call["input"])
        if call["name"] == "apply_patch":
            return self._judge_patch(call["input"])
        if call["name"] == "request_user_input":
            return Verdict("ask" if self.plans or self._asks_anywhere else "refuse")
        return Verdict("allow")

    def settled(self, call: Mapping[str, Any], decision: str) -> None:
        """Take note of what a person decided."""
        if decision != "allow_always":
            return
        if call["name"] == "apply_patch":
            self._allowed_files.update(_places(call["input"], self._cwd))
        else:
            self._allowed_commands.add(_command(call["input"]))

    def _judge_command(self, given: Mapping[str, Any]) -> Verdict:
        if given.get("sandbox_permissions") != "require_escalated":
            return Verdict("allow")
        if self._approval == "never":
            return Verdict("deny", message=_NO_ESCALATION)
        command = _command(given)
        if self._sandbox == "danger-full-access" or self._is_allowed(command):
            return Verdict("allow")
        reason = given.get("justification")
        return Verdict(
            "ask", reason=reason if isinstance(reason, str) else "", always=dialogs.always_option(command)
        )

    def _is_allowed(self, command: str) -> bool:
        return any(command == known or command.startswith(f"{known} ") for known in self._allowed_commands)

    def _judge_patch(self, given: Mapping[str, Any]) -> Verdict:
        places = _places(given, self._cwd)
        if not places:  # it says itself what is wrong with it
            return Verdict("refuse")
        if self._sandbox == "danger-full-access" or all(self._may_write(place) for place in places):
            return Verdict("allow")
        if self._approval == "never":
            return Verdict("deny", message=_OUTSIDE)
        return Verdict("ask", always=dialogs.ALWAYS_THESE_FILES)

    def _may_write(self, place: str) -> bool:
        if place in self._allowed_files:
            return True
        if self._sandbox == "read-only":
            return False
        inside = next((folder for folder in self._writable if _is_below(place, folder)), None)
        if inside is None:
            return False
        return not any(_is_below(place, f"{inside}/{name}") for name in _PROTECTED)


def _is_below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(f"{folder.rstrip('/')}/")


def _places(given: Mapping[str, Any], cwd: str) -> list[str]:
    """Give the files that a patch changes; none where it is no patch."""
    text = given.get("input")
    try:
        hunks = parse(text if isinstance(text, str) else "")
    except BadPatch:
        return []
    named = [name for hunk in hunks for name in (hunk.path, hunk.move_to) if name]
    return [os.path.realpath(os.path.join(cwd, name)) for name in named]


def _command(given: Mapping[str, Any]) -> str:
    """Give what a command is remembered by."""
    command = given.get("cmd")
    return command if isinstance(command, str) else ""
