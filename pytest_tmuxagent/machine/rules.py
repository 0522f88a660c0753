"""The rules of an agent machine: one for each kind of step, used where the model can tell what it does."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.drawing import steps_of
from pytest_tmuxagent.machine.steps import Step


def _drawn(kind: type[Step]) -> st.SearchStrategy[Step]:
    return st.runner().flatmap(lambda machine: steps_of(kind, machine.asks))


def _can(kind: type[Step]) -> Callable[[StepRules], bool]:
    return lambda machine: machine.can(kind)


class StepRules(RuleBasedStateMachine):
    """A machine that plays steps."""

    def play(self, step: Step) -> None:
        """Do a step and check it; one that the model cannot tell here is left out."""
        raise NotImplementedError

    def can(self, kind: type[Step]) -> bool:
        """Whether what a step of that kind does now can be told."""
        raise NotImplementedError

    @property
    def asks(self) -> Permissions:
        """The permissions that the agent has."""
        raise NotImplementedError

    @precondition(_can(steps.Send))
    @rule(step=_drawn(steps.Send))
    def send(self, step: Step) -> None:
        """Send a prompt."""
        self.play(step)

    @precondition(_can(steps.Ask))
    @rule(step=_drawn(steps.Ask))
    def ask(self, step: Step) -> None:
        """Send a prompt and wait for its turn."""
        self.play(step)

    @precondition(_can(steps.Wait))
    @rule(step=_drawn(steps.Wait))
    def wait(self, step: Step) -> None:
        """Wait for the oldest turn not yet returned."""
        self.play(step)

    @precondition(_can(steps.WaitInVain))
    @rule(step=_drawn(steps.WaitInVain))
    def wait_in_vain(self, step: Step) -> None:
        """Wait for a turn that goes on."""
        self.play(step)

    @precondition(_can(steps.Settle))
    @rule(step=_drawn(steps.Settle))
    def settle(self, step: Step) -> None:
        """Let the running turn end, and do not ask for it."""
        self.play(step)

    @precondition(_can(steps.Queue))
    @rule(step=_drawn(steps.Queue))
    def queue(self, step: Step) -> None:
        """Give a follow-up while a turn runs."""
        self.play(step)

    @precondition(_can(steps.Steer))
    @rule(step=_drawn(steps.Steer))
    def steer(self, step: Step) -> None:
        """Give a prompt into the running turn."""
        self.play(step)

    @precondition(_can(steps.Redirect))
    @rule(step=_drawn(steps.Redirect))
    def redirect(self, step: Step) -> None:
        """Interrupt what runs, and ask for something else."""
        self.play(step)

    @precondition(_can(steps.Interrupt))
    @rule(step=_drawn(steps.Interrupt))
    def interrupt(self, step: Step) -> None:
        """Interrupt the running turn."""
        self.play(step)

    @precondition(_can(steps.Answer))
    @rule(step=_drawn(steps.Answer))
    def answer_dialog(self, step: Step) -> None:
        """Answer the permission dialog."""
        self.play(step)

    @precondition(_can(steps.Release))
    @rule(step=_drawn(steps.Release))
    def release(self, step: Step) -> None:
        """Let a held reply go on."""
        self.play(step)

    @precondition(_can(steps.Resize))
    @rule(step=_drawn(steps.Resize))
    def resize(self, step: Step) -> None:
        """Give the pane another size."""
        self.play(step)

    @precondition(_can(steps.Paste))
    @rule(step=_drawn(steps.Paste))
    def paste(self, step: Step) -> None:
        """Leave a text in the input box."""
        self.play(step)

    @precondition(_can(steps.Press))
    @rule(step=_drawn(steps.Press))
    def press(self, step: Step) -> None:
        """Press keys in the input box."""
        self.play(step)

    @precondition(_can(steps.Restart))
    @rule(step=_drawn(steps.Restart))
    def restart(self, step: Step) -> None:
        """Start the agent anew."""
        self.play(step)

    @precondition(_can(steps.Crash))
    @rule(step=_drawn(steps.Crash))
    def crash(self, step: Step) -> None:
        """End the agent's process by a signal."""
        self.play(step)

    @precondition(_can(steps.KillServer))
    @rule(step=_drawn(steps.KillServer))
    def kill_server(self, step: Step) -> None:
        """End the tmux server under the agent."""
        self.play(step)
