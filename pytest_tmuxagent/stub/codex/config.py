"""The settings of one run: config.toml, the profile, `-c`, and what the options say, in that order.

Not read: config.toml of a project, of the system, of an administrator. Unknown keys are passed over.
Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.codex.clap import Refused
from pytest_tmuxagent.stub.codex.layers import check, merged, read_file, read_overrides

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.codex.arguments import Arguments

    Table = dict[str, Any]

DEFAULT_MODEL = "gpt-6.1-sol"
_BUILT_IN = {"openai": "OpenAI", "ollama": "gpt-oss", "lmstudio": "gpt-oss"}


FLAGS = "/<session-flags>/config.toml"
"""The file by whose name the CLI calls what stands on its command line."""


class Config:
    """What one run goes by.

    `values` is the merged table, for all that has no attribute. `approval` is "on-request", "never" or
    "granular" (asks only for what is beyond the sandbox, as in an unknown folder without git); `sandbox` is
    a sandbox mode; `trust` is "trusted", "untrusted" or None where nobody has said. `asks_for_trust` and
    `needs_login` are the questions before the first prompt. `roots` may be written besides the cwd. `hooks`
    are the tables of hooks by their files: those of all files hold.
    """

    __slots__ = (
        "approval",
        "approves_for_me",
        "base_url",
        "cwd",
        "env_key",
        "folder",
        "git_root",
        "headless",
        "hooks",
        "model",
        "needs_login",
        "provider",
        "provider_name",
        "roots",
        "sandbox",
        "trust",
        "values",
    )

    def __init__(self, values: Table, arguments: Arguments, *, folder: str, cwd: str) -> None:
        self.values = values
        self.folder = folder
        self.cwd = cwd
        self.hooks: list[tuple[str, Table]] = []
        self.headless = arguments.headless
        self.git_root = git_root(cwd)
        self.approves_for_me = arguments.approves_for_me
        self.model = arguments.model or _text(values, "model") or DEFAULT_MODEL
        self._choose_provider(arguments)
        self.trust = self._find_trust()
        self.sandbox = self._choose_sandbox(arguments)
        self.approval = self._choose_approval(arguments)
        added = [os.path.join(cwd, root) for root in arguments.add_dirs]
        self.roots = [*_texts(self.table("sandbox_workspace_write").get("writable_roots")), *added]

    def table(self, *names: str) -> Table:
        """Give a table of the settings, an empty one where there is none."""
        found: Any = self.values
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def switch(self, *names: str, default: bool) -> bool:
        """Give a truth of the settings: `switch("tui", "animations", default=True)`."""
        found = self.table(*names[:-1]).get(names[-1])
        return found if isinstance(found, bool) else default

    @property
    def reasoning_effort(self) -> str:
        return _text(self.values, "model_reasoning_effort") or "none"

    @property
    def notify(self) -> list[str]:
        """Give the words of the program that is told of finished turns; none where there is none."""
        return _texts(self.values.get("notify"))

    @property
    def request_retries(self) -> int | None:
        """How often a request is made again, within each try of a turn; None where nothing says so."""
        found = self.table("model_providers", self.provider).get("request_max_retries")
        return found if isinstance(found, int) else None

    @property
    def asks_for_trust(self) -> bool:
        return not self.headless and self.trust is None and bool(self.git_root)

    @property
    def asks_for_updates(self) -> bool:
        """Whether it looks at its start whether there is a newer version."""
        wanted = self.switch("check_for_update_on_startup", default=True)
        return wanted and not self.headless and os.path.exists(f"{self.folder}/version.json")

    @property
    def missing_key(self) -> str | None:
        """Give the name of the variable that should hold the provider's key, where it is not set."""
        return self.env_key if self.env_key and not os.environ.get(self.env_key) else None

    @property
    def writable(self) -> list[str]:
        """Give the folders that the sandbox lets be written, by the names they are shown by."""
        given = self.table("sandbox_workspace_write")
        temporary = [
            name
            for key, name in (("exclude_slash_tmp", "/tmp"), ("exclude_tmpdir_env_var", "$TMPDIR"))
            if given.get(key) is not True
        ]
        return ["workdir", *temporary, *self.roots]

    @property
    def has_network(self) -> bool:
        return self.switch("sandbox_workspace_write", "network_access", default=False)

    def accept_trust(self) -> None:
        """Trust the folder from now on, as the dialog and `--trust` do; config.toml says so then."""
        self.trust = "trusted"
        if self.sandbox == "read-only" and not _text(self.values, "sandbox_mode"):
            self.sandbox = "workspace-write"
        save_trust(self.folder, self.git_root or self.cwd)

    def _choose_provider(self, arguments: Arguments) -> None:
        name = _text(self.values, "model_provider") or "openai"
        if arguments.oss or arguments.provider:
            name = self._local_provider(arguments)
        known = self.table("model_providers").get(name)
        if not isinstance(known, dict) and name not in _BUILT_IN:
            raise Refused(f"Error: Model provider `{name}` not found", status=1)
        given = known if isinstance(known, dict) else {}
        self.provider = name
        self.provider_name = _text(given, "name") or _BUILT_IN.get(name, name)
        self.base_url = _text(given, "base_url") or _text(self.values, "openai_base_url") or ""
        self.env_key = _text(given, "env_key")
        wants_login = name == "openai" or given.get("requires_openai_auth") is True
        self.needs_login = wants_login and not os.path.exists(f"{self.folder}/auth.json")

    def _local_provider(self, arguments: Arguments) -> str:
        name = arguments.provider or _text(self.values, "oss_provider")
        if name is None:
            raise Refused(
                "Error: No default OSS provider configured. Use --local-provider=provider or set oss_provider"
                " to one of: lmstudio, ollama in config.toml",
                status=1,
            )
        return name

    def _find_trust(self) -> str | None:
        projects = self.table("projects")
        for folder in (self.cwd, self.git_root):
            project = projects.get(folder)
            level = _text(project, "trust_level") if isinstance(project, dict) else None
            if level in ("trusted", "untrusted"):
                return level
        return None

    def _choose_sandbox(self, arguments: Arguments) -> str:
        if arguments.bypasses:
            return "danger-full-access"
        if arguments.approves_for_me:
            return "workspace-write"
        usual = "read-only" if self.headless and self.trust != "trusted" else "workspace-write"
        return arguments.sandbox or _text(self.values, "sandbox_mode") or usual

    def _choose_approval(self, arguments: Arguments) -> str:
        if arguments.bypasses:
            return "never"
        if arguments.approves_for_me:
            return "on-request"
        if self.headless:
            return "never"
        given = self.values.get("approval_policy")
        usual = "on-request" if self.trust == "trusted" or self.git_root else "granular"
        return arguments.approval or ("granular" if isinstance(given, dict) else given or usual)


