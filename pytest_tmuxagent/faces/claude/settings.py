"""Claude Code's settings: many files become one, and what is asked before a session begins.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.options import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments

TRUST, API_KEY, BYPASS = "trust", "api_key", "bypass"

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_|, ")
_WITHOUT_MATCHER = frozenset(["Stop", "UserPromptSubmit"])
_FILES = ("user", "project", "local")
_KEY_CHARACTERS = 20


class Hook:
    """One hook of the settings: `timeout` in seconds; `command` for a shell, or the `url` to post to."""

    __slots__ = ("command", "headers", "kind", "matcher", "timeout", "url")

    def __init__(self, matcher: str, entry: Mapping[str, Any]) -> None:
        self.matcher = matcher
        self.kind: str = entry["type"]
        self.command = _text(entry.get("command"))
        self.url = _text(entry.get("url"))
        self.headers = {str(key): str(value) for key, value in _object(entry.get("headers")).items()}
        timeout = entry.get("timeout")
        self.timeout = float(timeout) if isinstance(timeout, (int, float)) and timeout > 0 else None


class Settings:
    """The settings of one session; `merged` has them all as they were written."""

    __slots__ = (
        "additional_directories",
        "allow",
        "api_key_helper",
        "ask",
        "default_mode",
        "deny",
        "environment",
        "hooks",
        "merged",
        "skip_bypass_question",
    )

    def __init__(self, merged: dict[str, Any]) -> None:
        permissions = _object(merged.get("permissions"))
        self.merged = merged
        self.allow = _texts(permissions.get("allow"))
        self.ask = _texts(permissions.get("ask"))
        self.deny = _texts(permissions.get("deny"))
        self.default_mode = _text(permissions.get("defaultMode"))
        self.additional_directories = _texts(permissions.get("additionalDirectories"))
        self.api_key_helper = _text(merged.get("apiKeyHelper"))
        self.skip_bypass_question = merged.get("skipDangerousModePermissionPrompt") is True
        self.environment = {key: str(value) for key, value in _object(merged.get("env")).items()}
        self.hooks = {} if merged.get("disableAllHooks") is True else _hooks(_object(merged.get("hooks")))

    def hooks_for(self, event: str, subject: str | None = None) -> list[Hook]:
        """Give the hooks of an event, each command once.

        `subject` is what matchers look at: the tool's name, the source of a SessionStart, the reason of a
        SessionEnd, the type of a Notification; None where the event has none.
        """
        found: dict[tuple[str, str], Hook] = {}
        for hook in self.hooks.get(event, []):
            if subject is None or event in _WITHOUT_MATCHER or matches(hook.matcher, subject):
                found.setdefault((hook.kind, hook.command or hook.url), hook)
        return list(found.values())

    def add_callbacks(self, hooks: Mapping[str, Any]) -> None:
        """Take in hooks that are functions of who drives the CLI, each event's after those of the files."""
        for event, groups in hooks.items():
            self.hooks[event] = [*self.hooks.get(event, []), *_callbacks(groups)]


def _callbacks(groups: object) -> Iterator[Hook]:
    for group in groups if isinstance(groups, list) else ():
        given = _object(group)
        ids = given.get("hookCallbackIds")
        for name in _texts(ids):
            entry = {"type": "callback", "command": name, "timeout": given.get("timeout")}
            yield Hook(_text(given.get("matcher")), entry)


def merge(sources: Sequence[object]) -> Settings:
    """Make one of the settings files' values, the weakest first: user, project, local, `--settings`.

    Lists are joined, objects merged, and of other values the last one counts. What is no object is skipped,
    and so is all of a file whose hooks or permissions are malformed: in print mode the CLI passes over it in
    silence. Give {} for a file that is missing: a pattern such as `/src/**` begins at the folder of its file,
    which for the first is `~/.claude`.
    """
    merged: dict[str, Any] = {}
    for index, source in enumerate(sources):
        if isinstance(source, dict) and _is_valid(source):
            merged = _merged(merged, source if index else _anchored(source))
    return Settings(merged)


def select(sources: Sequence[dict[str, Any]], arguments: Arguments) -> list[dict[str, Any]]:
    """Leave of the user's, the project's and the local settings those that `--setting-sources` names."""
    wanted = arguments.setting_sources
    return [
        source if wanted is None or name in wanted else {}
        for name, source in zip(_FILES, sources, strict=False)
    ]


def _is_valid(source: Mapping[str, Any]) -> bool:
    permissions, hooks = source.get("permissions", {}), source.get("hooks", {})
    if not isinstance(permissions, dict) or not isinstance(hooks, dict):
        return False
    rules = [permissions.get(behavior, []) for behavior in ("allow", "ask", "deny")]
    if any(not isinstance(listed, list) or len(_texts(listed)) != len(listed) for listed in rules):
        return False
    return all(
        isinstance(groups, list) and all(_is_group(group) for group in groups) for groups in hooks.values()
    )


def _is_group(group: object) -> bool:
    entries = _object(group).get("hooks")
    return isinstance(entries, list) and all(
        _text(_object(entry).get("type")) in ("command", "http", "prompt", "agent") for entry in entries
    )


