"""Shell commands that no rule can allow beforehand: removals of what matters, and hidden programs.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.commands import FIND_DANGERS, JQ_DANGERS, operands, unwrapped
from pytest_tmuxagent.faces.claude.patterns import is_within
from pytest_tmuxagent.faces.claude.verdicts import Verdict, ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tmuxagent.faces.claude.grants import Grants
    from pytest_tmuxagent.faces.claude.shell import Part

_CRITICAL = "a critical system directory"
_WORKSPACE = (
    "a workspace directory (the working directory, an additional working directory, or one of their parent"
    " directories)"
)
_TOP_FOLDERS = frozenset(
    [
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/opt",
        "/proc",
        "/root",
        "/sbin",
        "/sys",
        "/tmp",
        "/usr",
        "/var",
    ]
)
_JQ = "jq command contains dangerous flags that could execute code or read arbitrary files"


def dangerous_removal(parts: Sequence[Part], grants: Grants) -> Verdict | None:
    """Find a removal of a system folder, the home, or a folder the session works in."""
    for part in parts:
        words = unwrapped(part.values)
        if not words or words[0] not in ("rm", "rmdir"):
            continue
        for word in operands(words):
            path = grants.resolve(word)
            kind = _removed(path, grants)
            if kind:
                return _removal(words[0], path, kind)
    return None


def _removed(path: str, grants: Grants) -> str:
    folder = path[:-2] or "/" if path.endswith("/*") else path
    if folder in _TOP_FOLDERS or folder == grants.home:
        return _CRITICAL
    return _WORKSPACE if any(is_within(own, folder) for own in grants.folders) else ""


def _removal(name: str, path: str, kind: str) -> Verdict:
    place = "critical path" if kind == _CRITICAL else "working directory or its ancestor"
    message = (
        f"Dangerous {name} operation detected: '{path}'\n\nThis command would remove {kind}."
        " This requires explicit approval and cannot be auto-allowed by permission rules."
    )
    return ask(f"Dangerous {name} operation on {place}: {path}", message=message, reason_type="safetyCheck")


def dangerous_flags(words: Sequence[str]) -> Verdict | None:
    name = words[0] if words else ""
    if name == "find":
        for word in words[1:]:
            if word in FIND_DANGERS:
                return ask(
                    f"find with '{word}' executes commands or modifies files — cannot be auto-allowed by a"
                    " Bash(find:*) prefix rule"
                )
    if name == "jq" and not JQ_DANGERS.isdisjoint(words):
        return ask(_JQ)
    if name == "watch":
        return ask("'watch' runs its argument as a command — cannot be statically analyzed")
    return None
