"""What Codex tells of the repository that a thread works in; read from its files, without git.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations


def read_git(root: str) -> dict[str, str] | None:
    """Give the commit, the branch and the origin of a repository; None where there is none.

    Nothing is known of one without a commit. A linked work tree is taken for one.
    """
    if not root:
        return None
    folder = f"{root}/.git"
    head = _read(f"{folder}/HEAD").strip()
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
    commit = _commit(folder, branch) if branch else head
    if not commit:
        return {}
    known = {"commit_hash": commit, "branch": branch, "repository_url": _origin(folder)}
    return {key: value for key, value in known.items() if value}


def _commit(folder: str, branch: str) -> str:
    loose = _read(f"{folder}/refs/heads/{branch}").strip()
    if loose:
        return loose
    for line in _read(f"{folder}/packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == f"refs/heads/{branch}":
            return commit
    return ""


def _origin(folder: str) -> str:
    section = ""
    for line in _read(f"{folder}/config").splitlines():
        word, _, value = line.partition("=")
        if line.lstrip().startswith("["):
            section = line.strip()
        elif section == '[remote "origin"]' and word.strip() == "url":
            return value.strip()
    return ""


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
