"""The command line of `codex`: what it asks for, and what it refuses in which words.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.options import COMMANDS
from pytest_tmuxagent.faces.codex.usage import usage
from pytest_tmuxagent.stub.codex.clap import Reading, Refused, check_conflicts, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tmuxagent.faces.codex.options import Command

__all__ = ["VERSION", "Arguments", "Refused", "parse"]

VERSION = "0.169.0"
_ACCESS = ("--sandbox", "--approve-for-me", "--dangerously-bypass-approvals-and-sandbox")
_EXCLUSIVE = (
    frozenset(("--approve-for-me", "--sandbox")),
    frozenset(("--approve-for-me", "--dangerously-bypass-approvals-and-sandbox")),
    frozenset(("--approve-for-me", "--ask-for-approval")),
    frozenset(("--ask-for-approval", "--dangerously-bypass-approvals-and-sandbox")),
)
_LISTS = ("--config", "--enable", "--disable", "--image", "--add-dir")
_PLAIN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Arguments:
    """What the words on the command line ask for.

    `command` is one of "", "exec", "resume", "fork", "exec resume" and "exec fork"; `given` has the values of
    every option by its long name, those before a subcommand included. `prompt` is None where none was given;
    `session` is what was given as session id. `overrides` are the texts of `-c`, in order. `printed` is what
    is printed instead of running, or None.
    """

    __slots__ = (
        "add_dirs",
        "approval",
        "approves_for_me",
        "argv",
        "bypasses",
        "bypasses_hook_trust",
        "cd",
        "color",
        "command",
        "disabled",
        "enabled",
        "ephemeral",
        "every",
        "given",
        "ignores_config",
        "images",
        "json",
        "last",
        "last_message",
        "model",
        "no_alt_screen",
        "no_daemon",
        "oss",
        "overrides",
        "printed",
        "profile",
        "prompt",
        "provider",
        "sandbox",
        "schema",
        "session",
        "skips_git_check",
        "strict",
        "trusts",
        "with_exec",
        "worktree",
    )

    def __init__(self, command: str, given: dict[str, list[str]]) -> None:
        def last(name: str) -> str | None:
            return given[name][-1] if name in given else None

        self.argv: list[str] = []
        self.command = command
        self.given = given
        self.prompt: str | None = None
        self.session: str | None = None
        self.printed: str | None = None
        self.overrides = given.get("--config", [])
        self.enabled = given.get("--enable", [])
        self.disabled = given.get("--disable", [])
        self.strict = "--strict-config" in given
        self.images = given.get("--image", [])
        self.model = last("--model")
        self.oss = "--oss" in given
        self.provider = last("--local-provider")
        self.profile = last("--profile")
        self.sandbox = last("--sandbox")
        self.approval = last("--ask-for-approval")
        self.approves_for_me = "--approve-for-me" in given
        self.bypasses = "--dangerously-bypass-approvals-and-sandbox" in given
        self.bypasses_hook_trust = "--dangerously-bypass-hook-trust" in given
        self.cd = last("--cd")
        self.worktree = "--worktree" in given
        self.add_dirs = given.get("--add-dir", [])
        self.no_alt_screen = "--no-alt-screen" in given
        self.no_daemon = "--no-daemon" in given
        self.last = "--last" in given
        self.every = "--all" in given
        self.with_exec = "--include-non-interactive" in given
        self.skips_git_check = "--skip-git-repo-check" in given
        self.trusts = "--trust" in given
        self.ephemeral = "--ephemeral" in given
        self.ignores_config = "--ignore-user-config" in given
        self.schema = last("--output-schema")
        self.json = "--json" in given
        self.last_message = last("--output-last-message")
        self.color = last("--color") or "auto"

    @property
    def headless(self) -> bool:
        """Whether it is `exec`."""
        return self.command.startswith("exec")

    @property
    def resumes(self) -> bool:
        return self.command.endswith("resume")

    @property
    def forks(self) -> bool:
        return self.command.endswith("fork")


def parse(argv: Sequence[str]) -> Arguments:
    """Read the command line.

    Raises: Refused, with the CLI's own words and its exit status.
    """
    arguments = _read("", argv, given={}, prompt=None)
    arguments.argv = list(argv)
    return arguments


def _read(name: str, argv: Sequence[str], *, given: dict[str, list[str]], prompt: str | None) -> Arguments:
    """Read the words from the command's name on; `given` and `prompt` are what stood before it."""
    command = COMMANDS[name]
    reading = Reading(command, argv)
    if reading.stopped:
        return _printed(f"{command.version} {VERSION}" if reading.stopped == "--version" else usage(name))
    check_conflicts(command, reading.given, _EXCLUSIVE)
    _check_profile(reading.given.get("--profile", []))
    given = _merged(given, reading.given)
    if reading.subcommand:
        said = reading.words[0] if reading.words else prompt
        return _subcommand(name, reading, given=given, prompt=said)
    arguments = Arguments(command.name, given)
    _place_words(arguments, reading.words, prompt=prompt)
    return arguments


