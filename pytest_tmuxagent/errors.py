"""Every error a user can meet, as one tree.

AgentError
├── EnvironmentProblem       the machine cannot do it: what is missing, how to get it
│   ├── TmuxMissing, TmuxTooOld, PlatformUnsupported
│   ├── SandboxUnavailable
│   ├── OutsideUnavailable   what standing in for https hosts takes
│   ├── ClockUnavailable     what speeds up a program's clock
│   └── CliMissing           the real CLI of an agent
├── TmuxError                our tmux server
│   ├── TmuxCommandFailed, TmuxCommandRefused, TmuxNotAnswering
│   └── TmuxServerGone, PaneDead
├── WardenGone               the process that owns our processes
├── Misuse                   a mistake in the test or its configuration
│   ├── UnknownAgent, RungUnavailable, NotSupported
│   ├── InvalidScript
│   ├── InvalidResults       a file of results or a baseline that cannot be used
│   ├── PromptRefused        nothing was typed
│   ├── AgentBusy, NothingToWaitFor, NothingToInterrupt
├── ScriptMismatch           what the agent asked for is not what was scripted
│   ├── UnscriptedPrompt, RunawayTurn, ReplyFailed
│   ├── StubOnly             a reply that only the stub can play
│   ├── ProtocolBroken       a model request against the rules of its protocol
│   ├── OutsideCall          the agent called the vendor's own host
│   └── ScriptNotExhausted   (also an AssertionError)
├── JudgedFailed             a judge says no (also an AssertionError); `.reason`, `.judge`
├── JudgeUnscored            a judge cannot tell; `.reason`, `.judge`
├── CountingFailed           what agents use up could not be counted
├── BudgetExceeded           a test used more than its marker, or the run, allows; its agents were interrupted
└── WaitFailed               what was waited for did not come
    ├── WaitTimeout          its time is over
    │   └── TurnTimeout
    ├── NeverCompleted       nobody is left who could fulfil a completion contract
    ├── ProgramExited        a program under test ended; `.returncode`
    ├── PromptNotAccepted
    ├── AgentBlocked         a permission dialog is open; `.request` answers it
    └── AgentExited          `.status` or `.signal`
"""

from __future__ import annotations

from typing import Protocol


class AgentError(Exception):
    """Anything that pytest-tmuxagent raises."""


class EnvironmentProblem(AgentError):
    """This machine lacks something; the message says what, and how to get it."""


class TmuxMissing(EnvironmentProblem):
    """No tmux was found."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"tmux was not found on PATH ({searched}). Install it: "
            "`apt-get install tmux` (Debian, Ubuntu), `dnf install tmux` (Fedora), "
            "`brew install tmux` (macOS)."
        )


class TmuxTooOld(EnvironmentProblem):
    """The tmux that was found is older than 3.2a."""

    def __init__(self, *, path: str, version: str) -> None:
        super().__init__(
            f"{path} is tmux {version}; 3.2a or newer is needed. "
            "Install a newer tmux, and put it first on PATH."
        )


class PlatformUnsupported(EnvironmentProblem):
    """There is no tmux for this system."""

    def __init__(self, platform: str) -> None:
        super().__init__(
            f"pytest-tmuxagent needs tmux, which does not exist on {platform}. Use Linux, macOS or WSL."
        )


class SandboxUnavailable(EnvironmentProblem):
    """A sandbox could not be made (disk, permissions, file descriptors)."""


class OutsideUnavailable(EnvironmentProblem):
    """What standing in for https hosts takes is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"agent_sandbox.outside needs {package}, for certificates and HTTP of its own: "
            "pip install 'pytest-tmuxagent[outside]'"
        )


