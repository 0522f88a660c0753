"""What is known of shell commands: which only read, which paths they touch, which are wrapped in others.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READS_ANYTHING = _names("""
    [ [[ basename cal cat cd cmp column comm cut df diff dirname du echo expand expr false fmt fold free grep
    groups head help hexdump id locale ls lsof md5sum netstat nl nproc numfmt od paste pgrep printf ps pyright
    readlink realpath rev seq sha1sum sha256sum sleep stat strings tac tail test tput tr true type unexpand
    uptime wc which
""")
_READS_ALONE = _names("arch history pwd whoami")
_READS_WITHOUT = {
    "base64": ("-o", "--output"),
    "fd": ("-x", "-X", "--exec", "--exec-batch"),
    "file": ("-C", "--compile"),
    "find": ("-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fprint0", "-fprintf", "-fls"),
    "man": ("-P", "-H", "--pager", "--html"),
    "rg": ("--pre",),
    "ss": ("-K", "--kill"),
    "tree": ("-o", "-R"),
}
_SORT_FLAGS = frozenset("bdfghinrRsuVzcCm")
_GIT_READS = _names("""
    blame cat-file describe diff for-each-ref grep log ls-files merge-base reflog rev-list rev-parse shortlog
    show status
""")
_GIT_FORMS = {
    ("config", "--get"),
    ("ls-remote",),
    ("remote",),
    ("remote", "-v"),
    ("stash", "list"),
    ("stash", "show"),
    ("tag",),
    ("tag", "-l"),
    ("worktree", "list"),
}
_GIT_BRANCH_WRITES = _names("-d -D -m -M -c -C -u --delete --move --copy")
_XARGS_READS = _names("echo grep head printf tail wc")
_VERSIONS = {
    "claude": ("-h", "--help"),
    "node": ("-v", "--version"),
    "python": ("--version",),
    "python3": ("--version",),
}
_DOCKER_READS = _names("images inspect logs ps")

SAFE_VARIABLES = _names("""
    CGO_ENABLED CI COLUMNS FORCE_COLOR GO111MODULE GOARCH GOOS LANG LC_ALL LC_CTYPE LC_TIME LS_COLORS NODE_ENV
    NO_COLOR PYTEST_DEBUG PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED RUST_BACKTRACE RUST_LOG TERM TZ
""")
WITHOUT_PREFIX = _names(
    "bash dash doas env exec fish ksh nice nohup pkexec sh stdbuf su sudo time timeout xargs zsh"
)

READS = {
    "awk": "process text from files in",
    "base64": "encode/decode files from",
    "cat": "concatenate files from",
    "cd": "change directories to",
    "column": "format files from",
    "cut": "extract columns from files in",
    "diff": "compare files from",
    "file": "examine file types in",
    "find": "search files in",
    "git": "access files with git from",
    "grep": "search for patterns in files from",
    "head": "read the beginning of files from",
    "hexdump": "display hex dump of files from",
    "jq": "process JSON from files in",
    "ls": "list files in",
    "md5sum": "compute MD5 checksums for files in",
    "nl": "number lines in files from",
    "od": "display octal dump of files from",
    "paste": "merge files from",
    "rg": "search for patterns in files from",
    "sha1sum": "compute SHA-1 checksums for files in",
    "sha256sum": "compute SHA-256 checksums for files in",
    "sort": "sort contents of files from",
    "stat": "read file stats from",
    "strings": "extract strings from files in",
    "tail": "read the end of files from",
    "tr": "transform text from files in",
    "uniq": "filter duplicate lines from files in",
    "wc": "count lines/words/bytes in files from",
}
WRITES = {
    "cp": "copy files to/from",
    "mkdir": "create directories in",
    "mv": "move files to/from",
    "rm": "remove files from",
    "rmdir": "remove directories from",
    "sed": "edit files in",
    "touch": "create or modify files in",
}
_AFTER_FIRST = _names("awk grep jq rg sed")
_TAKES_ARGUMENT = {"timeout": 1, "nice": 0, "nohup": 0, "time": 0, "command": 0, "builtin": 0}


def is_read_only(words: Sequence[str]) -> bool:
    """Tell whether a command, given as its words without quotes, runs without a question."""
    if not words:
        return True
    name, rest = words[0], words[1:]
    check = _CHECKS.get(name)
    if check is not None:
        return check(rest)
    if name in _VERSIONS:
        return len(rest) == 1 and rest[0] in _VERSIONS[name]
    if name in _READS_WITHOUT:
        return not any(word.partition("=")[0] in _READS_WITHOUT[name] for word in rest)
    return name in _READS_ANYTHING or (name in _READS_ALONE and not rest)


def operands(words: Sequence[str]) -> list[str]:
    """Give the words that name files, for the commands of READS and WRITES."""
    name, rest = words[0], list(words[1:])
    if name == "find":
        flags = [index for index, word in enumerate(rest) if word.startswith(("-", "(", "!"))]
        return rest[: flags[0]] if flags else rest
    if name == "git":
        return [word for word in rest[1:] if word[:1] != "-"] if "--no-index" in rest else []
    found = [word for word in rest if not word.startswith("-")]
    if name == "cd":
        return found[:1] or ([] if rest else ["~"])
    return found[1:] if name in _AFTER_FIRST else found


def unwrapped(words: Sequence[str]) -> list[str]:
    """Give the command that `timeout 5 …`, `nohup …` and the like run."""
    left = list(words)
    while left and left[0] in _TAKES_ARGUMENT:
        count = 1 + _TAKES_ARGUMENT[left[0]]
        while left[1:] and left[1].startswith("-"):
            del left[1]
        del left[:count]
    return left


def only_reads_with_sed(words: Sequence[str]) -> bool:
    """Tell whether sed prints lines of files, or edits what it is piped."""
    flags = [word for word in words if word.startswith("-")]
    script, *files = [word for word in words if not word.startswith("-")] or [""]
    if flags == ["-n"]:
        first, comma, last = script.rstrip("p").partition(",")
        return script.endswith("p") and (first + last).isdecimal() | (not first + last and not comma)
    quiet = all(flag in ("-E", "-r", "-e") for flag in flags)
    return (
        quiet
        and not files
        and script[:2] in ("s/", "s|", "s#")
        and script[-1:] in script[1] + "gpiI0123456789"
    )


def _git(rest: Sequence[str]) -> bool:
    if not rest or any(word.partition("=")[0] == "--output" for word in rest):
        return False
    name, more = rest[0], list(rest[1:])
    if name in _GIT_READS:
        return True
    if name == "branch":
        lists = all(word.startswith("-") for word in more) and _GIT_BRANCH_WRITES.isdisjoint(more)
        return lists or more[:1] == ["--contains"]
    return (name, *more[:1]) in _GIT_FORMS


def _only_flags(rest: Sequence[str]) -> bool:
    return all(word.startswith("-") for word in rest)


def _date(rest: Sequence[str]) -> bool:
    return "-s" not in rest and not any(word.startswith("--") or word[:1].isdecimal() for word in rest)


def _sort(rest: Sequence[str]) -> bool:
    return all(_SORT_FLAGS.issuperset(word[1:]) for word in rest if word.startswith("-"))


def _jq(rest: Sequence[str]) -> bool:
    return JQ_DANGERS.isdisjoint(rest)


def _wrapped(rest: Sequence[str]) -> bool:
    return bool(rest) and rest[0][:1] != "-" and is_read_only(rest)


JQ_DANGERS = _names("-f --from-file --rawfile --slurpfile -L")
FIND_DANGERS = _READS_WITHOUT["find"]
_CHECKS: dict[str, Callable[[Sequence[str]], bool]] = {
    "builtin": _wrapped,
    "command": _wrapped,
    "date": _date,
    "docker": lambda rest: bool(rest) and rest[0] in _DOCKER_READS,
    "git": _git,
    "hostname": _only_flags,
    "ifconfig": lambda rest: len(rest) < 2,
    "jq": _jq,
    "sed": only_reads_with_sed,
    "sort": _sort,
    "uname": _only_flags,
    "uniq": _only_flags,
    "xargs": lambda rest: bool(rest) and rest[0] in _XARGS_READS,
}
