"""The folders of a sandbox: a fresh HOME in which every shell finds the shims first."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

_FOLDERS = ("home", "bin", "work", "tmp", "run")
_GITCONFIG = b"[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n"


def furnish(root: Path) -> None:
    """Make the folders of a sandbox in `root`, and what a HOME needs for shells and git.

    Each file more costs a tenth of a millisecond per test on a disk; a hard link costs a fifth of that.
    """
    for folder in _FOLDERS:
        (root / folder).mkdir(mode=0o700)
    home = root / "home"
    # /etc/profile sets PATH anew; these come after it.
    shims_first = os.fsencode(f'PATH={shlex.quote(str(root / "bin"))}:"$PATH"\nexport PATH\n')
    (home / ".bashrc").write_bytes(shims_first)
    (home / ".bash_profile").write_bytes(shims_first)
    for login in (".profile", ".zprofile"):
        (home / login).hardlink_to(home / ".bash_profile")
    (home / ".gitconfig").write_bytes(_GITCONFIG)
