"""What a test asserts on of the programs under test: what they did to agents, and the classic defects."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_tmuxagent.lodging import Lodging

if TYPE_CHECKING:
    from pytest_tmuxagent.programs.decoys import Decoys
    from pytest_tmuxagent.programs.received import Prompt
    from pytest_tmuxagent.programs.shell_lines import ShellLine


class Verdicts(Lodging):
    """Finds what went wrong between programs and agents; what is found stands in an AssertionError."""

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Every prompt that the agents of programs have taken so far, exact, in order.

        On the stub slash commands are among them; of a real CLI what it asks its model tells.
        """
        return self.receipts.prompts(lambda: self.launches)

    @property
    def shell_lines(self) -> tuple[ShellLine, ...]:
        """Every line that an interactive bash or zsh in this sandbox has read so far, in order.

        The shells' startup files below this sandbox's HOME note it; the command of `bash -c` is none.
        """
        from pytest_tmuxagent.programs.shell_lines import read_shell_lines

        return read_shell_lines(self.root / "shells")

    def add_decoy(self, name: str) -> tuple[str, ...]:
        """Put tmux sessions beside, which are taken for one called `name` where a target is not exact.

        Call it before the program runs; gives their names. `tmux -t work` means a session whose name begins
        with `work`, or fits it as a pattern, where none is called so; `-t =work` does not.

        Raises:
            Misuse: there is such a decoy, or the name is empty.
        """
        return self._decoys.add(name)

    def assert_only_own_sessions_touched(self) -> None:
        """Assert that nobody typed into a decoy, ended, renamed, resized, attached or changed it.

        Raises:
            AssertionError: somebody did; the message says what, to which.
            Misuse: there is no decoy.
        """
        self._decoys.check()

    def assert_no_prompt_reached_a_shell(self, *prompts: str) -> None:
        """Assert that no shell of the sandbox was made to read a prompt.

        Looked for are the lines of `prompts`, of all prompts that agents received, and what a `when` of the
        script means; and every line whose command was not found, or which was no syntax. A line that starts
        an agent is none.

        Raises:
            AssertionError: one was; the message has the line, its shell, and who had ended there before.
        """
        from pytest_tmuxagent.programs.strays import check_shell_lines

        check_shell_lines(
            self.shell_lines,
            prompts=[*prompts, *(prompt.text for prompt in self.prompts)],
            patterns=self.script.patterns,
            launches=self.launches,
        )

    def assert_prompts_delivered_once(self, *prompts: str) -> None:
        """Assert that each prompt reached exactly one agent, exactly once, unchanged, and nothing else did.

        A prompt that is meant to arrive twice is given twice. Without `prompts`: nothing arrived twice, and
        nothing was empty. Slash commands are left out, unless they are given.

        Raises:
            AssertionError: the message shows what came nearest, and how it differs.
        """
        from pytest_tmuxagent.programs.deliveries import check_deliveries

        check_deliveries(prompts, received=self.prompts)

    def assert_nothing_left_running(self, *, timeout: float = 10.0) -> None:
        """Assert that programs have left no process and no tmux session in the sandbox.

        Found is whoever carries the sandbox's mark, also one that went away by `setsid nohup` or that ignores
        SIGTERM. Not meant are agents of the test itself, what `start` gave while it runs, the tmux server and
        decoys. What is ending has `timeout` seconds for it: a real Claude Code whose terminal is gone takes
        up to nine.

        Raises:
            AssertionError: the message names each, since when, in which pane, and which agent it is.
        """
        from pytest_tmuxagent.programs.left_running import check_left_running

        decoys = self._decoys.names if "_decoys" in vars(self) else ()
        check_left_running(self, decoys=decoys, timeout=timeout)

    def assert_no_secret_in_argv(self) -> None:
        """Assert that no command line holds a secret, where every user of the machine could read it.

        Looked at are the launches, the processes that run now, the commands of tmux panes and the lines of
        shells. Secrets are the values of variables as `API_KEY` or `GITHUB_TOKEN` in this sandbox's or its
        programs' environment, what files of credentials below HOME hold, and what looks like one (`sk-...`).

        Raises:
            AssertionError: the message shows where, with the secret hidden but for its first four characters.
        """
        from pytest_tmuxagent.programs.exposed import check_command_lines
        from pytest_tmuxagent.programs.secrets import secrets_of

        check_command_lines(
            (*secrets_of(self.environments, home=self.home), *self.threshold.vault.secrets),
            launches=self.launches,
            lines=self.shell_lines,
            server=self.program_server,
            cookie=self.sandbox.cookie,
            harmless=() if self.rung is None else self.rung.secrets,
        )

    @cached_property
    def _decoys(self) -> Decoys:
        from pytest_tmuxagent.programs.decoys import Decoys

        return Decoys(self.program_server, folder=self.root)
