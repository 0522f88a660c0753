"""Whether a Bash call may run.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.commands import (
    READS,
    WRITES,
    is_read_only,
    operands,
    unwrapped,
)
from pytest_tmuxagent.faces.claude.dangers import dangerous_flags, dangerous_removal
from pytest_tmuxagent.faces.claude.forms import (
    allowed_forms,
    changes_files,
    is_safe,
    matches_hidden,
    suggested_rule,
    targets,
)
from pytest_tmuxagent.faces.claude.patterns import matches_command
from pytest_tmuxagent.faces.claude.shell import parse
from pytest_tmuxagent.faces.claude.verdicts import (
    Verdict,
    add_directories,
    add_rules,
    allow,
    ask,
    ask_by_rule,
    read_folder,
    set_mode,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.grants import Grants
    from pytest_tmuxagent.faces.claude.shell import Line, Part

_REQUIRES = "This command requires approval"
_BACKGROUND = (
    "This command uses the `&` background operator, which defers execution past approval-time safety checks."
    " Approve only if you trust it."
)
_CD_AND_GIT = (
    "This command changes directory before running git, which can execute untrusted hooks from the target"
    " directory. Approve only if you trust it."
)
_CD_TWICE = "Multiple directory changes in one command require approval for clarity"
_CD_AND_WRITE = (
    "Compound command contains cd with write operation"
    " - manual approval required to prevent path resolution bypass"
)
_CD_AND_WRITE_SAID = (
    "Commands that change directories and perform write operations require explicit approval to ensure paths"
    " are evaluated correctly. For security, Claude Code cannot automatically determine the final working"
    " directory when 'cd' is used in compound commands."
)
_GLOB = "Glob patterns are not allowed in write operations. Please specify an exact file path."
_TRAVERSAL = (
    "Path contains '..' traversal after a directory segment, which may follow a symlink outside the working"
    " directory"
)
_REDIRECTION = "Output redirection to"


class Judge:
    """Judges one command line against what is granted."""

    __slots__ = ("_command", "_grants", "_line")

    def __init__(self, command: str, grants: Grants) -> None:
        self._command = command.strip()
        self._grants = grants
        self._line: Line = parse(command)

    def by_rule(self) -> Verdict | None:
        """Give the verdict that holds in every mode: by a deny or ask rule, or for a dangerous removal."""
        if self._is_denied():
            return Verdict(
                "deny",
                message=f"Permission to use Bash with command {self._denied_text()} has been denied.",
                reason_type="rule",
            )
        rule = self._matching("ask")
        if rule is not None:
            return ask_by_rule("Bash", f"Bash({rule})")
        return dangerous_removal(self._line.parts, self._grants)

    def verdict(self) -> Verdict:
        """Judge what no rule for all of Bash has decided."""
        redirects = any(targets(part) for part in self._line.parts)
        if self._command in self._grants.contents("allow", "Bash") and not redirects:
            return allow("rule")
        if self._line.problem:
            return ask(self._line.problem)
        return self._whole() or self._combined()

    def in_background(self) -> Verdict | None:
        return ask(_BACKGROUND, reason_type="safetyCheck") if self._line.background else None

    def _is_denied(self) -> bool:
        return self._matching("deny") is not None or any(
            self._grants.covers_path("deny", tool, path)
            for part in self._line.parts
            for path, tool in self._paths(part)
        )

    def _denied_text(self) -> str:
        """Give the command that is named as denied: of a pipe, the one that the rule is about."""
        contents = list(self._grants.contents("deny", "Bash"))
        for part in self._line.parts if self._line.piped else ():
            if any(matches_hidden(content, part) for content in contents):
                return part.text
        return self._command

    def _matching(self, behavior: str) -> str | None:
        """Give what stands in the first rule that takes the line or one of its commands."""
        parts = () if self._line.problem else self._line.parts
        for content in self._grants.contents(behavior, "Bash"):
            if matches_command(content, self._command) or any(
                matches_hidden(content, part) for part in parts
            ):
                return content
        return None

    def _paths(self, part: Part) -> Iterator[tuple[str, str]]:
        """Give the paths a command touches, each with the tool whose rules hold for it."""
        words = unwrapped(part.values)
        if words and words[0] in READS:
            yield from ((self._grants.resolve(word), "Read") for word in operands(words))
        if words and words[0] in WRITES:
            yield from ((self._grants.resolve(word), "Edit") for word in operands(words))
        yield from ((self._grants.resolve(target), "Edit") for target in targets(part))

    def _whole(self) -> Verdict | None:
        """Judge what concerns more than one command."""
        names = [part.values[0] for part in self._line.parts if part.values]
        if names.count("cd") > 1:
            return ask(_CD_TWICE)
        if "cd" in names and "git" in names[names.index("cd") :] and self._line.parts[0].values[1:] != ["."]:
            return ask(_CD_AND_GIT)
        if "cd" in names and any(changes_files(part) for part in self._line.parts):
            suggestions = [add_rules([self._whole_rule()]), set_mode("acceptEdits")]
            if self._grants.mode != "default":
                suggestions = []
            return ask(_CD_AND_WRITE, message=_CD_AND_WRITE_SAID, suggestions=suggestions)
        return None

    def _combined(self) -> Verdict:
        asked = [
            (part, verdict) for part in self._line.parts if (verdict := self._part(part)).behavior != "allow"
        ]
        if not asked:
            return self.in_background() or allow()
        if len(self._line.parts) == 1 or (len(asked) == 1 and asked[0][1].blocked_path):
            return self._within_pipe(asked[0][1])
        parts = "part requires" if len(asked) == 1 else "parts require"
        said = f"This Bash command contains multiple operations. The following {parts} approval: "
        return ask(
            _REQUIRES if any(verdict.reason for _, verdict in asked) else "",
            message=said + ", ".join(part.text for part, _ in asked),
            reason_type="subcommandResults",
            suggestions=_joined(asked, piped=self._line.piped),
        )

    def _within_pipe(self, verdict: Verdict) -> Verdict:
        if self._line.piped and verdict.blocked_path:
            verdict.reason_type, verdict.blocked_path = "subcommandResults", ""
        return verdict

    def _part(self, part: Part) -> Verdict:
        words = unwrapped(part.values)
        found = dangerous_flags(part.values) or self._reading(words) or self._writing(part, words)
        if found is not None and (found.reason_type or not self._is_plain(found)):
            return found
        if any(
            matches_command(content, text)
            for content in self._grants.contents("allow", "Bash")
            for text in allowed_forms(part)
        ):
            return allow("rule")
        if found is not None:
            return found
        if words and words[0] in WRITES and self._grants.mode == "acceptEdits" and is_safe(part.assignments):
            return allow("mode")
        if is_read_only(part.values) and (is_safe(part.assignments) or not part.values):
            return allow()
        return ask(_REQUIRES, suggestions=[add_rules([suggested_rule(part.text)])])

    def _is_plain(self, verdict: Verdict) -> bool:
        """Tell whether a verdict is only about a change inside the folders: a rule may allow that."""
        redirected = verdict.message.startswith(_REDIRECTION)
        return bool(verdict.blocked_path) and not redirected and self._is_inside(verdict.blocked_path)

    def _reading(self, words: Sequence[str]) -> Verdict | None:
        name = words[0] if words else ""
        reads = name in READS or (name == "sed" and is_read_only(words))
        found = (self._read(name, word) for word in operands(words)) if reads else ()
        return next((verdict for verdict in found if verdict is not None), None)

    def _writing(self, part: Part, words: Sequence[str]) -> Verdict | None:
        """Judge the files one command changes: the gravest first."""
        name = words[0] if words else ""
        found = []
        if name in WRITES and not (name == "sed" and is_read_only(words)):
            found = [self._write(word, f"{name} in", WRITES[name], modes=True) for word in operands(words)]
        found += [
            self._write(target, _REDIRECTION, "write to files in", modes=False) for target in targets(part)
        ]
        asked = [verdict for verdict in found if verdict is not None]
        grave = [
            verdict for verdict in asked if verdict.reason_type or not self._is_inside(verdict.blocked_path)
        ]
        return next(iter(grave or asked), None)

    def _is_inside(self, word: str) -> bool:
        return self._grants.is_inside(self._grants.resolve(word))

    def _read(self, name: str, word: str) -> Verdict | None:
        path = self._grants.resolve(word)
        if self._grants.is_inside(path) or self._grants.covers_path("allow", "Read", path):
            return None
        folder = path if self._grants.is_directory(path) else path.rpartition("/")[0]
        suggestions = (
            [add_rules([self._whole_rule()]), read_folder(folder)] if folder not in ("", "/") else []
        )
        does = READS.get(name) or WRITES[name]
        if _traverses(word):
            return ask(_TRAVERSAL, suggestions=suggestions, blocked_path=word)
        return self._ask_path(f"{name} in", path, does, suggestions=suggestions)

    def _write(self, word: str, what: str, does: str, *, modes: bool) -> Verdict | None:
        path = self._grants.resolve(word)
        folder = path if self._grants.is_directory(path) else path.rpartition("/")[0] or "/"
        suggestions = [add_rules([self._whole_rule()]), add_directories([folder])]
        if modes and self._grants.mode == "default":
            suggestions.append(set_mode("acceptEdits"))
        if "*" in word or "?" in word:
            return ask(_GLOB, suggestions=suggestions[:2], blocked_path=word)
        if _traverses(word) and not self._grants.is_inside(path):
            return ask(_TRAVERSAL, suggestions=suggestions, blocked_path=word)
        kept = self._grants.protection(path, by_redirection=not modes)
        if kept:
            return ask(kept, reason_type="safetyCheck", suggestions=suggestions, blocked_path=path)
        if self._grants.covers_path("allow", "Edit", path):
            return None
        if self._grants.mode == "acceptEdits" and self._grants.is_inside(path):
            return None
        return self._ask_path(what, path, does, suggestions=suggestions)

    def _ask_path(self, what: str, path: str, does: str, *, suggestions: list[dict[str, Any]]) -> Verdict:
        folders = ", ".join(f"'{folder}'" for folder in self._grants.folders)
        message = (
            f"{what} '{path}' was blocked. For security, Claude Code may only {does} the allowed working"
            f" directories for this session: {folders}."
        )
        return Verdict("ask", message=message, suggestions=suggestions, blocked_path=path)

    def _whole_rule(self) -> tuple[str, str]:
        return suggested_rule(self._command)


def _joined(asked: Sequence[tuple[Part, Verdict]], *, piped: bool) -> list[dict[str, Any]]:
    """Suggest one thing for all the commands of a line; those of a pipe each keep their own."""
    rules = list(dict.fromkeys(suggested_rule(part.text) for part, verdict in asked if not _reads(verdict)))
    folders = [suggestion for _, verdict in asked for suggestion in _reads(verdict)]
    together = [add_rules([rule]) for rule in rules] if piped else [add_rules(rules)] if rules else []
    return [*folders, *together]


def _reads(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        suggestion
        for suggestion in verdict.suggestions
        if suggestion["type"] == "addRules" and suggestion["destination"] == "session"
    ]


def _traverses(word: str) -> bool:
    """Tell whether `..` comes after the name of a folder."""
    segments = [segment for segment in word.split("/") if segment not in ("", ".")]
    return ".." in segments and segments[0] != ".."
