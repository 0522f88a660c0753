"""The tools of Claude Code that a script can call; they really run.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.messages import REJECTED
from pytest_tmuxagent.faces.claude.rules import DENIED_PATH
from pytest_tmuxagent.stub.claude import results, structured
from pytest_tmuxagent.stub.claude.bash import Bash
from pytest_tmuxagent.stub.claude.command import Places
from pytest_tmuxagent.stub.claude.files import Files
from pytest_tmuxagent.stub.claude.inputs import SCHEMAS, BadInput, checked
from pytest_tmuxagent.stub.claude.results import ToolFailed, ToolRefused
from pytest_tmuxagent.stub.claude.todo import Todo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.claude.mcp import Servers
    from pytest_tmuxagent.stub.loop import Loop

    Call = Mapping[str, Any]
    Done = Callable[[dict[str, Any]], None]

# What is sent along with a request, with a terminal; without one there is nobody to ask.
NAMES = (
    "Agent",
    "AskUserQuestion",
    "Bash",
    "CronCreate",
    "CronDelete",
    "CronList",
    "Edit",
    "EnterPlanMode",
    "EnterWorktree",
    "ExitPlanMode",
    "ExitWorktree",
    "NotebookEdit",
    "Read",
    "ReportFindings",
    "ScheduleWakeup",
    "SendMessage",
    "Skill",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "WebFetch",
    "WebSearch",
    "Workflow",
    "Write",
)
INTERACTIVE = frozenset(["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"])
_INSTEAD = {
    "Glob": "Glob is not available in this session — find files with `find` via the Bash tool instead.",
    "Grep": "Grep is not available in this session — search file contents with `grep` via the Bash tool"
    " instead.",
}
_KNOWN = frozenset([*INTERACTIVE, "TodoWrite"])
_CHAT = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
    " edit, the new_string was NOT written to the file). To tell you how to proceed, the user said:\n"
)
_CLARIFY = (
    "The user wants to clarify these questions.\n"
    "    This means they may have additional information, context or questions for you.\n"
    "    Take their response into account and then reformulate the questions if appropriate.\n"
    "    Start by asking them what they would like to clarify.\n\n"
    "    Questions asked:\n"
)


class ClaudeTools:
    """Runs one call at a time; `done` gets its result, at once or later.

    `session` gives the id of the session of the moment, `transcripts` is the folder of the project's
    transcripts; outputs that are too long for the model, or in the background, are kept by both. `answers`
    is the schema that the answer of each turn has to fit.
    """

    __slots__ = ("_answers", "_bash", "_disabled", "_files", "_offered", "_servers", "_todo")

    def __init__(
        self,
        *,
        loop: Loop,
        children: Children,
        cwd: str,
        servers: Servers | None = None,
        session: Callable[[], str] | None = None,
        transcripts: str = "",
        folders: list[str] | None = None,
        disabled: frozenset[str] = frozenset(),
        offered: Callable[[str], bool] | None = None,
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        places = Places(cwd=cwd, transcripts=transcripts, session=session or _no_session)
        self._bash = Bash(loop=loop, children=children, cwd=cwd, folders=folders or [], places=places)
        self._files = Files(cwd)
        self._todo = Todo()
        self._servers = servers
        self._disabled = disabled
        self._offered = offered or _always
        self._answers = answers

    def refuses(self, call: Call) -> bool:
        """Tell whether a call will not even be tried: then no hook hears of it, and nobody is asked."""
        name = str(call["name"])
        if self._servers is not None and self._servers.has(name):
            return not self._offered(name)
        if name == structured.NAME and self._answers is not None:
            return False
        try:
            given = self._checked(name, call["input"])
            self._files.cwd = self._bash.cwd
            self._files.check(name, given)
        except (BadInput, ToolRefused):
            return True
        except (ToolFailed, OSError, ValueError):
            return False
        return False

    def run(self, call: Call, done: Done) -> None:
        """Run a call of the vendor's name and input."""
        name = str(call["name"])
        try:
            if self._servers is not None and self._servers.has(name):
                self._servers.call(call, done)
                return
            if name == structured.NAME and self._answers is not None:
                done(structured.answer(call, self._answers))
                return
            given = self._checked(name, call["input"])
            if name == "Bash":
                self._bash.run(call, given, done)
                return
            output, response = self._tool(name)(given)
        except BadInput as refusal:
            done(results.tagged(call, refusal.text, response=refusal.details))
        except ToolRefused as refusal:
            done(results.refused(call, str(refusal)))
        except (ToolFailed, OSError, ValueError) as failure:
            done(results.failed(call, str(failure)))
        else:
            done(results.succeeded(call, output, response))

    def stop(self) -> str | None:
        """Kill the command that runs; give what it had printed, or None when none ran."""
        if self._servers is not None:
            self._servers.cancel()
        return self._bash.stop()

    def forget(self) -> None:
        """Begin anew, as a cleared conversation does."""
        self._files.forget()
        self._todo = Todo()

    def normalised(self, call: Call) -> dict[str, Any]:
        """Give the input as records and hooks have it: with defaults, numbers as numbers."""
        try:
            return checked(str(call["name"]), call["input"])
        except (KeyError, BadInput):
            return dict(call["input"])

    def preview(self, call: Call) -> list[dict[str, Any]]:
        """Give the hunks that a Write or Edit would make; none where it would fail, or for other tools."""
        self._files.cwd = self._bash.cwd
        return self._files.preview(str(call["name"]), self.normalised(call))

    # --- what the person did ---

    def questions(self, call: Call) -> list[tuple[Any, list[Any]]]:
        """Give the questions that a call asks the person, each with its options."""
        return [(one, list(one.get("options", ()))) for one in _questions(call)]

    def answered(self, call: Call, options: list[int]) -> dict[str, Any]:
        """Give the result of a call whose questions were answered, each by the number of an option."""
        asked = self.questions(call)
        answers = {
            str(question.get("question", "")): str(
                given[option].get("label", "") if isinstance(given[option], dict) else given[option]
            )
            for (question, given), option in zip(asked, options, strict=False)
        }
        return self.answered_with(call, answers)

    def answered_with(self, call: Call, answers: dict[str, str]) -> dict[str, Any]:
        """Give the result of a call whose questions were answered with these texts."""
        told = ", ".join(f'"{question}"="{answer}"' for question, answer in answers.items())
        output = (
            f"Your questions have been answered: {told}. You can now continue with these answers in mind."
        )
        response = {"questions": _questions(call), "answers": answers, "annotations": {}}
        return results.succeeded(call, output, response)

    def talked_about(self, call: Call) -> dict[str, Any]:
        """Give the result of a call about whose questions the person wants to talk."""
        asked = "\n".join(
            f'- "{one.get("question", "")}"\n  (No answer provided)' for one in _questions(call)
        )
        return results.failed(call, f"{_CHAT}{_CLARIFY}{asked}")

    def refused(self, call: Call) -> dict[str, Any]:
        """Give the result of a call that the person refused."""
        return results.rejected(call, REJECTED)

    def denied(self, call: Call, message: str) -> dict[str, Any]:
        """Give the result of a call that was denied without asking."""
        if message == DENIED_PATH:
            return results.refused(call, message)
        return results.failed(call, message)

    def interrupted(self, call: Call, output: str | None) -> dict[str, Any] | None:  # noqa: ARG002
        """Give the result of a call that was interrupted, or had not begun; its output is lost."""
        return results.rejected(call, REJECTED)

    # --- which one ---

    def _checked(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        withheld = (name in self._disabled and name in _KNOWN) or not self._offered(name)
        if (withheld and name in NAMES) or name == "TodoWrite":
            raise ToolRefused(
                f"Error: No such tool available: {name}. {name} exists but is not enabled in this context."
                " Use one of the available tools instead."
            )
        if name in _INSTEAD:
            raise ToolRefused(f"Error: No such tool available: {name}. {_INSTEAD[name]}")
        if name in self._disabled or name not in SCHEMAS:
            raise ToolRefused(f"Error: No such tool available: {name}")
        return checked(name, given)

    def _tool(self, name: str) -> Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]:
        self._files.cwd = self._bash.cwd
        if name.startswith("Task"):
            return self._todo.tool(name)
        tools = {"Edit": self._files.edit, "Read": self._files.read, "Write": self._files.write}
        return tools[name]


def _always(_name: str) -> bool:
    return True


def _questions(call: Call) -> list[dict[str, Any]]:
    asked = call["input"].get("questions")
    return [one for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []


def _no_session() -> str:
    return "00000000-0000-4000-8000-000000000000"
