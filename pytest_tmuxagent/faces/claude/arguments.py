"""The command line of `claude`: what it asks for, and what it refuses in which words.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.commander import Reading, Refused, suggestion
from pytest_tmuxagent.faces.claude.options import COMMANDS
from pytest_tmuxagent.faces.claude.usage import USAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_HEX = frozenset("0123456789abcdefABCDEF")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_SOURCES = ("user", "project", "local")

__all__ = [
    "BLANK_PROMPT",
    "NOTHING_DEFERRED",
    "NO_PROMPT",
    "USAGE",
    "Arguments",
    "Refused",
    "is_uuid",
    "parse",
    "unknown_session",
]

NO_PROMPT = "Error: Input must be provided either through stdin or as a prompt argument when using --print"
BLANK_PROMPT = "Error: No messages returned from query"
NOTHING_DEFERRED = (
    "Error: No deferred tool marker found in the resumed session. Either the session was not deferred, the"
    " marker is stale (tool already ran), or it exceeds the tail-scan window. Provide a prompt to continue"
    " the conversation."
)


class Arguments:
    """What the words on the command line ask for.

    `given` has every option by its long name (`--allowedTools`, `--model`): True, its last value, or the
    list of its values. `resume` is None without `--resume`, "" when no session was named; `tools` is None
    when all are offered; `max_budget` is in dollars, `json_schema` as it was written; `command` holds the
    words of a subcommand such as `mcp list`. `warnings` are lines for stderr.
    """

    __slots__ = (
        "add_dirs",
        "allowed_tools",
        "append_system_prompt",
        "argv",
        "bare",
        "command",
        "disallowed_tools",
        "fork_session",
        "given",
        "headless",
        "include_hook_events",
        "include_partial_messages",
        "input_format",
        "json_schema",
        "keeps_session",
        "latest",
        "max_budget",
        "max_turns",
        "mcp_config",
        "model",
        "name",
        "output_format",
        "permission_mode",
        "prompt",
        "replay_user_messages",
        "resume",
        "session_id",
        "setting_sources",
        "settings",
        "show_usage",
        "show_version",
        "skip_permissions",
        "strict_mcp_config",
        "system_prompt",
        "tools",
        "verbose",
        "warnings",
    )

    def __init__(self, argv: list[str], given: dict[str, bool | str | list[str]], prompt: str) -> None:
        def value(name: str) -> str | None:
            found = given.get(name)
            return found if isinstance(found, str) else None if found is None else ""

        def values(name: str) -> list[str]:
            found = given.get(name)
            return found if isinstance(found, list) else []

        self.argv = argv
        self.given = given
        self.prompt = prompt
        self.command: list[str] = []
        self.warnings: list[str] = []
        self.headless = "--print" in given
        self.show_usage = "--help" in given
        self.show_version = "--version" in given
        self.latest = "--continue" in given
        self.resume = value("--resume")
        self.session_id = value("--session-id")
        self.fork_session = "--fork-session" in given
        self.keeps_session = "--no-session-persistence" not in given
        self.model = value("--model")
        self.name = value("--name")
        self.settings = value("--settings")
        self.setting_sources = _sources(value("--setting-sources"))
        self.system_prompt = value("--system-prompt")
        self.append_system_prompt = value("--append-system-prompt")
        self.mcp_config = values("--mcp-config")
        self.strict_mcp_config = "--strict-mcp-config" in given
        self.add_dirs = values("--add-dir")
        self.allowed_tools = split_rules(values("--allowedTools"))
        self.disallowed_tools = split_rules(values("--disallowedTools"))
        self.tools = split_rules(values("--tools")) if "--tools" in given else None
        self.permission_mode = value("--permission-mode")
        self.skip_permissions = "--dangerously-skip-permissions" in given
        self.output_format = value("--output-format") or "text"
        self.input_format = value("--input-format") or "text"
        self.include_partial_messages = "--include-partial-messages" in given
        self.include_hook_events = "--include-hook-events" in given
        self.replay_user_messages = "--replay-user-messages" in given
        self.verbose = "--verbose" in given
        self.bare = "--bare" in given
        self.max_turns = _positive(value("--max-turns"))
        self.max_budget = _budget(value("--max-budget-usd"))
        self.json_schema = value("--json-schema")


def parse(argv: Sequence[str], *, terminal: bool = True) -> Arguments:
    """Read the command line; `terminal` says that stdout is one (without it, the CLI prints and exits).

    Raises: Refused, with the CLI's own words and its exit status.
    """
    if argv and argv[0] in COMMANDS:
        return _subcommand(list(argv))
    reading = Reading(argv)
    arguments = Arguments(list(argv), reading.given, reading.words[0] if reading.words else "")
    if arguments.show_version or arguments.show_usage:
        return arguments
    if reading.unknown:
        raise Refused(f"error: unknown option '{reading.unknown}'{suggestion(reading.unknown)}")
    arguments.headless = arguments.headless or not terminal
    _check_session(arguments)
    _check_formats(arguments)
    _check_prompts(arguments)
    effort = arguments.given.get("--effort")
    if isinstance(effort, str) and effort not in _EFFORTS:
        arguments.warnings.append(
            f"Warning: Unknown --effort value '{effort}' — ignoring it and using the default effort."
            f" Valid values: {', '.join(_EFFORTS)}."
        )
    return arguments


def split_rules(words: Sequence[str]) -> list[str]:
    """Split `Bash(git *) Edit,Read` at the commas and spaces outside its parentheses."""
    rules = []
    for word in words:
        depth, rule = 0, ""
        for character in word:
            depth += (character == "(") - (character == ")")
            if depth <= 0 and character in ", ":
                rules.append(rule)
                depth, rule = 0, ""
            else:
                rule += character
        rules.append(rule)
    return [rule.strip() for rule in rules if rule.strip()]


def _check_session(arguments: Arguments) -> None:
    session = arguments.session_id
    if session is None:
        return
    resumes = arguments.latest or arguments.resume is not None
    if resumes and not arguments.fork_session:
        raise Refused(
            "Error: --session-id can only be used with --continue or --resume if --fork-session is also"
            " specified."
        )
    if not is_uuid(session):
        raise Refused("Error: Invalid session ID. Must be a valid UUID.")


def _check_formats(arguments: Arguments) -> None:
    streams_out = arguments.output_format == "stream-json"
    streams_in = arguments.input_format == "stream-json"
    if streams_in and not streams_out:
        raise Refused("Error: --input-format=stream-json requires output-format=stream-json.")
    if arguments.replay_user_messages and not (streams_in and streams_out):
        raise Refused(
            "Error: --replay-user-messages requires both --input-format=stream-json and"
            " --output-format=stream-json."
        )
    if arguments.include_partial_messages and not (arguments.headless and streams_out):
        raise Refused("Error: --include-partial-messages requires --print and --output-format=stream-json.")
    if arguments.headless and streams_out and not arguments.verbose:
        raise Refused("Error: When using --print, --output-format=stream-json requires --verbose")


def _check_prompts(arguments: Arguments) -> None:
    for name in ("--system-prompt", "--append-system-prompt"):
        if name in arguments.given and f"{name}-file" in arguments.given:
            raise Refused(f"Error: Cannot use both {name} and {name}-file. Please use only one.")
    if "--tmux" in arguments.given and "--worktree" not in arguments.given:
        raise Refused("Error: --tmux requires --worktree")
    if arguments.headless and arguments.resume == "":
        raise Refused(unknown_session(""))


def unknown_session(value: str) -> str:
    """Say that `--resume` in print mode names neither an id nor a title."""
    said = (
        "Error: --resume requires a valid session ID or session title when used with --print."
        " Usage: claude -p --resume <session-id|title>"
    )
    return (
        f'{said}. Provided value "{value}" is not a UUID and does not match any session title.'
        if value
        else said
    )


def is_uuid(text: str) -> bool:
    """Tell whether `--session-id` takes it: the form counts, not the version."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(_HEX.issuperset(part) for part in parts)


def _sources(value: str | None) -> list[str] | None:
    if value is None:
        return None
    sources = [source.strip() for source in value.split(",") if source.strip()]
    for source in sources:
        if source not in _SOURCES:
            raise Refused(
                f"Error processing --setting-sources: Invalid setting source: {source}."
                f" Valid options are: {', '.join(_SOURCES)}"
            )
    return sources


def _positive(value: str | None) -> int | None:
    """Read a number as the CLI does: what is none sets no limit."""
    whole = (value or "").partition(".")[0]
    return int(whole) if whole.isdecimal() and int(whole) else None


def _budget(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        dollars = float(value)
    except ValueError:
        dollars = 0.0
    if not 0 < dollars < float("inf"):
        raise Refused("error: --max-budget-usd must be a positive number greater than 0")
    return dollars


def _subcommand(argv: list[str]) -> Arguments:
    arguments = Arguments(argv, {}, "")
    arguments.command = argv
    arguments.show_usage = bool({"-h", "--help"}.intersection(argv))
    return arguments
