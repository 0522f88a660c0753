"""What a session is granted: its rules, its folders, its mode."""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.patterns import Rule, is_within, matches_path, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SENSITIVE_FOLDERS = frozenset([".git", ".husky", ".idea", ".vscode"])
_OWN_FOLDERS = ("agents", "commands", "skills")
_SENSITIVE_FILES = frozenset(
    [
        ".bash_profile",
        ".bashrc",
        ".claude.json",
        ".gitconfig",
        ".gitmodules",
        ".mcp.json",
        ".npmrc",
        ".profile",
        ".ripgreprc",
        ".zprofile",
        ".zshrc",
    ]
)


class Grants:
    """The rules by behavior (`allow`, `ask`, `deny`), the folders, the mode, and how paths are read."""

    __slots__ = ("cwd", "folders", "home", "is_directory", "mode", "root", "rules")

    def __init__(
        self, *, cwd: str, home: str, mode: str, folders: Sequence[str], is_directory: Callable[[str], bool]
    ) -> None:
        self.cwd = cwd
        self.home = home
        self.mode = mode
        self.folders = [cwd]
        self.rules: dict[str, list[Rule]] = {"allow": [], "ask": [], "deny": []}
        self.is_directory = is_directory
        for folder in folders:
            self.add_folder(folder)

    def add_folder(self, folder: str) -> None:
        whole = self.resolve(folder)
        if whole not in self.folders:
            self.folders.append(whole)

    def add_rules(self, behavior: str, texts: Sequence[str]) -> None:
        self.rules[behavior] += [Rule(text) for text in texts]

    def resolve(self, path: str) -> str:
        return resolve(path, cwd=self.cwd, home=self.home)

    def is_inside(self, path: str) -> bool:
        """Tell whether a path lies in a folder the session may work in."""
        return any(is_within(path, folder) for folder in self.folders)

    def covers_tool(self, behavior: str, tool: str) -> bool:
        return any(rule.names(tool) for rule in self.rules[behavior])

    def contents(self, behavior: str, tool: str) -> Iterator[str]:
        """Give what the rules for a tool have in their parentheses."""
        for rule in self.rules[behavior]:
            if rule.tool == tool and rule.content is not None:
                yield rule.content

    def covers_path(self, behavior: str, tool: str, path: str) -> bool:
        """Tell whether a rule with a path pattern takes it; those of `Edit` are for all that writes."""
        return any(
            matches_path(content, path, cwd=self.cwd, home=self.home)
            for content in self.contents(behavior, tool)
        )

    def protection(self, path: str, *, by_redirection: bool = True) -> str:
        """Give what is asked before a file is changed that no mode and no folder opens; "" for others.

        The project's own settings are worded another way, unless a shell command changes them.
        """
        parts = path.split("/")
        own = path.startswith(f"{self.cwd}/.claude/")
        if own and by_redirection and (parts[-1].startswith("settings.") or parts[-2] in _OWN_FOLDERS):
            return f"Claude requested permissions to write to {path}, but you haven't granted it yet."
        if (
            parts[-1] in _SENSITIVE_FILES
            or not _SENSITIVE_FOLDERS.isdisjoint(parts)
            or ".claude" in parts[:-1]
        ):
            return f"Claude requested permissions to edit {path} which is a sensitive file."
        return ""