def _subcommand(name: str, reading: Reading, *, given: dict[str, list[str]], prompt: str | None) -> Arguments:
    if reading.subcommand == "help":
        return _printed(usage(_helped(name, reading.rest)))
    inner = _full_name(name, reading.subcommand)
    if inner not in COMMANDS:
        raise Refused(f"stub: `codex {inner}` is not played", status=1)
    return _read(inner, reading.rest, given=given, prompt=None if inner == "exec" else prompt)


def _helped(name: str, words: Sequence[str]) -> str:
    """Give the command that `help exec resume` is about."""
    for word in words:
        command = COMMANDS.get(name)
        if command is None or word not in command.subcommands:
            known = COMMANDS.get(name, COMMANDS[""])
            raise refusal(known, f"unrecognized subcommand '{word}'")
        name = _full_name(name, word)
    return name if name in COMMANDS else ""


def _full_name(outer: str, word: str) -> str:
    return f"{outer} {'exec' if word == 'e' else word}".lstrip()


def _printed(text: str) -> Arguments:
    arguments = Arguments("", {})
    arguments.printed = text
    return arguments


def _place_words(arguments: Arguments, words: Sequence[str], *, prompt: str | None) -> None:
    command = COMMANDS[arguments.command]
    placed = dict(zip(command.positionals, words))  # noqa: B905 - fewer words than places
    if "<SESSION_ID>" in command.positionals and not words:
        raise _nothing_to_fork(command)
    arguments.session = placed.get("[SESSION_ID]", placed.get("<SESSION_ID>"))
    arguments.prompt = placed.get("[PROMPT]")
    if arguments.last and arguments.prompt is None:
        arguments.session, arguments.prompt = None, arguments.session
    if arguments.prompt is None:
        arguments.prompt = prompt


def _nothing_to_fork(command: Command) -> Refused:
    said = "the following required arguments were not provided:\n  <SESSION_ID>"
    places = " ".join(command.positionals)
    return Refused(
        f"error: {said}\n\nUsage: codex {command.name} {places}\n\nFor more information, try '--help'."
    )


def _merged(outer: dict[str, list[str]], inner: dict[str, list[str]]) -> dict[str, list[str]]:
    """Lay the options of a subcommand over those before it; a choice of access replaces the other."""
    if any(name in inner for name in _ACCESS):
        outer = {name: values for name, values in outer.items() if name not in _ACCESS}
    added = {name: [*outer.get(name, []), *values] for name, values in inner.items() if name in _LISTS}
    return {**outer, **inner, **added}


def _check_profile(names: Sequence[str]) -> None:
    for name in names:
        if not name or not _PLAIN_NAME.issuperset(name):
            raise Refused(
                f"error: invalid value '{name}' for '--profile <CONFIG_PROFILE_V2>': invalid --profile value"
                f" `{name}`; pass a plain name such as `work`\n\nFor more information, try '--help'."
            )
