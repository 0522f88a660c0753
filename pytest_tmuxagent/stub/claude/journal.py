"""Claude Code's journal: the transcript, the status file, the hooks of the settings, the permission rules.

Source: Claude Code 2.1.197, measured: what is written when, and who is asked in which order.
"""

from __future__ import annotations

import os
from time import monotonic, time

from pytest_tmuxagent.faces.claude.failures import CUT_OFF
from pytest_tmuxagent.faces.claude.payloads import Payloads
from pytest_tmuxagent.faces.claude.records import Records
from pytest_tmuxagent.faces.claude.result import REFUSAL
from pytest_tmuxagent.faces.claude.rows import ELBOW
from pytest_tmuxagent.faces.claude.rules import DENIED_PATH
from pytest_tmuxagent.stub.claude.history import add_entry
from pytest_tmuxagent.stub.claude.home import read_object, write_settings
from pytest_tmuxagent.stub.claude.sheet import Sheet
from pytest_tmuxagent.stub.journal import Verdict
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.faces.claude.rules import Rules
    from pytest_tmuxagent.faces.claude.verdicts import Verdict as RuleVerdict
    from pytest_tmuxagent.stub.box import Taken
    from pytest_tmuxagent.stub.claude.hearing import Hearing, Word
    from pytest_tmuxagent.stub.claude.home import Home
    from pytest_tmuxagent.stub.claude.mcp import Servers
    from pytest_tmuxagent.stub.claude.presence import Presence
    from pytest_tmuxagent.stub.claude.tools import ClaudeTools
    from pytest_tmuxagent.stub.journal import Outcome, Said
    from pytest_tmuxagent.stub.loop import Loop

    Go = Callable[[], None]

_FAREWELL_SECONDS = 1.5
_REJECTED = "User rejected tool use"
_UNTRIED = "<tool_use_error>"
_DECIDED = {"allow": "Allowed", "deny": "Denied"}
_WRITERS = ("Write", "Edit")