class ClockUnavailable(EnvironmentProblem):
    """What speeds up a program's clock is not installed."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"clock_speed= needs libfaketime, which was not found ({searched}). Install it: "
            "`apt-get install libfaketime` (Debian, Ubuntu), `dnf install libfaketime` (Fedora), "
            "`brew install libfaketime` (macOS)."
        )


class UntriedCli(UserWarning):
    """A real CLI has a version that was never tried with this one of ours; it runs all the same."""


class CliMissing(EnvironmentProblem):
    """The vendor's own program is not here, or does not run."""

    def __init__(self, command: str, *, why: str, package: str) -> None:
        super().__init__(
            f"the real {command} cannot be run: {why}. Install it (`npm install -g {package}`), name it "
            f"(`--agent-cli {command}=PATH`), or run on the stub (--agent-rung=stub)."
        )


class TmuxError(AgentError):
    """Something went wrong between us and a tmux server of ours."""


class TmuxCommandFailed(TmuxError):
    """tmux answered a command with an error."""

    def __init__(self, command: str, *, answer: str) -> None:
        super().__init__(f"tmux refused `{command}`: {answer}")
        self.command = command
        self.answer = answer


class TmuxCommandRefused(TmuxError):
    """The command may not go over the control connection: it would detach, block or redirect it."""


class TmuxNotAnswering(TmuxError):
    """tmux did not answer a command within its deadline."""

    def __init__(self, command: str, *, timeout: float) -> None:
        super().__init__(f"tmux did not answer `{command}` within {timeout:g} s")
        self.command = command


class TmuxServerGone(TmuxError):
    """The tmux server ended, or threw its control client out."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the tmux server of this sandbox is gone: {reason}")
        self.reason = reason


class PaneDead(TmuxError):
    """The program in the pane has ended; nothing was typed."""

    def __init__(self, pane: str) -> None:
        super().__init__(f"the program in pane {pane} has ended; nothing was typed into it")
        self.pane = pane


class WardenGone(AgentError):
    """The warden, which owns all our processes, ended."""


class Misuse(AgentError):
    """A mistake in the test, the script or the configuration."""


class UnknownAgent(Misuse):
    """No agent of that name is registered."""

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        super().__init__(
            f"no agent is called {name!r}. Known: {', '.join(known)}. "
            "Add your own from a conftest with the `pytest_tmuxagent_agents` hook."
        )


class RungUnavailable(Misuse):
    """The rung that was asked for cannot answer."""


class NotSupported(Misuse):
    """This agent has no way to do that."""

    def __init__(self, verb: str, *, agent: str, why: str) -> None:
        super().__init__(f"{agent} cannot {verb}: {why}")


class InvalidScript(Misuse):
    """A script that cannot be played."""


class InvalidResults(Misuse):
    """A file of results, or a baseline, that cannot be read, or not be joined with others."""


class PromptRefused(Misuse):
    """The prompt cannot be delivered unchanged; nothing was typed."""


class AgentBusy(Misuse):
    """A prompt was sent while a turn was running."""


class NothingToWaitFor(Misuse):
    """`wait()` was called with no turn outstanding."""


class NothingToInterrupt(Misuse):
    """`interrupt()` was called with no turn running."""


class ScriptMismatch(AgentError):
    """The agent asked for something that the script does not have."""


class UnscriptedPrompt(ScriptMismatch):
    """A model request for which no reply was scripted; it was answered 400."""


class RunawayTurn(ScriptMismatch):
    """One turn made more model requests than any sane turn does."""


class ReplyFailed(ScriptMismatch):
    """A callable of the script raised, or gave something that is no reply."""


class StubOnly(ScriptMismatch):
    """A reply that only the stub can play was asked for by a real CLI; it was answered 400."""

    def __init__(self, reply: str, *, why: str) -> None:
        super().__init__(
            f"{reply} was asked for by a real CLI, which cannot play it: {why}. It was answered 400. "
            'Mark the test @pytest.mark.agent(rungs=("stub",)), or use crash(signal=...), cut() or stall().'
        )
        self.reply = reply


class ProtocolBroken(ScriptMismatch):
    """A model request breaks rules of its vendor's protocol; it was answered 400."""

    def __init__(self, agent: str, *, protocol: str, rules: tuple[str, ...]) -> None:
        listed = "".join(f"\n  {rule}" for rule in rules)
        super().__init__(
            f"a model request of {agent} breaks the rules of {protocol}; it was answered 400, as the vendor "
            f"would.{listed}\nThe agent sent what no model server takes: this is a fault of the CLI, or of "
            "what changed its conversation; if the real server takes it, report it to pytest-tmuxagent."
        )
        self.rules = rules


