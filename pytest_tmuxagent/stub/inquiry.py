"""An inquiry: the dialogs about one call, which ask whether it may run, or what the call itself asks."""

from __future__ import annotations

from pytest_tmuxagent.stub.dialog import Dialog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.plain import Question
    from pytest_tmuxagent.stub.journal import Verdict
    from pytest_tmuxagent.stub.means import Means

_NOBODY = "refused: nobody is there to ask"


class Inquiry:
    """`refused` is called where the person will not have it, `ran` with a result where it comes from here."""

    __slots__ = ("_call", "_chosen", "_means", "_questions", "_ran", "_refused", "_turn")

    def __init__(
        self,
        call: dict[str, Any],
        *,
        turn: str,
        means: Means,
        refused: Callable[[], None],
        ran: Callable[[dict[str, Any]], None],
    ) -> None:
        self._call = call
        self._turn = turn
        self._means = means
        self._refused = refused
        self._ran = ran
        self._questions: list[tuple[Any, list[Any]]] = []
        self._chosen: list[int] = []  # an option of each that was answered

    # --- whether it may run ---

    def permission(
        self, verdict: Verdict, *, allowed: Callable[[], None], decided: Callable[[Verdict], None]
    ) -> None:
        """Ask whether it may run; `decided` takes what a hook says meanwhile."""
        decisions = ["allow", "allow_always", "deny"] if verdict.always else ["allow", "deny"]

        def chosen(option: int | None) -> None:
            decision = "deny" if option is None else decisions[option]
            told = self._means.face.decided(self._call, decision)
            if told:
                self._means.screen.show(told)
            self._settle(decision)
            if decision == "deny":
                self._refused()
            else:
                allowed()

        question = self._means.face.permission(self._call, reason=verdict.reason, always=verdict.always)
        self._open(question, chosen, kind="permission")
        self._means.journal.asked(self._turn, self._call, verdict, decided)
        self._refuse_unattended()

    # --- what it asks itself ---

    def questions(self) -> None:
        """Ask what the model wants to know, one question after the other."""
        self._questions = self._means.tools.questions(self._call)
        self._ask_next()
        self._means.journal.asked(self._turn, self._call, None, _undecided)
        self._refuse_unattended()

    def _ask_next(self) -> None:
        asked, options = self._questions[len(self._chosen)]
        question = self._means.face.ask_user(
            asked, options, headers=self._headers, answered=len(self._chosen)
        )
        self._open(question, self._answered, kind="question")

    def _answered(self, option: int | None) -> None:
        if option is None:
            self._refuse()
        elif option >= len(self._questions[len(self._chosen)][1]):
            self._settle("allow")
            self._ran(self._means.tools.talked_about(self._call))
        else:
            self._chosen.append(option)
            if len(self._chosen) < len(self._questions):
                self._ask_next()
            else:
                self._review()

    def _review(self) -> None:
        answers = {
            _word(asked, "question"): _word(options[option], "label")
            for (asked, options), option in zip(self._questions, self._chosen, strict=True)
        }
        question = self._means.face.review(answers, self._headers) if len(self._questions) > 1 else None
        if question is None:
            self._submit(0)
        else:
            self._open(question, self._submit, kind="question")

    def _submit(self, option: int | None) -> None:
        if option == 0:
            self._settle("allow")
            self._ran(self._means.tools.answered(self._call, self._chosen))
        else:
            self._refuse()

    @property
    def _headers(self) -> list[str]:
        return [str(asked.get("header", "")) for asked, _ in self._questions if isinstance(asked, dict)]

    # --- the dialog, and its end ---

    def _open(self, question: Question, chosen: Callable[[int | None], None], *, kind: str) -> None:
        screen = self._means.screen

        def closed(option: int | None) -> None:
            screen.close_dialog()
            chosen(option)

        screen.tell(running=self._means.face.waiting(self._call))
        screen.open_dialog(Dialog(question, closed, kind=kind))
        screen.flush()

    def _settle(self, decision: str) -> None:
        self._means.journal.settled(self._turn, self._call, decision)

    def _refuse(self) -> None:
        self._settle("deny")
        self._refused()

    def _refuse_unattended(self) -> None:
        if not self._means.screen.interactive:
            self._settle("deny")
            self._means.screen.close_dialog()
            self._ran(self._means.tools.denied(self._call, _NOBODY))


def _word(value: object, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, dict) else str(value)


def _undecided(_found: Verdict) -> None:
    """Take the decision of a hook on a question that only a person can answer."""
