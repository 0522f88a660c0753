"""Which calls may run, which need a yes, which are refused.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude import always
from pytest_tmuxagent.faces.claude.bash import Judge
from pytest_tmuxagent.faces.claude.grants import Grants
from pytest_tmuxagent.faces.claude.options import MODES
from pytest_tmuxagent.faces.claude.settings import starting_mode
from pytest_tmuxagent.faces.claude.verdicts import (
    Verdict,
    add_directories,
    add_rules,
    allow,
    ask_by_rule,
    not_granted,
    read_folder,
    set_mode,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments
    from pytest_tmuxagent.faces.claude.settings import Settings

_WRITERS = {
    "Write": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
}
_READERS = {"Read": "file_path", "Glob": "path", "Grep": "path", "LS": "path"}
_ASKS = frozenset(["ExitPlanMode", "WebSearch"])
NO_WAY_ROUND = (
    "IMPORTANT: You *may* attempt to accomplish this action using other tools that might naturally be used to"
    " accomplish this goal, e.g. using head instead of cat. But you *should not* attempt to work around this"
    " denial in malicious ways, e.g. do not use your ability to run tests to execute non-test actions. You"
    " should only try to work around this restriction in reasonable ways that do not attempt to bypass the"
    " intent behind this denial. If you believe this capability is essential to complete the user's request,"
    " STOP and explain to the user what you were trying to do and why you need this permission. Let the user"
    " decide how to proceed."
)
_OUTSIDE = "Path is outside allowed working directories"
DENIED_PATH = "File is in a directory that is denied by your permission settings."
ROOT = "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons"


def root_refuses(arguments: Arguments, environment: Mapping[str, str], *, is_root: bool) -> bool:
    """Tell whether the CLI exits with ROOT on stderr and status 1."""
    sandboxed = environment.get("IS_SANDBOX") == "1" or bool(environment.get("CLAUDE_CODE_BUBBLEWRAP"))
    return (
        is_root
        and not sandboxed
        and (arguments.skip_permissions or arguments.permission_mode == "bypassPermissions")
    )


class Rules:
    """The permissions of a session: `decide` judges a call, `remember` does what "always" says."""

    __slots__ = ("_grants", "_may_bypass", "_tools")

    def __init__(
        self,
        settings: Settings,
        arguments: Arguments,
        *,
        cwd: str,
        home: str,
        is_directory: Callable[[str], bool] = lambda path: False,  # noqa: ARG005
    ) -> None:
        mode = starting_mode(settings, arguments)
        folders = [*arguments.add_dirs, *settings.additional_directories]
        self._grants = Grants(cwd=cwd, home=home, mode=mode, folders=folders, is_directory=is_directory)
        self._grants.add_rules("allow", [*settings.allow, *arguments.allowed_tools])
        self._grants.add_rules("ask", settings.ask)
        self._grants.add_rules("deny", [*settings.deny, *arguments.disallowed_tools])
        self._tools = arguments.tools
        self._may_bypass = (
            mode == "bypassPermissions" or "--allow-dangerously-skip-permissions" in arguments.given
        )

    @property
    def mode(self) -> str:
        return self._grants.mode

    def set_mode(self, mode: str) -> None:
        self._grants.mode = mode

    def cycle_mode(self) -> str:
        """Go to the next mode, as shift+tab does; give it."""
        bypass = ["bypassPermissions"] if self._may_bypass else []
        modes = ["default", "acceptEdits", "plan", *bypass, "auto"]
        at = modes.index(self.mode) if self.mode in modes else -1
        self._grants.mode = modes[(at + 1) % len(modes)]
        return self.mode

    def offers(self, tool: str) -> bool:
        """Tell whether the model is offered a tool: not one that is denied, nor one `--tools` leaves out."""
        if self._grants.covers_tool("deny", tool):
            return False
        return (
            self._tools is None or tool in self._tools or "default" in self._tools or tool.startswith("mcp__")
        )

    def decide(self, call: Mapping[str, Any]) -> Verdict:
        """Judge a call (`name` and `input` as the model gave them)."""
        verdict = self._decide(call["name"], call["input"])
        if verdict.behavior == "ask" and self.mode == "dontAsk":
            return Verdict(
                "deny",
                message=f"Permission to use {call['name']} has been denied because Claude Code is running in"
                " don't ask mode.",
                reason_type="mode",
            )
        if verdict.behavior == "ask":
            verdict.always = self._always(verdict, call["name"], call["input"])
        return verdict

    def remember(self, verdict: Verdict) -> list[str]:
        """Do what "always" promises; give the rules that `.claude/settings.local.json` is to hold."""
        return self.update(verdict.granted)

    def update(self, granted: Iterable[Mapping[str, Any]]) -> list[str]:
        """Take what is granted from now on, as suggestions spell it, and give the rules to be kept."""
        kept = []
        for grant in granted:
            kind, behavior = grant.get("type"), grant.get("behavior", "allow")
            if kind == "setMode":
                mode = grant.get("mode")
                self._grants.mode = mode if mode in MODES else self.mode
            elif kind == "addDirectories":
                for folder in grant.get("directories") or ():
                    self._grants.add_folder(folder)
            elif kind == "addRules" and behavior in ("allow", "ask", "deny"):
                texts = [_text(rule) for rule in grant.get("rules") or () if "toolName" in rule]
                self._grants.add_rules(behavior, texts)
                kept += texts if (behavior, grant.get("destination")) == ("allow", "localSettings") else []
        return kept

    def _always(self, verdict: Verdict, tool: str, given: Mapping[str, Any]) -> str | None:
        cwd = self._grants.cwd
        if tool == "Bash":
            return always.for_command(verdict, _word(given, "command"), cwd=cwd)
        if tool in _WRITERS:
            return always.for_writing(verdict, self._grants.resolve(_word(given, _WRITERS[tool])))
        if tool in _READERS:
            return always.for_reading(verdict)
        if tool == "WebFetch" and verdict.suggestions:
            return always.for_fetching(_domain(_word(given, "url")))
        return always.for_tool(verdict, tool, cwd=cwd)

    def _decide(self, tool: str, given: Mapping[str, Any]) -> Verdict:
        if self._grants.covers_tool("deny", tool):
            return Verdict("deny", message=f"Permission to use {tool} has been denied.", reason_type="rule")
        if self._grants.covers_tool("ask", tool):
            return ask_by_rule(tool, tool)
        if tool == "Bash":
            return self._bash(_word(given, "command"))
        if tool in _WRITERS:
            return self._write(tool, _word(given, _WRITERS[tool]))
        if tool in _READERS:
            return self._read(tool, _word(given, _READERS[tool]))
        if tool == "WebFetch":
            return self._fetch(_word(given, "url"))
        return self._other(tool)

    def _is_free(self, tool: str) -> bool:
        return self.mode in ("bypassPermissions", "auto") or self._grants.covers_tool("allow", tool)

    def _bash(self, command: str) -> Verdict:
        judge = Judge(command, self._grants)
        found = judge.by_rule()
        if found is not None:
            return found
        if self.mode in ("bypassPermissions", "auto"):
            return allow("mode")
        if self._grants.covers_tool("allow", "Bash"):
            return judge.in_background() or allow("rule")
        return judge.verdict()

    def _write(self, tool: str, given: str) -> Verdict:
        path = self._grants.resolve(given)
        if self._grants.covers_path("deny", "Edit", path):
            return Verdict("deny", message=DENIED_PATH, reason_type="rule")
        message = f"Claude requested permissions to write to {path}, but you haven't granted it yet."
        if self._grants.covers_path("ask", "Edit", path):
            return Verdict("ask", message=message, reason_type="rule", suggestions=self._edits(path))
        if self.mode in ("bypassPermissions", "auto"):
            return allow("mode")
        kept = self._grants.protection(path)
        if kept:
            return Verdict(
                "ask", message=kept, reason=kept, reason_type="safetyCheck", suggestions=self._edits(path)
            )
        if self.mode == "plan":
            return Verdict("ask", message=f"Cannot write to {path} while in plan mode.", reason_type="mode")
        if self._grants.covers_tool("allow", tool) or self._grants.covers_path("allow", "Edit", path):
            return allow("rule")
        if self._grants.is_inside(path):
            if self.mode == "acceptEdits":
                return allow("mode")
            return Verdict("ask", message=message, suggestions=self._edits(path))
        return Verdict(
            "ask", message=message, reason=_OUTSIDE, reason_type="workingDir", suggestions=self._edits(path)
        )

    def _edits(self, path: str) -> list[dict[str, Any]]:
        """Suggest what would open a file for writing."""
        folder = path.rpartition("/")[0] or "/"
        mode = [set_mode("acceptEdits")] if self.mode != "acceptEdits" else []
        return [*mode, *([] if self._grants.is_inside(path) else [add_directories([folder])])]

    def _read(self, tool: str, given: str) -> Verdict:
        path = self._grants.resolve(given)
        if self._grants.covers_path("deny", "Read", path):
            return Verdict("deny", message=DENIED_PATH, reason_type="rule")
        message = f"Claude requested permissions to read from {path}, but you haven't granted it yet."
        if self._grants.covers_path("ask", "Read", path):
            return Verdict("ask", message=message, reason_type="rule")
        if self._is_free(tool) or self._grants.is_inside(path):
            return allow()
        if any(self._grants.covers_path("allow", kind, path) for kind in ("Read", "Edit")):
            return allow("rule")
        folder = path if self._grants.is_directory(path) else path.rpartition("/")[0]
        return Verdict(
            "ask",
            message=message,
            reason=_OUTSIDE,
            reason_type="workingDir",
            suggestions=[read_folder(folder)] if folder not in ("", "/") else [],
        )

    def _fetch(self, url: str) -> Verdict:
        domain = f"domain:{_domain(url)}"
        for behavior in ("deny", "ask", "allow"):
            if {domain, "domain:*"}.isdisjoint(self._grants.contents(behavior, "WebFetch")):
                continue
            if behavior == "deny":
                return Verdict("deny", message=f"WebFetch denied access to {domain}.", reason_type="rule")
            return allow("rule") if behavior == "allow" else ask_by_rule("WebFetch", f"WebFetch({domain})")
        if self._is_free("WebFetch"):
            return allow()
        return Verdict(
            "ask", message=not_granted("WebFetch"), suggestions=[add_rules([("WebFetch", domain)])]
        )

    def _other(self, tool: str) -> Verdict:
        if tool == "AskUserQuestion":
            return Verdict("ask", message=not_granted(tool))
        if self._is_free(tool) or not (tool in _ASKS or tool.startswith("mcp__")):
            return allow()
        return Verdict("ask", message=not_granted(tool), suggestions=[add_rules([(tool, None)])])


def _text(rule: Mapping[str, str]) -> str:
    content = rule.get("ruleContent")
    return rule["toolName"] if content is None else f"{rule['toolName']}({content})"


def _domain(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()


def _word(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""