class ClaudeJournal:
    """One process's journal; `presence` is None without a terminal. `tools` are set before it begins."""

    tools: ClaudeTools
    servers: Servers

    def __init__(
        self,
        session: str,
        *,
        home: Home,
        cwd: str,
        version: str,
        model: str,
        rules: Rules,
        hearing: Hearing,
        presence: Presence | None,
        loop: Loop,
        branch: str,
        keeps: bool = True,
        said_of: Callable[[str, int | None], tuple[str, str]],
        show: Callable[[list[str]], None],
    ) -> None:
        self._home = home
        self._cwd = os.path.realpath(cwd)
        self._version = version
        self.model = model
        self.rules = rules
        self._hearing = hearing
        self._presence = presence
        self._loop = loop
        self._branch = branch
        self._keeps = keeps
        self._said_of = said_of
        self._show = show
        self._payloads = Payloads(
            session, transcript_path=home.transcript(cwd, session), cwd=self._cwd, permission_mode=rules.mode
        )
        self._open(session)
        self._prompt_id = self._next_prompt_id = ""
        self._message_id = self._request_id = ""
        self._started_at = 0.0
        self._queued_at: dict[str, float] = {}
        self._stop_hook_active = False
        self._verdict: RuleVerdict | None = None
        self._denied: set[str] = set()
        self._decided_by_hooks: dict[str, str] = {}
        self._starting: list[Go] | None = None  # what waits for the hooks of the start, while these run
        self._ran: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._calls_to_run = 0
        self._tool_started_at = 0.0
        self._responses = 0

    @property
    def session(self) -> str:
        return self._payloads.session

    @property
    def written(self) -> bool:
        """Whether there is something to resume."""
        return bool(self._prompt_id)

    def new_turn(self) -> str:
        """Make up a prompt id; the id of a turn is that of its prompt."""
        self._prompt_id, self._next_prompt_id = self._next_prompt_id or new_session(), ""
        return self._prompt_id

    # --- the session ---

    def begin(self, *, resumed: bool) -> None:
        if resumed:
            self._load()
        if self._presence is not None:
            self._presence.start()
        model = self.model if self._presence is not None and not resumed else None
        source = "resume" if resumed else "startup"
        self._starting = []
        self._hearing.hear(self._payloads.session_start(source, model=model), source, self._started)

    def _started(self, _word: Word) -> None:
        """Let the prompts go on that waited for the hooks of the start."""
        waiting, self._starting = self._starting or [], None
        for go_on in waiting:
            go_on()

    def clear(self) -> None:
        """Go on in another session, which begins when the hooks have heard of the end of this one."""
        self._busy()
        self._payloads.prompt_id = prompt_id = new_session()
        ended = self._payloads.session_end("clear")
        self._sheet.close()
        self.tools.forget()
        session = new_session()
        self._payloads.session = session
        self._payloads.transcript_path = self._home.transcript(self._cwd, session)
        self._open(session)
        if self._presence is not None:
            self._presence.move_to(session)
        self._begun = True
        self._write(self._records.cleared(prompt_id=prompt_id, now=time()))
        self._sheet.flush()
        begun = self._payloads.session_start("clear")
        self._hearing.hear(ended, "clear", lambda _: self._hearing.hear(begun, "clear", _ignore))

    def exit(self, status: int, reason: str) -> None:  # noqa: ARG002 - the CLI tells nobody
        """End the session; its hooks get a moment."""
        self._write(self._records.end())
        self._sheet.close()
        heard: list[bool] = []
        self._hearing.hear(self._payloads.session_end(reason), reason, lambda _: heard.append(True))
        deadline = monotonic() + _FAREWELL_SECONDS
        overdue = self._loop.after(_FAREWELL_SECONDS, _nothing)
        while not heard and monotonic() < deadline:
            self._loop.step()
        self._loop.cancel(overdue)
        if self._presence is not None:
            self._presence.end()

    def mode_changed(self) -> None:
        """Take note of another permission mode."""
        self._payloads.permission_mode = self._records.permission_mode = self.rules.mode

    def _open(self, session: str) -> None:
        self._records = Records(
            session,
            cwd=self._cwd,
            version=self._version,
            branch=self._branch,
            new_id=new_session,
            entrypoint="sdk-cli" if self._presence is None else "cli",
            permission_mode=self.rules.mode,
        )
        self._sheet = Sheet(self._payloads.transcript_path, loop=self._loop, again=self._records.again)
        self._begun = False

    def _begin_file(self) -> None:
        if not self._begun:
            self._begun = True
            self._write(self._records.begin())

    def _load(self) -> None:
        from pytest_tmuxagent.stub.claude.sessions import read_records

        self._records.load(read_records(self._payloads.transcript_path), now=time())
        self._begun = True

    def _write(self, records: list[dict[str, Any]]) -> None:
        if self._keeps:
            self._sheet.add(records)

    # --- prompts ---

    def typed(self, taken: Taken) -> None:
        """Add what the person submits to the history of all sessions."""
        if taken.text.startswith("/"):
            self._payloads.prompt_id = new_session()
        if self._keeps:
            add_entry(
                self._home,
                shown=taken.shown,
                pasted=taken.pasted,
                project=self._cwd,
                session=self.session,
            )

    def prompt(self, turn: str, prompts: list[str], *, go: Go, refused: Callable[[str], None]) -> None:
        """Ask the hooks, then record the prompts."""
        self._payloads.prompt_id = turn
        self._started_at = monotonic()
        self._stop_hook_active = False
        self._busy()
        self._begin_file()
        left = list(prompts)
        words: list[Word] = []
        source = "queued" if prompts[0] in self._queued_at else "typed"

        def heard(word: Word) -> None:
            left.pop(0)
            words.append(word)
            if word.blocks:
                self._told(word)
                self._idle()
                refused(self._block(word, prompts))
            elif left:
                ask_next()
            else:
                record()

        def ask_next() -> None:
            self._payloads.prompt_id = turn if len(left) == 1 else new_session()
            self._hearing.hear(self._payloads.user_prompt_submit(left[0]), None, heard)

        def record() -> None:
            given = "sdk" if self._presence is None else source
            self._write(self._records.prompts(prompts, prompt_id=turn, now=time(), source=given))
            for word in words:
                self._told(word)
            for text in prompts:
                self._queued_at.pop(text, None)
            self._accepted(turn, prompts)
            go()

        if self._starting is None:
            ask_next()
        else:
            self._starting.append(ask_next)

    def _accepted(self, turn: str, prompts: list[str]) -> None:
        """Tell nobody: the screen shows it."""

    def shell(self, turn: str, command: str, result: dict[str, Any]) -> None:  # noqa: ARG002
        self._started_at = monotonic()
        self._busy()
        response, code = result.get("response"), result["exit_code"]
        if not isinstance(response, dict):  # it failed: all that it printed counts as an error
            response = {"stderr": result["output"].removeprefix(f"Exit code {code}\n") + "\n"}
        self._begin_file()
        self._write(
            self._records.asides.shell(
                command,
                stdout=str(response.get("stdout", "")),
                stderr=str(response.get("stderr", "")),
                prompt_id=self._payloads.prompt_id,
                now=time(),
            )
        )

    def queued(self, text: str) -> None:
        self._queued_at[text] = time()
        self._write(self._records.queue("enqueue", now=time(), text=text))

    def dequeued(self, text: str) -> None:  # noqa: ARG002 - the record does not tell
        self._write(self._records.queue("dequeue", now=time()))

    def unqueued(self, text: str) -> None:
        self._queued_at.pop(text, None)
        self._write(self._records.queue("popAll", now=time(), text=text))

    def joined(self, turn: str, text: str) -> None:  # noqa: ARG002
        self._write(self._records.queue("remove", now=time()))
        self._write(self._records.folded(text, queued_at=self._queued_at.pop(text, time())))

    def unknown(self, command: str) -> None:
        name, _, words = command.removeprefix("/").partition(" ")
        self._begin_file()
        self._write(self._records.asides.unknown_command(name, words=words, now=time()))

    def _block(self, word: Word, prompts: list[str]) -> str:
        """Record that a hook lets no turn begin, and give what is shown of it."""
        text = f"UserPromptSubmit operation blocked by hook:\n{word.reason}\n\nOriginal prompt: {prompts[-1]}"
        self._blocked(text)
        self._write(self._records.asides.blocked(text, now=time()))
        self._sheet.flush()
        return text

    def _blocked(self, text: str) -> None:
        """Tell nobody that no turn begins: the screen shows it."""

    def _told(self, word: Word) -> None:
        """Record what hooks said, and show what is for the person."""
        self._write(self._records.attached(word.attachments, now=time()))
        lines = word.shown()
        if lines:
            self._show(lines)

    # --- the model and its tools ---

    def requesting(self, turn: str) -> bool:  # noqa: ARG002
        """Make up the ids of the answer to come."""
        self._responses += 1
        self._message_id = f"msg_stub_{os.getpid()}_{self._responses}"
        self._request_id = f"req_stub_{os.getpid()}_{self._responses}"
        return True

    def message(self, turn: str, said: Said) -> None:  # noqa: ARG002
        self._calls_to_run, self._ran = len(said.calls), []
        for call in said.calls:
            call["input"] = self.tools.normalised(call)
            call["offered"] = self.rules.offers(call["name"])
        self._write(
            self._records.assistant(
                said.text,
                said.calls,
                usage=said.usage,
                message_id=self._message_id,
                request_id=self._request_id,
                model=self.model.partition("[")[0],
                stop_reason=said.stop_reason,
                now=time(),
            )
        )

    def judge(self, turn: str, call: dict[str, Any], judged: Callable[[Verdict], None]) -> None:  # noqa: ARG002
        """Ask the PreToolUse hooks; where they do not decide, the rules do."""

        def decided(verdict: Verdict) -> None:
            if verdict.behavior == "deny":
                self._denied.add(call["id"])
            judged(verdict)

        def heard(word: Word) -> None:
            self._told(word)
            self._tool_started_at = monotonic()
            if word.input is not None:
                call["input"] = word.input
            if word.behavior in ("block", "deny"):
                decided(Verdict("deny", message=word.reason))
                return
            call["patch"] = self.tools.preview(call)
            call["exists"] = os.path.exists(os.path.join(self._cwd, str(call["input"].get("file_path", ""))))
            found = self._verdict = self.rules.decide(call)
            behavior = found.behavior
            if behavior != "deny" and word.behavior in ("allow", "ask"):
                behavior = word.behavior
            decided(
                Verdict(
                    behavior,
                    reason=found.reason,
                    always=found.always,
                    message=found.message,
                    suggestions=found.suggestions,
                )
            )

        if self.tools.refuses(call):
            judged(Verdict("refuse"))
        elif self.rules.decide(call).message == DENIED_PATH:
            decided(Verdict("deny", message=DENIED_PATH))
        else:
            self._hearing.hear(self._payloads.pre_tool_use(call), call["name"], heard)

    def asked(
        self,
        turn: str,  # noqa: ARG002
        call: dict[str, Any],
        verdict: Verdict | None,
        decided: Callable[[Verdict], None],
    ) -> None:
        if self._presence is not None:
            self._presence.waiting()
        suggestions = None if verdict is None else verdict.suggestions or None

        def heard(word: Word) -> None:
            self._told(word)
            if word.behavior in ("allow", "deny") and verdict is not None:
                self._busy()
                self._decided_by_hooks[call["id"]] = word.behavior
                call["input"] = word.input or call["input"]
                if word.behavior == "deny":
                    self._denied.add(call["id"])
                decided(Verdict(word.behavior, message=word.reason))

        payload = self._payloads.permission_request(call, suggestions=suggestions)
        self._hearing.hear(payload, call["name"], heard, call=call["id"])

    def settled(self, turn: str, call: dict[str, Any], decision: str) -> None:  # noqa: ARG002
        if decision == "deny":  # the turn is over
            return
        self._busy()
        self._tool_started_at = monotonic()
        if decision == "allow_always":
            if self._verdict is not None:
                self._keep(self.rules.remember(self._verdict))
            self.mode_changed()

    def _keep(self, rules: list[str]) -> None:
        """Write rules that hold for longer than the session."""
        if rules:
            path = f"{self._cwd}/.claude/settings.local.json"
            settings = read_object(path)
            permissions = settings.setdefault("permissions", {})
            allowed = permissions.setdefault("allow", [])
            allowed += [rule for rule in rules if rule not in allowed]
            write_settings(path, settings)

    def returned(self, turn: str, call: dict[str, Any], result: dict[str, Any], *, go: Go) -> None:
        """Record the result, tell the hooks of it, and of all of the message's when the last is there."""
        self._write_change(call, result)
        self._write(self._records.result(call, result, prompt_id=turn, now=time()))
        self._ran.append((call, result))
        decision = self._decided_by_hooks.pop(call["id"], "")
        if decision:
            self._show([f"{ELBOW}{_DECIDED[decision]} by PermissionRequest hook"])
        if result["response"] == _REJECTED:
            self._known(call, result)
            return
        if call["id"] in self._denied or result["output"].startswith(_UNTRIED):
            self._known(call, result)
            self._batch_ended(go)
            return
        told = self._payloads.post_tool_use_failure if result["is_error"] else self._payloads.post_tool_use
        response = result["response"]
        if call["name"] == "AskUserQuestion" and isinstance(response, dict):
            call = {**call, "input": {**call["input"], **_chosen(response)}}
        payload = told(call, result, duration_ms=_ms(monotonic() - self._tool_started_at))

        def heard(word: Word) -> None:
            self._told(word)
            self._known(call, result)
            self._batch_ended(go)

        self._hearing.hear(payload, call["name"], heard)

    def _known(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Tell nobody of a result: the screen shows it."""

    def _write_change(self, call: dict[str, Any], result: dict[str, Any]) -> None:
        """Note that a tool changed a file."""
        response, path = result.get("response"), call["input"].get("file_path")
        if call["name"] in _WRITERS and isinstance(response, dict) and isinstance(path, str):
            existed = response.get("type") != "create"
            place = os.path.relpath(path, self._cwd) if os.path.isabs(path) else path
            self._write(self._records.wrote(call, place, existed=existed, now=time()))

    def _batch_ended(self, go: Go) -> None:
        if len(self._ran) < self._calls_to_run:
            go()
            return
        self._hearing.hear(self._payloads.post_tool_batch(self._ran), None, lambda _: go())

    def failed(self, turn: str, status: int | None, message: str, *, retry: dict[str, Any] | None) -> None:  # noqa: ARG002
        if retry is not None:
            return
        text, kind = self._said_of(message, status)
        request_id = self._request_id
        self._write(
            self._records.api_error(text, status=status, kind=kind, request_id=request_id, now=time())
        )

    # --- the end of a turn ---

    def end(self, turn: str, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        if outcome.stop_reason == "cancelled":
            self._end_cancelled(turn, outcome)
            self._sheet.flush()
            go()
        elif outcome.stop_reason in ("failed", "refusal", "max_tokens"):
            text, kind = self._said_of(outcome.error or "", outcome.status)
            if outcome.stop_reason == "refusal":
                text, kind = f"{REFUSAL}{self._request_id}", "invalid_request"
            elif outcome.stop_reason == "max_tokens":
                text, kind = CUT_OFF, "max_output_tokens"
            payload = self._payloads.stop_failure(kind, text=text)
            self._hearing.hear(payload, None, lambda _: self._close_turn(go))
        elif outcome.stop_reason == "max_turn_requests":
            self._close_turn(go)
        else:
            # Not flushed before its hooks have run: who reads the transcript from within one finds the past.
            self._stop(outcome, go=go, go_on=go_on)

    def _end_cancelled(self, turn: str, outcome: Outcome) -> None:
        if outcome.unseen:
            self._records.given_back()
        else:
            if outcome.followed:  # the CLI has gone on to the next prompt by then
                turn = self._next_prompt_id = new_session()
            asked = outcome.in_tool and outcome.asked
            self._write(
                self._records.interrupted(
                    prompt_id=turn,
                    now=time(),
                    tool=outcome.in_tool,
                    partial=outcome.partial,
                    message_id=None if asked else self._message_id,
                )
            )
        self._idle()

    def _stop(self, outcome: Outcome, *, go: Go, go_on: Callable[[str], None]) -> None:
        payload = self._payloads.stop(outcome.text.strip(), active=self._stop_hook_active)

        def heard(word: Word) -> None:
            if word.blocks:
                feedback = self._records.stop_feedback(word.reason, prompt_id=self._prompt_id, now=time())
                self._write(feedback)
            self._told(word)
            self._summarise(word)
            if word.blocks:
                self._stop_hook_active = True
                go_on(word.reason)
            else:
                self._close_turn(go)

        self._hearing.hear(payload, None, heard)

    def _summarise(self, word: Word) -> None:
        runs = [run for run, _ in word.runs]
        self._write(
            self._records.stop_hook_summary(
                [run.command for run in runs],
                [run.duration_ms for run in runs],
                now=time(),
                run_id=runs[0].tool_use_id if runs else "",
                errors=[decision.reason for _, decision in word.runs if decision.behavior == "block"],
                stopped=word.stop,
                spoke=any(run.stdout for run in runs),
            )
        )

    def _close_turn(self, go: Go) -> None:
        self._write(self._records.turn_duration(_ms(monotonic() - self._started_at), now=time()))
        self._sheet.flush()
        self._idle()
        go()

    def _busy(self) -> None:
        if self._presence is not None:
            self._presence.busy()

    def _idle(self) -> None:
        if self._presence is not None:
            self._presence.idle()


def _chosen(response: dict[str, Any]) -> dict[str, Any]:
    """Give what the answers add to the input of a question."""
    return {key: response[key] for key in ("answers", "annotations") if key in response}


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _ignore(_word: Word) -> None:
    """Hear what has no consequences."""


def _nothing() -> None:
    """Be the end of a wait."""