class OutsideCall(ScriptMismatch):
    """Something in the sandbox called the host of a model vendor; the call was refused."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"something in the sandbox called {host}, past the script; the call was refused and nothing left "
            "this machine. Look for a program under test that sets a base URL or a proxy of its own, and let "
            "it start the agent that it finds on PATH, with the configuration below HOME."
        )
        self.host = host


class ScriptNotExhausted(ScriptMismatch, AssertionError):
    """Replies were scripted that nobody asked for."""


class JudgedFailed(AgentError, AssertionError):
    """A judge says no to what the agent did."""

    def __init__(self, reason: str, *, judge: str) -> None:
        super().__init__(f"{judge} says no: {reason or 'it gave no reason'}")
        self.reason = reason
        self.judge = judge


class JudgeUnscored(AgentError):
    """A judge cannot tell: this says nothing about the agent, and a trial of it is unscored."""

    cause = "harness"

    def __init__(self, reason: str, *, judge: str = "the judge") -> None:
        super().__init__(
            f"{judge} cannot tell: {reason or 'it gave no reason'}. "
            "If it often cannot, look at what it is asked; `agreement()` counts it."
        )
        self.reason = reason
        self.judge = judge


class BudgetExceeded(AgentError):
    """A test used up more than it may: `.what` ("turns", "cost_usd"), `.limit`, `.reached`, `.agent`."""

    def __init__(self, message: str, *, what: str, limit: float, reached: float, agent: str) -> None:
        super().__init__(message)
        self.what = what
        self.cause: str | None = None
        self.limit = limit
        self.reached = reached
        self.agent = agent


class CountingFailed(AgentError):
    """What agents use up could not be counted: no budget of the test can be kept."""

    cause = "harness"

    def __init__(self, fault: Exception) -> None:
        super().__init__(
            f"what the agents use up could not be counted ({type(fault).__name__}: {fault}), so that no "
            "budget holds. Where it is no want of disk space for --agent-max-cost, it is a defect of "
            "pytest-tmuxagent: report it, please."
        )


class WaitFailed(AgentError):
    """What was waited for did not come."""


class WaitTimeout(WaitFailed):
    """What was waited for did not come in time."""


class TurnTimeout(WaitTimeout):
    """The turn did not end in time."""


class NeverCompleted(WaitFailed):
    """A completion that can no longer come: no program and no agent is left that could bring it."""

    def __init__(self, seen: str, *, account: str) -> None:
        super().__init__(
            f"{seen}. It can no longer come: no program and no agent is left in the sandbox.\n{account}\n"
            "what to do: see how they ended (`.launches`), and whether they know this contract"
        )


class ProgramExited(WaitFailed):
    """A program under test ended, or takes no input any more; `.returncode` is None where it runs."""

    def __init__(self, message: str, *, returncode: int | None) -> None:
        super().__init__(message)
        self.returncode = returncode


class PromptNotAccepted(WaitFailed):
    """The prompt was typed, and the agent did not take it."""


class OpenRequest(Protocol):
    """A permission request that waits for an answer."""

    def allow(self) -> None:
        """Answer yes, this once."""

    def allow_always(self) -> None:
        """Answer yes, and do not ask again."""

    def deny(self) -> None:
        """Answer no."""


class AgentBlocked(WaitFailed):
    """The agent stands at a permission dialog; answer it by `.request`, then wait again."""

    def __init__(self, message: str, *, request: OpenRequest) -> None:
        super().__init__(message)
        self.request = request


class AgentExited(WaitFailed):
    """The agent's process ended: with `.status`, or by `.signal`.

    `.cause` is None where the agent crashed at its work, or else why an evaluation does not score it:
    "environment" (it never got ready), "harness" (its tmux server is gone), "test_bug" (it was closed).
    """

    def __init__(
        self, message: str, *, status: int | None, signal: int | None, cause: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.signal = signal
        self.cause = cause