def _anchored(source: Mapping[str, Any]) -> dict[str, Any]:
    """Write the patterns that begin at the user's settings file so that they begin at home."""
    permissions = source.get("permissions")
    if not isinstance(permissions, dict):
        return dict(source)
    anchored = dict(permissions)
    for behavior in ("allow", "ask", "deny"):
        if behavior in permissions:
            anchored[behavior] = [_anchored_rule(rule) for rule in permissions[behavior]]
    return {**source, "permissions": anchored}


def _anchored_rule(rule: object) -> object:
    if not isinstance(rule, str) or "(/" not in rule or "(//" in rule:
        return rule
    tool, _, content = rule.partition("(")
    return f"{tool}(~/.claude{content}" if tool in ("Edit", "Read") else rule


def _merged(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(weaker)
    for key, value in stronger.items():
        earlier = result.get(key)
        if isinstance(earlier, dict) and isinstance(value, dict):
            result[key] = _merged(earlier, value)
        elif isinstance(earlier, list) and isinstance(value, list):
            result[key] = [*earlier, *(entry for entry in value if entry not in earlier)]
        else:
            result[key] = value
    return result


def matches(matcher: str, subject: str) -> bool:
    """Tell whether a hook's matcher takes it: all, names between `|` or commas, or a regular expression."""
    if matcher in ("", "*"):
        return True
    if _NAME.issuperset(matcher):
        return subject in [name.strip() for name in matcher.replace(",", "|").split("|")]
    import re

    try:
        return re.search(matcher, subject) is not None
    except (re.error, RecursionError):
        return False


def _hooks(events: Mapping[str, Any]) -> dict[str, list[Hook]]:
    return {
        event: [
            Hook(_text(group.get("matcher")), entry)
            for group in _objects(groups)
            for entry in _objects(group.get("hooks"))
            if _is_hook(entry)
        ]
        for event, groups in events.items()
    }


def _is_hook(entry: Mapping[str, Any]) -> bool:
    needed = {"command": "command", "http": "url"}.get(_text(entry.get("type")))
    return needed is not None and bool(_text(entry.get(needed)))


def start_questions(
    config: Mapping[str, Any],
    settings: Settings,
    *,
    arguments: Arguments,
    environment: Mapping[str, str],
    cwd: str,
) -> list[str]:
    """Give the dialogs that come up before the input box, in their order; none in print mode."""
    if arguments.headless:
        return []
    questions = []
    if environment.get("CLAUDE_CODE_SANDBOXED") != "1" and not is_trusted(config, cwd):
        questions.append(TRUST)
    if _key_is_unknown(config, environment.get("ANTHROPIC_API_KEY", "")):
        questions.append(API_KEY)
    bypasses = (
        starting_mode(settings, arguments) == "bypassPermissions"
        or "--allow-dangerously-skip-permissions" in arguments.given
    )
    if bypasses and not settings.skip_bypass_question and not config.get("bypassPermissionsModeAccepted"):
        questions.append(BYPASS)
    return questions


def answered(
    config: Mapping[str, Any], question: str, *, accepted: bool, cwd: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Give `.claude.json` as it is after a dialog was answered; that of bypass leaves it as it was."""
    changed = dict(config)
    if question == TRUST and accepted:
        projects = dict(_object(config.get("projects")))
        projects[cwd] = {**_new_project(), **_object(projects.get(cwd)), "hasTrustDialogAccepted": True}
        changed["projects"] = projects
    elif question == API_KEY:
        responses = _object(config.get("customApiKeyResponses"))
        answers = {name: _texts(responses.get(name)) for name in ("approved", "rejected")}
        answers["approved" if accepted else "rejected"].append(key_ending(environment))
        changed["customApiKeyResponses"] = answers
    return changed


def with_bypass_accepted(user_settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give `~/.claude/settings.json` as it is after the bypass dialog was accepted."""
    return {**user_settings, "skipDangerousModePermissionPrompt": True}


def _new_project() -> dict[str, Any]:
    return {
        "allowedTools": [],
        "mcpContextUris": [],
        "mcpServers": {},
        "enabledMcpjsonServers": [],
        "disabledMcpjsonServers": [],
        "hasTrustDialogAccepted": False,
        "projectOnboardingSeenCount": 0,
        "hasClaudeMdExternalIncludesApproved": False,
        "hasClaudeMdExternalIncludesWarningShown": False,
    }


def is_trusted(config: Mapping[str, Any], cwd: str) -> bool:
    """Tell whether the folder or one above it is trusted."""
    projects, folder = _object(config.get("projects")), cwd
    while True:
        if _object(projects.get(folder)).get("hasTrustDialogAccepted") is True:
            return True
        if folder in ("/", ""):
            return False
        folder = folder.rpartition("/")[0] or "/"


def starting_mode(settings: Settings, arguments: Arguments) -> str:
    """Give the permission mode a session begins in."""
    if arguments.skip_permissions:
        return "bypassPermissions"
    mode = arguments.permission_mode or settings.default_mode
    return mode if mode in MODES else "default"


def key_ending(environment: Mapping[str, str]) -> str:
    """Give what is remembered of a key, and shown of it."""
    return environment.get("ANTHROPIC_API_KEY", "")[-_KEY_CHARACTERS:]


def _key_is_unknown(config: Mapping[str, Any], key: str) -> bool:
    responses = _object(config.get("customApiKeyResponses"))
    known = _texts(responses.get("approved")) + _texts(responses.get("rejected"))
    return bool(key) and key[-_KEY_CHARACTERS:] not in known


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
