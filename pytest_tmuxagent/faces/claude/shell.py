"""A shell command line taken apart, far enough to judge each command in it.

Source: bash's grammar, and Claude Code 2.1.197's names for what it does not look into, measured.
"""

from __future__ import annotations

_OPERATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "\n")
_REDIRECTIONS = ("<<<", "<<-", "&>>", "<<", "<>", "<&", ">>", ">|", ">&", "&>", "<", ">")
_SKIPPED = frozenset(["!", "if", "then", "elif", "else", "fi", "while", "until", "do", "done"])
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_EVALUATES = frozenset([".", "alias", "coproc", "eval", "exec", "let", "source", "trap"])

SUBSHELL = "This command uses shell operators that require approval for safety"
_UNKNOWN_STRING = "Contains shell syntax (string) that cannot be statically analyzed"


class Part:
    """One simple command: its words as written and as the shell sees them, without its redirections."""

    __slots__ = ("assignments", "redirections", "values", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.values: list[str] = []
        self.assignments: list[str] = []
        self.redirections: list[tuple[str, str]] = []

    @property
    def text(self) -> str:
        return " ".join([*self.assignments, *self.words])


class Line:
    """A command line: its simple commands in order; `problem` says why they are not all of it."""

    __slots__ = ("background", "parts", "piped", "problem")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.problem = ""
        self.background = False
        self.piped = False

    def fail(self, problem: str) -> None:
        self.problem = self.problem or problem


def parse(text: str) -> Line:
    """Take a command line apart; what is not understood is a problem, never an error."""
    line = Line()
    _Parser(text, line).run()
    return line


class _Parser:
    __slots__ = ("_at", "_line", "_part", "_text")

    def __init__(self, text: str, line: Line) -> None:
        self._text = text
        self._line = line
        self._at = 0
        self._part = Part()

    def run(self) -> None:
        while self._at < len(self._text):
            character = self._text[self._at]
            if character in " \t\r":
                self._at += 1
            elif character == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif character in "()":
                self._parenthesis(character)
            elif not (self._redirection() or self._operator()):
                self._word()
        self._end()

    def _parenthesis(self, character: str) -> None:
        if character == ")":
            self._line.fail("Parse error")
        elif self._part.words:
            self._line.fail("Contains function_definition")
        else:
            double = self._text.startswith("((", self._at)
            self._line.fail("Contains compound_statement" if double else SUBSHELL)
        self._at = len(self._text)

    def _operator(self) -> bool:
        found = next((sign for sign in _OPERATORS if self._text.startswith(sign, self._at)), None)
        if found is None:
            return False
        if self._part.words[:1] == ["[["] and "]]" not in self._part.words and found in ("&&", "||"):
            self._part.words.append(found)
            self._part.values.append(found)
            self._at += len(found)
            return True
        empty = not (self._part.words or self._part.assignments or self._part.redirections)
        if empty and not self._line.parts and found not in ("\n", ";"):
            self._line.fail("Parse error")
        self._line.background = self._line.background or found == "&"
        self._line.piped = self._line.piped or found in ("|", "|&")
        self._at += len(found)
        self._end()
        return True

    def _end(self) -> None:
        part, self._part = self._part, Part()
        if part.words or part.assignments or part.redirections:
            self._line.parts.append(part)
            if part.values and part.values[0] in _EVALUATES:
                self._line.fail(f"'{part.values[0]}' evaluates arguments as shell code")
            if part.values and not part.values[0]:
                self._line.fail("Empty command name — argv[0] may not reflect what bash runs")

    def _redirection(self) -> bool:
        start = self._at
        while self._text[start : start + 1].isdecimal():
            start += 1
        found = next((sign for sign in _REDIRECTIONS if self._text.startswith(sign, start)), None)
        if found is None:
            return False
        if self._text.startswith("(", start + 1) and found in "<>":
            self._line.fail("Contains process_substitution")
            self._at = len(self._text)
            return True
        self._at = start + len(found)
        self._skip_blanks()
        if found in ("<<", "<<-"):
            self._heredoc()
        else:
            _, value = self._take_word()
            self._part.redirections.append((found, value))
        return True

    def _heredoc(self) -> None:
        raw, marker = self._take_word()
        if raw == marker:
            self._line.fail("Heredoc with unquoted delimiter undergoes shell expansion")
        begin = self._text.find("\n", self._at)
        if ">" in self._text[self._at : begin if begin >= 0 else None]:
            self._line.fail("Contains shell syntax (file_redirect) that cannot be statically analyzed")
        body = self._text[begin:].split("\n") if begin >= 0 else []
        lines = [line.strip("\t") for line in body[1:]]
        taken = body[1 : lines.index(marker) + 2] if marker in lines else body[1:]
        head = self._text[self._at : begin] if begin >= 0 else self._text[self._at :]
        self._text = head + self._text[begin + sum(len(line) + 1 for line in taken) :] if begin >= 0 else head
        self._at = 0

    def _word(self) -> None:
        raw, value = self._take_word()
        if not self._part.words and self._keyword(raw):
            return
        name, equals, _ = raw.partition("=")
        if equals and not self._part.words and name and _NAME.issuperset(name) and not name[0].isdecimal():
            self._part.assignments.append(raw)
            return
        self._part.words.append(raw)
        self._part.values.append(value)

    def _keyword(self, raw: str) -> bool:
        """Take words of the grammar, where a command would begin."""
        if raw in ("{", "}"):
            self._line.fail("Contains compound_statement")
        elif raw == "case":
            self._line.fail("Contains case_statement")
        elif raw == "function":
            self._line.fail("Contains function_definition")
        elif raw == "select":
            self._line.fail("select statement reads stdin into $REPLY; cannot statically model")
        elif raw == "for":
            while self._at < len(self._text) and self._text[self._at] not in ";\n":
                self._skip_blanks()
                self._take_word()
        else:
            return raw in _SKIPPED
        return True

    def _skip_blanks(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1

    def _take_word(self) -> tuple[str, str]:
        """Take one word: as it is written, and without its quotes."""
        start, value = self._at, []
        while self._at < len(self._text) and self._text[self._at] not in " \t\r\n;|&<>()":
            value.append(self._piece())
        raw = self._text[start : self._at]
        if "{" in raw and "}" in raw and "," in raw and raw[:1] not in "'\"" and "$" not in raw:
            self._line.fail("Brace expansion")
        if self._at == start:  # nothing a word begins with
            self._at += 1
        return raw, "".join(value)

    def _piece(self) -> str:
        character = self._text[self._at]
        if character == "'":
            return self._quoted()
        if character == '"':
            return self._double_quoted()
        if character == "\\":
            return self._escaped()
        if character in "$`":
            return self._expansion()
        self._at += 1
        return character

    def _quoted(self) -> str:
        end = self._text.find("'", self._at + 1)
        end = len(self._text) if end < 0 else end
        value = self._text[self._at + 1 : end]
        self._at = end + 1
        return value

    def _escaped(self) -> str:
        following = self._text[self._at + 1 : self._at + 2]
        if not following:
            self._line.fail("Parse error")
        elif following in " \t":
            self._line.fail("Contains backslash-escaped whitespace")
        self._at += 2
        return "" if following == "\n" else following

    def _double_quoted(self) -> str:
        start, value, inner = self._at, [], []
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != '"':
            if self._text[self._at] == "\\":
                value.append(self._text[self._at + 1 : self._at + 2])
                self._at += 2
            elif self._text.startswith("$(", self._at) and not self._text.startswith("$((", self._at):
                inner.append(self._substitution())
            elif self._text[self._at] == "`":
                self._line.fail(_UNKNOWN_STRING)
                self._at += 1
            elif self._text[self._at] == "$":
                value.append(self._expansion())
            else:
                value.append(self._text[self._at])
                self._at += 1
        self._at += 1
        if inner and not "".join(value).strip():
            self._line.fail(_UNKNOWN_STRING)
        for text in inner:
            _Parser(text, self._line).run()
        return "".join(value) if self._at > start else ""

    def _substitution(self) -> str:
        """Take `$(…)`, and give what is in it."""
        depth, start = 0, self._at
        while self._at < len(self._text):
            depth += {"(": 1, ")": -1}.get(self._text[self._at], 0)
            self._at += 1
            if not depth and self._text[self._at - 1] == ")":
                break
        return self._text[start + 2 : self._at - 1]

    def _expansion(self) -> str:
        if self._text[self._at] == "`" or self._text.startswith("$(", self._at):
            return self._command_substitution()
        if self._text.startswith("${", self._at):
            self._line.fail("Contains expansion")
            self._at += 2
            return ""
        end = self._at + 1
        while end < len(self._text) and self._text[end] in _NAME:
            end += 1
        name, self._at = self._text[self._at + 1 : end], end
        if name == "HOME":
            return "~"
        if name or self._text[end : end + 1] in tuple("?$!@*#-"):
            self._line.fail("Contains simple_expansion")
        return "" if name else "$"

    def _command_substitution(self) -> str:
        if self._text.startswith("$((", self._at):
            self._substitution()
            return "0"
        self._line.fail("Contains command_substitution")
        if self._text[self._at] == "`":
            end = self._text.find("`", self._at + 1)
            self._at = len(self._text) if end < 0 else end + 1
        else:
            self._substitution()
        return ""
