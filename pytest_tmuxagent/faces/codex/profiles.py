"""The settings of a thread, and how its records tell what it may do.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PROTECTED = (".git", ".agents", ".codex", ".aws")
_USABLE_PERCENT = 95


class ThreadSettings:
    """What a thread runs with; `approval_policy` is a word, or an object where it is granular.

    `context_window` is the model's, in tokens; `tui` tells the TUI from `codex exec`. `git` is what is known
    of the repository, None where there is none; `profile` names the permissions, where nobody chose them.
    """

    __slots__ = (
        "approval_policy",
        "context_window",
        "cwd",
        "effort",
        "exclude_slash_tmp",
        "exclude_tmpdir",
        "git",
        "instructions",
        "model",
        "network",
        "profile",
        "provider",
        "sandbox_mode",
        "shell",
        "tui",
        "version",
        "writable_roots",
    )

    def __init__(
        self,
        *,
        cwd: str,
        model: str,
        provider: str,
        tui: bool,
        version: str = "0.169.0",
        approval_policy: str | dict[str, Any] = "on-request",
        sandbox_mode: str = "workspace-write",
        network: bool = False,
        exclude_slash_tmp: bool = False,
        exclude_tmpdir: bool = False,
        writable_roots: tuple[str, ...] = (),
        context_window: int = 272000,
        effort: str | None = None,
        shell: str = "bash",
        instructions: str = "You are a coding agent.",
        git: Mapping[str, str] | None = None,
        profile: str = "",
    ) -> None:
        self.cwd = cwd
        self.model = model
        self.provider = provider
        self.tui = tui
        self.version = version
        self.approval_policy = approval_policy
        self.sandbox_mode = sandbox_mode
        self.network = network
        self.exclude_slash_tmp = exclude_slash_tmp
        self.exclude_tmpdir = exclude_tmpdir
        self.writable_roots = writable_roots
        self.context_window = context_window
        self.effort = effort
        self.shell = shell
        self.instructions = instructions
        self.git = None if git is None else dict(git)
        self.profile = profile

    @property
    def originator(self) -> str:
        return "codex-tui" if self.tui else "codex_exec"

    @property
    def source(self) -> str:
        return "cli" if self.tui else "exec"

    @property
    def usable_window(self) -> int:
        """How many tokens of the window a conversation may fill."""
        return self.context_window * _USABLE_PERCENT // 100

    @property
    def hook_mode(self) -> str:
        """The permission mode that hooks are told."""
        return "bypassPermissions" if self.approval_policy == "never" else "default"

    def permission_profile(self) -> dict[str, Any]:
        if self.sandbox_mode == "danger-full-access":
            return {"type": "disabled"}
        network = "enabled" if self.network else "restricted"
        files = {"type": "restricted", "entries": self._entries()}
        return {"type": "managed", "file_system": files, "network": network}

    def profiles(self) -> dict[str, Any]:
        """Give the profile with its name, where it has one."""
        active = {"active_permission_profile": {"id": self.profile}} if self.profile else {}
        return {"permission_profile": self.permission_profile(), **active}

    def sandbox_policies(self) -> dict[str, Any]:
        """Give the policies in the older words."""
        if not self._writes:
            return {"sandbox_policy": {"type": self.sandbox_mode}}
        roots = {"writable_roots": list(self.writable_roots)} if self.writable_roots else {}
        policy = {
            "type": self.sandbox_mode,
            **roots,
            "network_access": self.network,
            "exclude_tmpdir_env_var": self.exclude_tmpdir,
            "exclude_slash_tmp": self.exclude_slash_tmp,
        }
        files = {"kind": "restricted", "entries": self._entries()}
        return {"sandbox_policy": policy, "file_system_sandbox_policy": files}

    def file_system(self) -> str:
        """Give what the model is told of the file system."""
        roots = f"<workspace_roots><root>{self.cwd}</root></workspace_roots>"
        if self.sandbox_mode == "danger-full-access":
            profile = '<permission_profile type="disabled"><file_system type="unrestricted" />'
        else:
            entries = "".join(_tag(entry) for entry in self._entries())
            files = f'<file_system type="restricted">{entries}</file_system>'
            profile = f'<permission_profile type="managed">{files}'
        return f"<filesystem>{roots}{profile}</permission_profile></filesystem>"

    @property
    def _writes(self) -> bool:
        return self.sandbox_mode == "workspace-write"

    def _entries(self) -> list[dict[str, Any]]:
        entries = [_entry(_special("root"), "read")]
        if not self._writes:
            return entries
        entries += [_entry(_path(root), "write") for root in (self.cwd, *self.writable_roots)]
        if not self.exclude_slash_tmp:
            entries.append(_entry(_special("slash_tmp"), "write"))
        if not self.exclude_tmpdir:
            entries.append(_entry(_special("tmpdir"), "write"))
        return entries + [
            {**_entry(_path(f"{self.cwd}/{name}"), "read"), "missing_path_behavior": "skip"}
            for name in _PROTECTED
        ]


def _entry(path: dict[str, Any], access: str) -> dict[str, Any]:
    return {"path": path, "access": access}


def _path(path: str) -> dict[str, Any]:
    return {"type": "path", "path": path}


def _special(kind: str) -> dict[str, Any]:
    return {"type": "special", "value": {"kind": kind}}


def _tag(entry: Mapping[str, Any]) -> str:
    path = entry["path"]
    if path["type"] == "special":
        return f'<entry access="{entry["access"]}"><special>:{path["value"]["kind"]}</special></entry>'
    return f'<entry access="{entry["access"]}"><path>{path["path"]}</path></entry>'
