"""The output of `claude --print`: told what happens, it writes what the real one would, at once.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from time import monotonic, time

from pytest_tmuxagent.faces.claude import result
from pytest_tmuxagent.faces.claude.messages import blocks
from pytest_tmuxagent.faces.claude.output import Output, absolute, message
from pytest_tmuxagent.faces.claude.spending import NO_USAGE
from pytest_tmuxagent.stub.claude.account import Accounting
from pytest_tmuxagent.stub.claude.stdout import Stdout
from pytest_tmuxagent.stub.claude.streaming import Streaming
from pytest_tmuxagent.stub.lines import write_all
from pytest_tmuxagent.stub.transcript import new_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.arguments import Arguments

    Object = dict[str, Any]


class Printing:
    """Hears of a turn in this order, what is in brackets where it happens.

    `begun`, [`prompted`], then for each request `requesting`, [`retrying`], [`partial`], `said`, and for each
    call [`denied`], `returned`; [`reminded`] and on; at last `ended`, `failed`, `interrupted`,
    `stopped_at_limit` or `stopped_over_budget`. After `begun` a slash command is `answered_itself`, a prompt
    that a hook stops `blocked`. `status` is the exit status, `results` counts the turns that ended. What is
    no part of a turn may go to `stdout` past it. Raises Leave(0) where nobody reads, as the real one leaves.
    """

    def __init__(
        self,
        arguments: Arguments,
        *,
        session: str,
        cwd: str,
        memory: str,
        version: str,
        write: Callable[[int, bytes], None] | None = None,
        now: Callable[[], float] = time,
        clock: Callable[[], float] = monotonic,
        new_id: Callable[[], str] = new_session,
    ) -> None:
        """`cwd` and `memory` (a folder, with a slash at its end) are only named; `clock` gives seconds."""
        self._arguments = arguments
        self._cwd = cwd
        self._memory = memory
        self._version = version
        self.stdout = Stdout(arguments, write or write_all)
        self._now = now
        self._new_id = new_id
        self._output = Output(session, new_id=new_id)
        self._accounting = Accounting(clock)
        self._streaming = Streaming(self._stream) if arguments.include_partial_messages else None
        self._waited: int | None = None
        self._announced: list[tuple[str, Object, str]] = []
        self._model = self._message_id = self._request_id = ""
        self._begin()
        self.status = 0
        self.results = 0

    def _begin(self) -> None:
        self._accounting.begin()
        self._stop_reason: str | None = None
        self._retrying = False
        self._prompt_uuid = self._new_id()
        self._usage = NO_USAGE

    # --- a turn begins ---

    def begun(
        self,
        *,
        session: str,
        tools: Sequence[str],
        mcp_servers: Sequence[Mapping[str, str]],
        model: str,
        mode: str,
        api_key_source: str = "none",
    ) -> None:
        """Begin a turn: the hooks let its prompt pass. `model` is the full name, with `[1m]`."""
        self._begin()
        self._output.session, self._model = session, model
        self.stdout.tell(
            self._output.init(
                cwd=self._cwd,
                memory=self._memory,
                tools=tools,
                mcp_servers=mcp_servers,
                model=model,
                mode=mode,
                api_key_source=api_key_source,
                version=self._version,
            )
        )

    def announced(self, text: str, said: Object, *, uuid: str | None) -> None:
        """Take a message that came in, and the prompt it makes: a turn to come opens with it."""
        self._announced.append((text, said, uuid or self._new_id()))

    def prompted(self, text: str) -> None:
        """Note the prompt of the turn; `--replay-user-messages` shows the message that it came in with."""
        found = next((each for each in self._announced if each[0] == text), None)
        if found is None:
            return
        self._announced.remove(found)
        _, said, self._prompt_uuid = found
        if self._arguments.replay_user_messages:
            self.stdout.tell(self._output.replayed(said, uuid=self._prompt_uuid, now=self._now()))

    def requesting(self, *, message_id: str, request_id: str) -> None:
        """Tell that the model is asked; the ids are those of its answer to be."""
        self._message_id, self._request_id = message_id, request_id
        if self._retrying:  # the same request, once more
            self._retrying = False
            return
        self._accounting.requested()
        if self._streaming is not None:
            self.stdout.tell(self._output.status("requesting"))

    def retrying(self, *, attempt: int, attempts: int, delay: float, status: int | None, error: str) -> None:
        """Tell that the request will be made again, for the `attempt`th time; `error` is the kind."""
        self._retrying = True
        if self._streaming is not None:
            self._streaming.cut()
        retry = self._output.retry(
            attempt=attempt, attempts=attempts, delay=delay, status=status, error=error
        )
        self.stdout.tell(retry)

    # --- what is said ---

    def partial(self, text: str, *, usage: Mapping[str, Any] | None = None) -> None:
        """Take the next piece of the message's text; `usage` as far as it is known."""
        self._waited = self._accounting.heard()
        self._usage = usage or NO_USAGE
        if self._streaming is not None:
            if not self._streaming.open:
                self._streaming.begin(self._message(self._usage))
            self._streaming.text(text)

    def said(
        self, text: str, calls: Sequence[Object], *, usage: Mapping[str, Any] | None, stop_reason: str
    ) -> None:
        """Take a whole message; its text is the one that came in pieces, if it did."""
        self._waited = self._accounting.heard()
        begun = self._message(usage or NO_USAGE)
        streaming = self._streaming
        if streaming is not None and not streaming.open:
            streaming.begin(begun)
        for index, block in enumerate(blocks(text, calls)):
            if streaming is not None:
                streaming.begin_block(index, block)
            self.stdout.tell(self._output.block(begun, block, request_id=self._request_id))
            if streaming is not None:
                streaming.end_block(index)
        if streaming is not None:
            streaming.end(stop_reason, begun["usage"])
        self._stop_reason = stop_reason
        self._accounting.said(self._model, begun["usage"])

    def denied(self, call: Object) -> None:
        """Note that nobody allowed a call; its result comes with `returned`."""
        denied = {"tool_name": call["name"], "tool_use_id": call["id"]}
        self._accounting.denied({**denied, "tool_input": absolute(call["input"], self._cwd)})

    def returned(self, call: Object, returned: Object) -> None:
        """Take the result of a call."""
        self._accounting.step()
        self.stdout.tell(self._output.result(call, returned, now=self._now()))

    def reminded(self, text: str) -> None:
        """Tell what makes the model go on, where it had ended."""
        self._accounting.step()
        self.stdout.tell(self._output.reminder(text, now=self._now()))

    @property
    def over_budget(self) -> bool:
        """Whether what was spent is what may be spent."""
        budget = self._arguments.max_budget
        return budget is not None and self._accounting.cost >= budget

    # --- aside ---

    def noticed(self, text: str, *, key: str) -> None:
        """Tell what a person would see beside the box."""
        self.stdout.aside(self._output.notice(text, key=key))

    def hook_started(self, name: str, *, hook_id: str) -> None:
        """Tell of a hook; `name` is `SessionStart:startup`, `PreToolUse:Bash`, `Stop`..."""
        if self._shows_hook(name):
            self.stdout.aside(self._output.hook_started(name, hook_id=hook_id))

    def hook_ended(self, name: str, *, hook_id: str, **said: Any) -> None:  # noqa: ANN401
        """Tell what a hook said: its `stdout`, its `stderr`, its `code`."""
        if self._shows_hook(name):
            self.stdout.aside(self._output.hook_ended(name, hook_id=hook_id, **said))

    def not_compacted(self, why: str) -> None:
        """Tell that the conversation was to be compacted, and was not."""
        self.stdout.aside(self._output.status("compacting"))
        self.stdout.aside(self._output.compaction_failed(why))

    def mode_changed(self, mode: str) -> None:
        """Tell of another permission mode."""
        self.stdout.aside(self._output.status(None, mode=mode))

    def remarked(self, text: str) -> None:
        """Tell what a command printed that was no prompt."""
        said = {"role": "user", "content": f"<local-command-stdout>{text}</local-command-stdout>"}
        self.stdout.aside(self._output.replayed(said, uuid=self._new_id(), now=self._now()))

    def _shows_hook(self, name: str) -> bool:
        return self._arguments.include_hook_events or name.startswith("SessionStart:")

    # --- the end ---

    def ended(self, text: str, *, stop_reason: str, structured: Object | None = None) -> None:
        """End the turn with its last text, once the hooks agree; `structured` is the answer by schema."""
        if stop_reason == "refusal":
            self._refused()
            return
        closing = self._closing()
        self._finish(result.answered(text, stop_reason=stop_reason, structured=structured, **closing))

    def failed(self, text: str, *, error: str, status: int | None) -> None:
        """End the turn: its request failed for good; `text` is what the person reads, `error` the kind."""
        self._accounting.lost()
        self._fail(text, error=error, status=status, stop_reason="stop_sequence")

    def interrupted(self, *, in_tool: bool, partial: str = "") -> None:
        """End the turn: it was interrupted; `partial` is the text of the message that was cut short."""
        if partial:
            begun, block = self._message(self._usage), {"type": "text", "text": partial}
            self.stdout.tell(self._output.block(begun, block, request_id=self._request_id))
        if self._streaming is not None:
            self._streaming.cut()
        self._accounting.lost()
        self._accounting.step()
        self.stdout.tell(self._output.interruption(now=self._now(), in_tool=in_tool))
        self._finish(result.interrupted(in_tool=in_tool, stop_reason=self._stop_reason, **self._closing()))

    def stopped_at_limit(self) -> None:
        """End the turn: `--max-turns` allows no further request."""
        self._finish(result.too_many_turns(self._arguments.max_turns or 0, **self._closing()))

    def stopped_over_budget(self) -> None:
        """End the turn: `--max-budget-usd` is spent."""
        budget = self._arguments.max_budget or 0.0
        self._finish(result.over_budget(budget, stop_reason=self._stop_reason, **self._closing()))

    def answered_itself(self, text: str) -> None:
        """End the turn: it was a slash command, and this its answer."""
        self.stdout.tell(self._output.made_up(text))
        self._finish(result.local(text, **self._closing()))

    def blocked(self, text: str) -> None:
        """End the turn: a hook will not have its prompt; `text` says so, and gives it back."""
        self.stdout.tell(self._output.blocked(text))
        self._finish(result.local(text, **self._closing()))

    def not_started(self, error: str) -> None:
        """Tell that there is no conversation to go on with; other formats leave it to stderr."""
        self.stdout.aside(result.not_started(error, **self._closing()))

    def _refused(self) -> None:
        ids = {"request_id": self._request_id, "prompt": self._prompt_uuid}
        self.stdout.tell(self._output.refused(model=self._model, **ids))
        text = f"{result.REFUSAL}{self._request_id}"
        self._fail(text, error="invalid_request", status=None, stop_reason="refusal")

    def _fail(self, text: str, *, error: str, status: int | None, stop_reason: str) -> None:
        failure = self._output.failure(
            text, error=error, request_id=self._request_id, stop_reason=stop_reason
        )
        self.stdout.tell(failure)
        closing = self._closing()
        self._finish(result.answered(text, stop_reason=stop_reason, is_error=True, status=status, **closing))

    def _closing(self) -> Any:  # noqa: ANN401
        return {
            "session": self._output.session,
            "uuid": self._new_id(),
            "account": self._accounting.close(),
        }

    def _finish(self, told: Object) -> None:
        self.status = result.exit_status(told)
        self.results += 1
        self.stdout.finish(told)

    def _message(self, usage: Mapping[str, Any]) -> Object:
        return message(self._message_id, model=self._model.partition("[")[0], usage=usage)

    def _stream(self, event: Object) -> None:
        waited = self._waited if event["type"] == "message_start" else None
        self.stdout.aside(self._output.stream_event(event, ttft_ms=waited))
