"""What may change in the workdir, by globs: `*` stays in a folder, `**` does not, `src/` is all below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.trajectory.recorded import Course

_SPECIAL = re.compile(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\])")


def matcher(glob: str) -> re.Pattern[str]:
    """Give the regex of a glob, to be matched with the whole of a path that is relative to the workdir."""
    glob = f"{glob}**" if glob.endswith("/") else glob
    return re.compile("".join(map(_regex, _SPECIAL.split(glob.removeprefix("./")))) + r"\Z", re.DOTALL)


def _regex(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if piece.startswith("[") and piece.endswith("]"):
        members = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^{members[1:]}]" if members.startswith("!") else f"[{members}]"
    return re.escape(piece)


def changed_elsewhere(allowed: Sequence[str], course: Course) -> str | None:
    """Tell which files were changed that no glob names; None where there are none.

    Raises:
        Misuse: a glob is none, or lies outside of the workdir.
    """
    matchers = [matcher(_checked(glob)) for glob in allowed]
    others = [path for path in sorted(course.files.changed) if not any(one.match(path) for one in matchers)]
    if not others:
        return None
    named = ", ".join(map(repr, allowed)) or "none"
    return "\n".join(
        [
            f"{len(others)} of {len(course.files.changed)} changed files should not have changed:",
            *(f"  {_how(path, course)} {path}" for path in others),
            f"allowed: {named}",
        ]
    )


def _checked(glob: object) -> str:
    if isinstance(glob, str) and glob and not glob.startswith("/"):
        return glob
    raise Misuse(
        f"assert_only_changed() was given {glob!r:.80}. Its globs are texts relative to the workdir, "
        'one by one: assert_only_changed("src/", "*.md").'
    )


def _how(path: str, course: Course) -> str:
    if path in course.files.created:
        return "created"
    return "deleted" if path in course.files.deleted else "modified"
