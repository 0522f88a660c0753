"""The records of a Claude Code transcript: what a session adds to its `<session>.jsonl`, in file order.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude import messages
from pytest_tmuxagent.faces.claude.asides import Asides
from pytest_tmuxagent.faces.claude.chain import Chain
from pytest_tmuxagent.faces.claude.endings import Endings
from pytest_tmuxagent.faces.claude.metadata import Metadata, is_metadata
from pytest_tmuxagent.faces.claude.snapshots import Snapshots
from pytest_tmuxagent.faces.claude.stamps import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    Record = dict[str, Any]


class Records(Endings):
    """Makes the records of one session; ids come from `new_id`, times (epoch seconds) with each call.

    `asides` makes those of what opens no turn. `permission_mode` is what the next prompt says; `entrypoint`
    is "cli", or headless "sdk-cli". The `prompt_id` of a record is the one of the newest prompt when it is
    made, even where it belongs to another.
    """

    __slots__ = (
        "_attribution",
        "_calls",
        "_greeted",
        "_metadata",
        "_prompted",
        "_snapshots",
        "_terminal",
        "_unanswered_at",
        "_unfinished",
        "asides",
        "permission_mode",
        "session",
    )

    def __init__(
        self,
        session: str,
        *,
        cwd: str,
        version: str,
        branch: str,
        new_id: Callable[[], str],
        entrypoint: str = "cli",
        permission_mode: str = "default",
    ) -> None:
        common = {"userType": "external", "entrypoint": entrypoint, "cwd": cwd}
        told = {**common, "sessionId": session, "version": version, "gitBranch": branch}
        super().__init__(Chain(told, new_id=new_id))
        self._metadata = Metadata(session)
        self._snapshots = Snapshots(cwd)
        self.asides = Asides(self._chain, self._snapshots, self._metadata)
        self._terminal = entrypoint == "cli"
        self._calls: dict[str, str] = {}  # the record of each tool call
        self._attribution: dict[str, str] = {}  # the MCP tool that this turn has called last
        self._greeted = False
        self._unanswered_at: float | None = None  # when records were loaded that end without an answer
        self._unfinished = False
        self._prompted: tuple[str | None, int] = (None, 0)  # the chain before the last prompt
        self.permission_mode = permission_mode
        self.session = session

    # --- the session ---

    def begin(self) -> list[Record]:
        """Open the file: with the first prompt, not before."""
        if not self._terminal:
            return []
        self._metadata.know("mode", "normal")
        self._metadata.know("permission-mode", self.permission_mode)
        return self._metadata.write("mode", "permission-mode")

    def load(self, records: Iterable[Mapping[str, Any]], *, now: float) -> None:
        """Go on after these records of the same session, as `--resume` does; nothing is written by that."""
        last = ""
        for record in records:
            if is_metadata(record):
                self._metadata.read(record)
            elif isinstance(record.get("uuid"), str):
                self._chain.go_on(record["uuid"])
                last = str(record.get("type"))
        self._unanswered_at = now if last in ("user", "attachment") else None
        self._unfinished = last == "attachment"
        self._greeted = True
        self._metadata.know("mode", "normal")
        if self._terminal:
            self._metadata.know("permission-mode", self.permission_mode)

    def cleared(self, *, prompt_id: str, now: float) -> list[Record]:
        """Open the file of the session that `/clear` begins; these Records are new ones."""
        self._metadata.know("mode", "normal")
        opened = self._metadata.write("mode")
        return opened + self.asides.clear(prompt_id=prompt_id, now=now)

    def end(self) -> list[Record]:
        """Close the file; there is none, and this is empty, when nothing was said."""
        self._metadata.correct("permission-mode", self.permission_mode)
        return [] if self._chain.last is None else self._metadata.changes(leaf=self._chain.last)

    def again(self) -> list[Record]:
        """Repeat the metadata: after the batch with which 32 KiB have been written since the last time."""
        self._metadata.correct("permission-mode", self.permission_mode)
        return self._metadata.write(leaf=self._chain.last)

    def title(self, title: str) -> list[Record]:
        """Name the session as the model does; comes while the first turn runs."""
        self._metadata.know("ai-title", title)
        return self._metadata.write("ai-title")

    # --- prompts ---

    def prompt(self, text: str, *, prompt_id: str, now: float, source: str = "typed") -> list[Record]:
        """Accept a prompt; `source` is "typed", "queued" or, headless, "sdk"."""
        return self.prompts([text], prompt_id=prompt_id, now=now, source=source)

    def prompts(
        self, texts: Sequence[str], *, prompt_id: str, now: float, source: str = "queued"
    ) -> list[Record]:
        """Accept all prompts that were queued: together they open one turn."""
        ids = [self._chain.new_id() for _ in texts]
        records = [self._snapshots.prompt(uuid, now=now) for uuid in ids] if self._terminal else []
        records += self._silence(prompt_id)
        self._prompted = (self._chain.leaf, self._chain.count)
        self._attribution = {}
        origin = {"origin": {"kind": "human"}} if self._terminal else {}
        after = {"permissionMode": self.permission_mode, **origin, "promptSource": source}
        for text, uuid in zip(texts, ids, strict=True):
            records.append(self._chain.user(text, prompt_id=prompt_id, now=now, uuid=uuid, after=after))
        self._metadata.know("last-prompt", texts[-1])
        return records + self._greeting(now)

    def given_back(self) -> None:
        """Leave the last prompt behind: it was interrupted before any answer, and is in the box again."""
        self._chain.leaf, self._chain.count = self._prompted

    def queue(self, operation: str, *, now: float, text: str | None = None) -> list[Record]:
        """Tell what happens to a queued prompt.

        `enqueue`, and `popAll` (Up brings it back into the box), tell its text; `dequeue` (it opens a turn)
        and `remove` (it joins the running one) do not.
        """
        told = {"operation": operation, "timestamp": instant(now), "sessionId": self.session}
        return [{"type": "queue-operation", **told, **({} if text is None else {"content": text})}]

    def folded(self, text: str, *, queued_at: float) -> list[Record]:
        """Let a queued prompt join the running turn, after the tool results it goes to the model with."""
        told = {"type": "queued_command", "prompt": text, "commandMode": "prompt"}
        origin = {"origin": {"kind": "human"}, "timestamp": instant(queued_at)}
        return self.attached([{**told, **origin}], now=queued_at)

    # --- the model and its tools ---

    def assistant(
        self,
        text: str,
        calls: Sequence[Mapping[str, Any]],
        *,
        usage: Mapping[str, Any] | None,
        message_id: str,
        request_id: str,
        model: str,
        stop_reason: str,
        now: float,
    ) -> list[Record]:
        """Record a message: one record for each block, all with the same message id and usage."""
        records = []
        for block in messages.blocks(text, calls):
            message = messages.assistant(
                message_id, block, model=model, stop_reason=stop_reason, usage=usage or {}
            )
            record = self._chain.assistant(
                message, request_id=request_id, now=now, attribution=self._attribution
            )
            if block["type"] == "tool_use":
                self._calls[block["id"]] = record["uuid"]
            records.append(record)
        return records

    def result(
        self, call: Mapping[str, Any], result: Mapping[str, Any], *, prompt_id: str, now: float
    ) -> list[Record]:
        """Record what a call came to; its parent is the call, not the record before."""
        source = self._calls.get(str(call["id"]), self._chain.leaf)
        response = result.get("response")
        if response is None:
            response = f"Error: {result['output']}" if result["is_error"] else result["output"]
        block = messages.tool_result(call, result)
        self._attribution = _attribution(str(call["name"])) or self._attribution
        ends = {"toolEndsTurn": True} if result.get("ends_turn") else {}
        after = {"toolUseResult": response, **ends, "sourceToolAssistantUUID": source}
        return [self._chain.user([block], prompt_id=prompt_id, now=now, parent=source, after=after)]

    def rejected(self, call: Mapping[str, Any], *, prompt_id: str, now: float) -> list[Record]:
        """Record that the user did not let a tool run, or stopped it."""
        result = {"output": messages.REJECTED, "is_error": True, "response": "User rejected tool use"}
        return self.result(call, result, prompt_id=prompt_id, now=now)

    def wrote(self, call: Mapping[str, Any], path: str, *, existed: bool, now: float) -> list[Record]:
        """Record that a tool changes a file, which `existed` before or not; comes before its result.

        Headless, there is no such record.
        """
        if not self._terminal:
            return []
        source = self._calls.get(str(call["id"]), "")
        return self._snapshots.wrote(source, path, existed=existed, now=now)

    def attached(self, attachments: Iterable[Mapping[str, Any]], *, now: float) -> list[Record]:
        """Record what hooks came to (`decisions.attachments`), and what else the model is told."""
        return [self._chain.attachment(attachment, now=now) for attachment in attachments]

    # --- parts ---

    def _silence(self, prompt_id: str) -> list[Record]:
        """Answer, in the model's place, what stood without an answer when the records were loaded."""
        at, self._unanswered_at = self._unanswered_at, None
        if at is None:
            return []
        said = [{"type": "text", "text": messages.GO_ON}]
        asked = [self._chain.user(said, prompt_id=prompt_id, now=at, meta=True)] if self._unfinished else []
        return [*asked, self._chain.synthetic(messages.SILENCE, now=at)]

    def _greeting(self, now: float) -> list[Record]:
        """Tell the model, once, which agents and skills there are."""
        told = () if self._greeted else messages.GREETINGS
        self._greeted = True
        return self.attached(told, now=now)


def _attribution(tool: str) -> dict[str, str]:
    mark, _, rest = tool.partition("__")
    server, _, name = rest.partition("__")
    told = {"attributionMcpServer": server, "attributionMcpTool": name}
    return told if mark == "mcp" and name else {}
