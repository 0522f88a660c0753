"""The folders of a sandbox: a fresh HOME in which every shell finds the shims first."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

_FOLDERS = ("home", "bin", "work", "tmp", "run", "shells")
_NOTES_LINES = Path(__file__).parent
_GITCONFIG = b"[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n"


def furnish(root: Path) -> None:
    """Make the folders of a sandbox in `root`, and what a HOME needs for shells and git.

    Each file more costs a tenth of a millisecond per test on a disk; a hard link costs a fifth of that.
    """
    for folder in _FOLDERS:
        (root / folder).mkdir(mode=0o700)
    home = root / "home"
    (home / ".bashrc").write_bytes(os.fsencode(_startup(root)))
    for other in (".bash_profile", ".profile", ".zprofile", ".zshrc"):
        (home / other).hardlink_to(home / ".bashrc")
    (home / ".gitconfig").write_bytes(_GITCONFIG)


def _startup(root: Path) -> str:
    """Give what every shell reads when it starts: the shims come first, and its lines are noted.

    /etc/profile sets PATH anew; this comes after it. sh reads it, too, and zsh reads it twice.
    """
    folder = _quoted(root / "shells")
    notes = "".join(
        f"*i*:{shell}) __tmuxagent_shells={folder}; . {_quoted(_NOTES_LINES / f'lines.{shell}')} ;;\n"
        for shell in ("bash", "zsh")
    )
    return (
        f'PATH={_quoted(root / "bin")}:"$PATH"\nexport PATH\n'
        f'case "$-:${{BASH_VERSION:+bash}}${{ZSH_VERSION:+zsh}}" in\n{notes}esac\n'
    )


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
