"""The command by which programs start an agent, and the situations that a test puts them into with it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.profile import AgentProfile, StartDialog
from pytest_tmuxagent.errors import EnvironmentProblem, Misuse, NotSupported
from pytest_tmuxagent.faces.options import why_no_face

_HIGHEST_STATUS = 255
_STUB_ONLY = "mark the test @pytest.mark.agent(rungs=('stub',))"
_OWN_FACE = "its screen and its version are its own; give `update(cli=PATH)` another one"
_OWN_KEYS = "it takes every Enter that it gets when its box is there"
_OWN_FILES = "it writes its transcript itself; `withhold_transcript()` keeps it from that"


class InstalledCli:
    """One agent on the PATH of a sandbox. What is arranged holds for its next starts, until `restore()`."""

    def __init__(self, profile: AgentProfile, *, wiring: Path, shim: Path, home: Path, path: str) -> None:
        """`path` is the PATH of the sandbox, `wiring` the file by which the command is told what it is."""
        self.name = profile.name
        self._profile = profile
        self._wiring = wiring
        self._shim = shim
        self._home = home
        self._path = path
        self._as_installed = wiring.read_text(encoding="utf-8")
        self._program = shim.read_bytes()
        self._situation: dict[str, Any] = {}
        self._face: dict[str, Any] = {}
        self._dialogs: dict[str, StartDialog] = {}
        self._cli: Path | None = None
        self._before: dict[Path, bytes | None] = {}

    # --- the start ---

    def start_slowly(self, delay: float) -> None:
        """Show nothing for `delay` seconds; what is typed meanwhile is echoed by the terminal, and kept."""
        self._arrange(delay=_seconds(delay, of="start_slowly"))

    def exit_at_once(self, status: int = 1, *, saying: str = "") -> None:
        """End with this status at the start, with a line of stderr if it is `saying` something."""
        if isinstance(status, bool) or not isinstance(status, int) or not 0 <= status <= _HIGHEST_STATUS:
            raise Misuse(f"exit_at_once() was given {status!r}; an exit status is 0 to {_HIGHEST_STATUS}")
        self._arrange(exit=status, saying=saying)

    def ask_at_start(self, dialog: str) -> None:
        """Open a dialog in the place of the input box: what there is differs by agent.

        "trust" (may it work in this folder?), "login" (how does the person sign in?), "update" (a new
        version is there); of Claude Code "theme", too, and "update" is a notice beside the footer.

        Raises:
            NotSupported: the real CLI cannot be made to ask that.
            Misuse: the agent has no such dialog.
        """
        dialogs = self._profile.start_dialogs
        if dialog not in dialogs:
            raise Misuse(f"{self.name} has no dialog {dialog!r} at its start; it has {_listed(dialogs)}")
        found = dialogs[dialog]
        if found.stub_only:
            self._need_stub(f"open the dialog {dialog!r} at its start", why=found.stub_only)
        for place, text in found.files.items():
            self._put(self._home / place, text)
        self._dialogs[dialog] = found
        self._arrange(asks=[*self._dialogs])

    # --- the command ---

    def remove(self) -> None:
        """Take it off the PATH.

        Raises:
            EnvironmentProblem: another one of that name is on the PATH, where a program would find it.
        """
        self._shim.unlink(missing_ok=True)
        self._refuse_another("taken off")

    def make_unexecutable(self) -> None:
        """Leave it on the PATH as a file that nobody may execute.

        Raises:
            EnvironmentProblem: another one of that name is on the PATH, where a program would find it.
        """
        self._write_shim(mode=0o644)
        self._refuse_another("made unexecutable on")

    # --- the transcript ---

    def delay_transcript(self, delay: float) -> None:
        """Write each record of the transcript `delay` seconds late; at its end it writes all that is left.

        Raises:
            NotSupported: on a real CLI.
        """
        self._need_stub("be late with its transcript", why=_OWN_FILES)
        self._arrange(transcript_delay=_seconds(delay, of="delay_transcript"))

    def withhold_transcript(self) -> None:
        """Write no transcript. A real CLI finds a file where the folder of its transcripts should be."""
        if not self._is_real:
            self._arrange(transcript="withheld")
            return
        kept = self._profile.kept_in
        assert kept is not None, "an agent with a real CLI keeps records"
        folder = kept({"HOME": str(self._home)}).transcripts
        if folder.is_dir():
            raise Misuse(
                f"{self.name} has written transcripts in {folder} already; call withhold_transcript() before"
            )
        self._put(folder, "")

    def tear_transcript(self, gap: float = 0.5) -> None:
        """Write half of the last line of what is appended to the transcript, its rest `gap` seconds later.

        An agent that is killed in between leaves half a line for good.

        Raises:
            NotSupported: on a real CLI.
        """
        self._need_stub("tear its transcript", why=_OWN_FILES)
        self._arrange(tear=_seconds(gap, of="tear_transcript"))

    # --- the screen and the keys ---

    def swallow_enter(self, times: int = 1) -> None:
        """Have the first Enters that would submit something do nothing; the text stays in the box.

        Raises:
            NotSupported: on a real CLI.
        """
        if isinstance(times, bool) or not isinstance(times, int) or times < 0:
            raise Misuse(f"swallow_enter() was given {times!r}; it takes how many, 0 or more")
        self._need_stub("swallow an Enter", why=_OWN_KEYS)
        self._arrange(swallows=times)

    def update(
        self,
        *,
        version: str | None = None,
        footer: str | None = None,
        cli: str | os.PathLike[str] | None = None,
    ) -> None:
        """Be another version from the next start on: another version string and footer; or another real CLI.

        Raises:
            NotSupported: a version or a footer for a real CLI, or `cli` for the stub.
            CliMissing: `cli` is no program that runs.
        """
        if cli is not None:
            self._replace_cli(Path(cli))
        named = {"version": version, "footer": footer}
        changed = {name: value for name, value in named.items() if value is not None}
        if not changed and cli is None:
            raise Misuse(
                "update() was given nothing: give it `version=`, `footer=`, or for a real CLI `cli=`"
            )
        if changed:
            self.wear(**changed)

    def wear(self, **face: object) -> None:
        """Change the stub's face, for programs that expect another screen.

        It takes `footer`, `version` (texts), `banner` (a text, of several lines), `box_while_busy`,
        `fold_pastes` (yes or no), `minimum_busy` (seconds that a turn takes at the least), and `accepts`: a
        list of options that only older releases took, and that are passed over, as `["--full-auto"]`.

        Raises:
            NotSupported: on a real CLI.
            Misuse: there is no such option of a face, or it cannot be that.
        """
        why = why_no_face(face)
        if why is not None:
            raise Misuse(f"wear(): {why}")
        self._need_stub("wear another face", why=_OWN_FACE)
        self._face.update(face)
        self._write()

    def restore(self) -> None:
        """Be as installed again: all that was arranged is over for the next start."""
        self._situation, self._face, self._dialogs, self._cli = {}, {}, {}, None
        for path, content in self._before.items():
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
        self._before = {}
        self._write()
        self._write_shim(mode=0o755)

    # --- how ---

    def add_environment(self, variables: Mapping[str, str]) -> None:
        """Give variables also to those that are started without the sandbox's environment."""
        settings = json.loads(self._as_installed)
        settings["environment"] = {**settings.get("environment", {}), **variables}
        self._as_installed = json.dumps(settings)
        self._write()

    @property
    def _is_real(self) -> bool:
        return "real" in json.loads(self._as_installed)

    def _need_stub(self, verb: str, *, why: str) -> None:
        if self._is_real:
            raise NotSupported(verb, agent=f"the real {self.name}", why=f"{why}, or {_STUB_ONLY}")

    def _arrange(self, **situation: object) -> None:
        self._situation.update(situation)
        self._write()

    def _replace_cli(self, path: Path) -> None:
        real = self._profile.real
        if real is None or not self._is_real:
            why = "it is the stub; give it a `version=` and a `footer=`"
            raise NotSupported("become another program", agent=self.name, why=why)
        from pytest_tmuxagent.agents.clis import look_up

        self._cli = look_up(real, os.fspath(path)).program
        self._write()

    def _write(self) -> None:
        """Tell the command; one that reads at this moment finds the old file or the new one, whole."""
        settings = json.loads(self._as_installed)
        settings["situation"] = self._situation
        settings["face_options"] = {**settings.get("face_options", {}), **self._face}
        real = settings.get("real", settings)
        words = "argv" if "real" in settings else "arguments"
        for dialog in self._dialogs.values():
            real[words] = [*_without(real.get(words, []), dialog.without), *dialog.words]
            real["environment"] = {**real.get("environment", {}), **dialog.environment}
            real["seeds"] = {**real.get("seeds", {}), **dialog.files}
        if self._cli is not None:
            real["argv"] = [str(self._cli), *real["argv"][1:]]
        _replace(self._wiring, json.dumps(settings).encode())

    def _write_shim(self, *, mode: int) -> None:
        _replace(self._shim, self._program, mode=mode)

    def _refuse_another(self, done: str) -> None:
        another = shutil.which(self.name, path=self._path)
        if another is None:
            return
        self._write_shim(mode=0o755)
        raise EnvironmentProblem(
            f"{self.name} cannot be {done} the PATH of this sandbox: {another} is there as well, where "
            "programs look next. Move it out of the system's folders, or run this test in a container."
        )

    def _put(self, path: Path, text: str) -> None:
        """Write a file that `restore` takes back."""
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode())


def _without(words: list[str], keys: tuple[str, ...]) -> list[str]:
    """Leave out the words `-c KEY=VALUE` of some keys."""
    left: list[str] = []
    for word in words:
        if left and left[-1] == "-c" and word.partition("=")[0] in keys:
            left.pop()
        else:
            left.append(word)
    return left


def _seconds(value: float, *, of: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise Misuse(f"{of}() was given {value!r}; it takes seconds, 0 or more")
    return float(value)


def _listed(names: Mapping[str, StartDialog]) -> str:
    return ", ".join(repr(name) for name in names) or "none"


def _replace(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    another = path.with_name(f".{path.name}.new")
    another.write_bytes(content)
    another.chmod(mode)
    another.replace(path)
