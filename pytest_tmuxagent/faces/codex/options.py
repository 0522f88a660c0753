"""The options and subcommands of `codex`: names, what follows them, what they allow.

Source: Codex CLI 0.169.0, `--help` of each command and its shell completion, hidden ones included.
"""

from __future__ import annotations

SANDBOXES = ("read-only", "workspace-write", "danger-full-access")
APPROVALS = ("on-request", "never")


class Option:
    """One option: the names it goes by, how its errors call it, what it takes.

    `takes` is empty for a switch, `many` says that more words than one may follow.
    """

    __slots__ = ("choices", "hidden", "many", "name", "names", "repeats", "takes", "words")

    def __init__(
        self,
        label: str,
        words: str,
        *,
        choices: tuple[str, ...] = (),
        repeats: bool = False,
        also: tuple[str, ...] = (),
        hidden: bool = False,
    ) -> None:
        head, _, value = label.partition(" <")
        self.names = (*head.split(", "), *also)
        self.name = next(name for name in self.names if name.startswith("--"))
        self.takes = f"<{value}" if value else ""
        self.many = value.endswith("...")
        self.words = words
        self.choices = choices
        self.repeats = repeats or self.many
        self.hidden = hidden

    @property
    def shown(self) -> str:
        """Give the option as error messages call it."""
        return f"{self.name} {self.takes}" if self.takes else self.name


class Command:
    """One command: its options, the names of what stands bare, its usage lines."""

    __slots__ = ("by_name", "name", "options", "positionals", "subcommands", "version", "words")

    def __init__(
        self,
        name: str,
        words: str,
        options: tuple[Option, ...],
        *,
        positionals: tuple[str, ...],
        subcommands: tuple[str, ...] = (),
        version: str = "",
    ) -> None:
        self.name = name
        self.words = words
        self.options = (*options, _HELP, *((_VERSION,) if version else ()))
        self.positionals = positionals
        self.subcommands = subcommands
        self.version = version
        self.by_name = {name: option for option in self.options for name in option.names}

    def usage(self, similar: str = "") -> str:
        """Give the usage line; where an option is `similar` to the one that is wrong, it is shown."""
        called = f"codex {self.name}".rstrip()
        if self.subcommands:
            return f"Usage: {called} [OPTIONS] [PROMPT]\n       {called} [OPTIONS] <COMMAND> [ARGS]"
        options = self.by_name[similar].shown if similar else "[OPTIONS]"
        return f"Usage: {called} {options} {' '.join(self.positionals)}"


