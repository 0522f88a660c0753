"""Stories of a program under test: whatever is asked, in any order, each question reaches the model once."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import Bundle, invariant, rule

from pytest_tmuxagent.machine import AgentMachine
from pytest_tmuxagent.strategies import prompts

MEMO = str(Path(__file__).with_name("memo.py"))
QUESTIONS = prompts(max_size=50)


class MemoMachine(AgentMachine):
    program_under_test = (sys.executable, MEMO, "memo.sock")
    program_ready = "ready"
    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, str] = {}

    @rule(target=known, question=QUESTIONS)
    def asks_anew(self, question: str) -> str:
        answer = self.asked.setdefault(question, f"answer {len(self.asked) + 1}")
        self.script.when(re.compile(rf"\A{re.escape(question)}\Z")).reply(answer)
        assert self.answer_to(question) == answer
        return question

    @rule(question=known)
    def asks_again(self, question: str) -> None:
        assert self.answer_to(question) == self.asked[question]

    @invariant()
    def each_question_was_asked_once(self) -> None:
        if self.asked:
            self.sandbox.assert_prompts_delivered_once(*self.asked)

    def answer_to(self, question: str) -> object:
        with socket.socket(socket.AF_UNIX) as memo:
            memo.connect(str(self.sandbox.workdir / "memo.sock"))
            memo.sendall(json.dumps(question).encode() + b"\n")
            return json.loads(memo.makefile().read())


TestMemo = MemoMachine.TestCase
TestMemo.settings = settings(max_examples=5, stateful_step_count=5, deadline=None)