def load_config(arguments: Arguments, *, cwd: str) -> Config:
    """Read all that a run goes by; `cwd` is where the program was started.

    Raises: Refused, with the CLI's own words and its exit status.
    """
    folder = codex_home()
    overrides = read_overrides(arguments)
    cwd = _enter(cwd, arguments.cd)
    names = [] if arguments.ignores_config else ["config.toml"]
    if arguments.profile:
        names.append(f"{arguments.profile}.config.toml")
    layers = [
        *((path, read_file(path)) for name in names for path in [f"{folder}/{name}"]),
        (FLAGS, overrides),
    ]
    hooks = [(path, dict(table)) for path, layer in layers if isinstance(table := layer.get("hooks"), dict)]
    values = merged([layer for _, layer in layers])
    check(values)
    config = Config(values, arguments, folder=folder, cwd=cwd)
    config.hooks = hooks
    return config


def codex_home() -> str:
    """Give the folder of the CLI's files.

    Raises: Refused, where CODEX_HOME names one that is not there.
    """
    given = os.environ.get("CODEX_HOME")
    if given and not os.path.isdir(given):
        why = f'CODEX_HOME points to "{given}", but that path does not exist'
        raise Refused(f"Error finding codex home: {why}", status=1)
    return os.environ.get("CODEX_HOME") or f"{os.environ.get('HOME') or '/'}/.codex"


def git_root(folder: str) -> str:
    """Give the root of the repository that a folder is in; empty where it is in none."""
    while True:
        if os.path.exists(f"{folder}/.git"):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def save_trust(folder: str, project: str) -> None:
    """Write into config.toml that a project is trusted."""
    quoted = project.replace("\\", "\\\\").replace('"', '\\"')
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}/config.toml"
    begun = os.path.exists(path) and os.path.getsize(path) > 0
    with open(path, "a", encoding="utf-8") as file:
        file.write(f'{chr(10) * begun}[projects."{quoted}"]\ntrust_level = "trusted"\n')


def _enter(cwd: str, given: str | None) -> str:
    """Give the folder to work in, and be there."""
    if given is None:
        return cwd
    try:
        os.chdir(os.path.join(cwd, given))
    except OSError as failure:
        raise Refused(f"Error: {_os_error(failure)}", status=1) from None
    return os.getcwd()


def _os_error(failure: OSError) -> str:
    return f"{failure.strerror} (os error {failure.errno})"


def _text(table: Table, key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