_HELP = Option("-h, --help", "Print help")
_VERSION = Option("-V, --version", "Print version")
_CONFIG = (
    Option("-c, --config <key=value>", "Set a key of config.toml, its value in TOML", repeats=True),
    Option("--enable <FEATURE>", "As -c features.<name>=true", repeats=True),
    Option("--disable <FEATURE>", "As -c features.<name>=false", repeats=True),
    Option("--strict-config", "Refuse a config.toml with unknown keys"),
)
_REMOTE = (
    Option("--remote <ADDR>", "Connect to an app server"),
    Option("--remote-auth-token-env <ENV_VAR>", "Variable with the token of that server"),
)
_BYPASS = Option(
    "--dangerously-bypass-approvals-and-sandbox", "Ask nothing, and no sandbox", also=("--yolo",)
)
_IMAGE = Option("-i, --image <FILE>...", "Images for the first prompt")
_MODEL = Option("-m, --model <MODEL>", "The model")
_HOOK_TRUST = Option("--dangerously-bypass-hook-trust", "Run hooks that nobody has trusted")
_WORKTREE = Option("--worktree", "Work in a new git worktree")
_SHARED = (
    _IMAGE,
    _MODEL,
    Option("--oss", "Use a local model"),
    Option("--local-provider <OSS_PROVIDER>", "lmstudio or ollama"),
    Option("-p, --profile <CONFIG_PROFILE_V2>", "Lay <name>.config.toml over config.toml"),
    Option("-s, --sandbox <SANDBOX_MODE>", "What commands may do", choices=SANDBOXES),
    Option("--approve-for-me", "Have a model decide on approvals"),
    _BYPASS,
    _HOOK_TRUST,
    Option("-C, --cd <DIR>", "The folder to work in"),
    _WORKTREE,
    Option("--add-dir <DIR>", "A further folder that may be written", repeats=True),
)
_TERMINAL = (
    *_REMOTE,
    *_SHARED,
    Option("-a, --ask-for-approval <APPROVAL_POLICY>", "When a person is asked", choices=APPROVALS),
    Option("--search", "Let the model search the web"),
    Option("--no-alt-screen", "Leave the scrollback of the terminal alone"),
    Option("--no-daemon", "Without the shared server in the background"),
)
_RUN = (
    Option("--thread-source <SOURCE>", "What is recorded as the source of the thread"),
    Option(
        "--cyber-access-program <PROGRAM>",
        "A program of the vendor",
        choices=("standard", "daybreak_blue", "daybreak_red"),
    ),
    Option("--skip-git-repo-check", "Run outside a git repository, too"),
    Option("--trust", "Trust this project from now on"),
    Option("--ephemeral", "Keep no session on disk"),
    Option("--ignore-user-config", "Do not read config.toml"),
    Option("--ignore-rules", "Do not read .rules files"),
    Option("--output-schema <FILE>", "JSON Schema of the last answer"),
    Option("--json", "Print events, one JSON object a line", also=("--experimental-json",)),
    Option("-o, --output-last-message <FILE>", "File for the last answer"),
)
_COLOR = Option("--color <COLOR>", "Colours of the output", choices=("always", "never", "auto"))
_AGAIN = (_MODEL, _BYPASS, _HOOK_TRUST, _WORKTREE, *_RUN)
_LAST = Option("--last", "The newest session")
_ALL = Option("--all", "Sessions of all folders")
_NOT_INTERACTIVE = Option("--include-non-interactive", "Sessions of `exec`, too")
_ONE_IMAGE = Option("-i, --image <FILE>", "Image for the prompt", repeats=True)

OTHERS = (
    "agents",
    "review",
    "login",
    "logout",
    "mcp",
    "plugin",
    "app-server",
    "remote-control",
    "completion",
    "update",
    "doctor",
    "sandbox",
    "debug",
    "apply",
    "a",
    "queue",
    "archive",
    "delete",
    "migrate-rollouts",
    "migrate-nfs-db",
    "unarchive",
    "cloud",
    "exec-server",
    "features",
)
HIDDEN = (
    "tcp-tunnel",
    "git-credential",
    "execpolicy",
    "responses-api-proxy",
    "stdio-to-uds",
)
_ID = ("[SESSION_ID]", "[PROMPT]")

COMMANDS = {
    command.name: command
    for command in (
        Command(
            "",
            "A stand-in for Codex CLI; its answers come from a script.",
            (*_CONFIG, *_TERMINAL),
            positionals=("[PROMPT]",),
            subcommands=("exec", "e", "resume", "fork", *OTHERS, *HIDDEN, "help"),
            version="codex-cli",
        ),
        Command(
            "exec",
            "Run one prompt without a terminal.",
            (*_CONFIG, *_SHARED, *_RUN, _COLOR),
            positionals=("[PROMPT]",),
            subcommands=("resume", "fork", "review", "help"),
            version="codex-cli-exec",
        ),
        Command(
            "resume",
            "Go on with a session: the named one, the newest, or one that is picked.",
            (*_CONFIG, _LAST, _ALL, _NOT_INTERACTIVE, *_TERMINAL),
            positionals=_ID,
            version="codex-cli-resume",
        ),
        Command(
            "fork",
            "Begin a session with the past of another one.",
            (*_CONFIG, _LAST, _ALL, *_TERMINAL),
            positionals=_ID,
            version="codex-cli-fork",
        ),
        Command(
            "exec resume",
            "Go on with a session without a terminal.",
            (*_CONFIG, _LAST, _ALL, _ONE_IMAGE, *_AGAIN),
            positionals=_ID,
        ),
        Command(
            "exec fork",
            "Begin a session with the past of another one, without a terminal.",
            (*_CONFIG, _ONE_IMAGE, *_AGAIN),
            positionals=("<SESSION_ID>", "[PROMPT]"),
        ),
    )
}
