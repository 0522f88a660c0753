"""What programs trip over: in prompts, in what a model says, in names and contents of files, in commands."""

from __future__ import annotations

from collections.abc import Mapping

Hazards = Mapping[str, tuple[str, ...]]

PROMPTS: Hazards = {
    "wide": ("日本語", "한글", "ＡＢＣ", "　x"),
    "combining": ("q̃", "x̂̂̂", "กำ", "ɛ̃"),
    "right to left": ("שלום", "مرحبا", "a אב c"),
    "emoji": ("👍🏽", "👩‍👩‍👧", "🇩🇪", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    "beyond the BMP": ("𝕏", "𐍈", "\U0010ffff"),
    "option": ("-", "--help", "-l x", "--"),
    "separator": (";", "a ;", "\\;", "x; y;"),
    "tmux format": ("#{pane_id}", "#(date)", "#[fg=red]", "##", "#{", "%1"),
    "shell": ("$(id)", "`id`", "$HOME", "a && b", "> x", "~", "*", "x &", "{a,b}"),
    "quotes": ("'", '"', "it's", '"a', "\\'"),
    "backslash": ("\\n", "\\\\", "a\\b", "\\x1b", "\\e[A"),
    "sign of the CLI": ("/ x", "/usr/bin x", "#note", "? x", "x ! y", "a@b", "@src x", "$5"),
    "name of a key": ("Enter", "C-c", "Escape", "^C", "M-x", "1", "y"),
    "placeholder": ("[Pasted text #1]", "[Pasted Content 5 chars]", "[Image #1]", "…"),
    "tag": ("<task>", "see <system-reminder>x</system-reminder>", "</pasted_content>", "&lt;"),
    "format string": ("%s", "{}", "{0}", "%(x)s", "{{x}}"),
    "JSON": ('{"a": "\\u0000"}', "[]", "null", '"'),
    "word of a program": ("exit", "quit", "help", "clear", "\\q"),
    "blank": ("a  b", "a b", "a\u3000b"),
    "tab": ("a\tb",),
    "blank line": ("a\n\n\nb",),
    "indented line": ("a\n  b\n\n    c",),
    "trailing backslash": ("a\\",),
    "line separator": ("a\u2028b", "a\u2029b"),
}
REFUSED: Hazards = {
    "empty": ("",),
    "blanks only": (" ", "\n", " \n \n", "\t", "\u3000"),
    "end of a paste": ("\x1b[201~",),
    "NUL": ("\0",),
    "lone surrogate": ("\ud800", "\udfff"),
    "escape sequence": ("\x1b", "\x1b[31m", "\x1b]0;x\x07", "\x9b2J"),
    "control character": ("\x03", "\x04", "\x08", "\x1a", "\x7f", "\x85"),
    "carriage return": ("\r", "\r\n"),
    "white space at the end": (" ", "\n"),
    "shell command": ("!ls",),
    "command": ("/help", "/quit x"),
    "mention at the end": ("@", "@src"),
    "tab": ("\t",),
    "backslash at the end": ("\\",),
}
SAID = (
    *("Done.", "# Title\n\n- one\n- two", "```python\nprint('hi')\n```", "```\nnever closed"),
    *("| a | b |\n|---|---|", "a\nb", "a\r\nb", "a\tb", "*b* **c** _d_", "<b>x</b> &amp;", "1. a\n   2. b"),
    *("日本語", "שלום", "👩‍👩‍👧 ❤️", "x̂", "a\u2028b", "\x1b[31mred\x1b[0m", "\x1b]0;x\x07y", "\x1b[2Jx"),
    *("a\x07b", "a\x08b", "a\x00b", "a\x7fb", "❯ x", "> x", "• x", "─" * 80, "x" * 500),
    *("? for shortcuts", "esc to interrupt", "Do you want to proceed?"),
)
"""What terminals, renderers and readers of screens trip over."""

NAMES = (
    *("a", "a.txt", "b.py", "README.md", "notes/a.txt", "x/y/z", ".hidden", "a b.txt", "-dash", "--help"),
    *("it's", 'say "x"', "a;b", "$HOME", "~x", "#x", "%s", "a&b", "*", "[a]", "(a)", "a\\b", "a..b", "CON"),
    *("ünïcode", "日本語.txt", "👍.md", "שלום", "x" * 100),
)
"""Names of files; none leads out of the workdir."""

CONTENTS = (
    *("", "a", "a\n", "\n", "a\nb\n", "a\nb", "a\r\nb\r\n", "\ta\n", "  a  \n", "\n\n\n", "'\n", '"\\n"\n'),
    *("日本語\n", "👩‍👩‍👧\n", "+a\n-b\n", "*** End Patch\n", "EOF\n", "#!/bin/sh\n", "$HOME `id`\n"),
    "a" * 2000 + "\n",
)

COMMANDS = (
    *("true", "echo hi", "false", "exit 3", "pwd", ":", "printf x", "printf 'a\\nb'", "echo err >&2"),
    *("echo 日本語", "echo 'it'\"'\"'s'", "cat /dev/null", "echo $((1 + 1))", "test -e no-such-file"),
    *("printf '\\033[31mred\\033[0m'", "printf '\\377'", "printf %05000d 0", "no-such-command-x"),
    "echo a; echo b >&2; exit 1",
)
"""Commands that change nothing and end at once: output, errors, statuses, escapes, bytes that are no text."""
