"""The commands and their options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import islice

from pytest_tmuxagent.errors import AgentError
from pytest_tmuxagent.faces import FACES

_AGENT = "the agent: claude, codex, gemini, opencode, pi, cursor-agent, or any name"
_STUB = """\
Run the stub in this terminal, playing NAME. Every option that is not listed here, and all that follows `--`,
is the agent's own: `tmuxagent stub claude --print "hello"`. It has a HOME of its own (see --home), so that
it touches none of your files there."""
_DEMO = """\
a script is a list of replies, in TOML or JSON; each answers one request of the agent:

  [[replies]]
  when = "hello"        # only prompts that contain this; without it: any, in order
  say = "Hi!"           # a text, or a list of texts: its chunks
  delay = 0.5           # seconds before it begins
  always = true         # it stays; others are used up

  [[replies]]
  say = "I write it down."
  write = { path = "hello.py", content = "print('hi')" }

  [[replies]]
  fail = 529            # the model's server answers with an error
  message = "Overloaded"

tools: write {path, content}, edit {path, old, new}, read PATH, shell COMMAND,
ask_user QUESTION or {question, options}, call {name, input} for any other, by its vendor's name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a `tmuxagent` command and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    ours, theirs = split(words)
    arguments = _parser().parse_args(ours)
    run: Callable[[argparse.Namespace, list[str]], int] = arguments.run
    try:
        return run(arguments, theirs)
    except AgentError as error:
        print(f"tmuxagent: {error}", file=sys.stderr)  # noqa: T201 - it is what a command does.
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `tmuxagent ls | head`: nobody reads on.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tmuxagent", description="Tools of pytest-tmuxagent.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_doctor(commands)
    _add_stub(commands)
    _add_ls(commands)
    _add_reap(commands)
    _add_attach(commands)
    _add_results(commands)
    return parser


_Commands = argparse._SubParsersAction  # argparse has no public name for it.


def _add_doctor(commands: _Commands[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser("doctor", help="say what is here, what is missing, and how to get it")
    doctor.set_defaults(run=_doctor)


def _add_stub(commands: _Commands[argparse.ArgumentParser]) -> None:
    stub = commands.add_parser(
        "stub",
        help="run the stub agent in this terminal",
        description=_STUB,
        epilog=_DEMO,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="tmuxagent stub [options] NAME [the agent's own arguments]",
    )
    stub.add_argument("name", metavar="NAME", nargs="?", default="claude", help=_AGENT)
    stub.add_argument(
        "--script", metavar="FILE", help="a .toml or .json file of replies; without one it echoes"
    )
    stub.add_argument("--permissions", choices=("allow", "ask"), help="ask before tools run, or never")
    stub.add_argument("--face", choices=FACES, help="what it looks like (default: NAME's, or plain)")
    stub.add_argument("--home", metavar="DIR", help="its HOME (default: ~/.local/state/tmuxagent/home)")
    stub.set_defaults(run=_stub)


def _add_ls(commands: _Commands[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("ls", help="list your sandboxes on this machine, and the agents in them")
    listing.set_defaults(run=_ls)


def _add_reap(commands: _Commands[argparse.ArgumentParser]) -> None:
    reap = commands.add_parser(
        "reap",
        help="end and remove what dead test runs have left behind",
        description="End and remove what dead test runs have left behind. Runs that live are never touched; "
        "safe at any time. The exit status is 1 when something would not go.",
    )
    reap.set_defaults(run=_reap)


def _add_attach(commands: _Commands[argparse.ArgumentParser]) -> None:
    attach = commands.add_parser(
        "attach",
        help="look at a running agent",
        description="Look at a running agent, in tmux; leave with Ctrl-B D. Your keys do not reach it.",
    )
    attach.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="as `tmuxagent ls` names it; may be left out where there is only one",
    )
    attach.add_argument("--type", action="store_true", dest="typing", help="let your keys reach the agent")
    attach.set_defaults(run=_attach)


def _add_results(commands: _Commands[argparse.ArgumentParser]) -> None:
    results = commands.add_parser("results", help="show, compare and join results of trials, and baselines")
    verbs = results.add_subparsers(dest="verb", required=True)
    merge = verbs.add_parser(
        "merge",
        help="join the files of several machines",
        description="Join files of one form: of other tests, and of other trials of the same. A trial that "
        "ended in two ways is an error.",
    )
    merge.add_argument("files", nargs="+", metavar="FILE", help="from --agent-results or --agent-baseline")
    merge.add_argument("-o", "--out", metavar="OUT", help="write them there (otherwise they are shown)")
    merge.set_defaults(run=_merge)
    show = verbs.add_parser("show", help="print the table of a file")
    show.add_argument("file", metavar="FILE", help="from --agent-results or --agent-baseline")
    show.add_argument("--k", metavar="K,...", help="tell pass@k and pass^k for each of these, as 1,3,5")
    show.set_defaults(run=_show)
    compare = verbs.add_parser(
        "compare",
        help="say what got worse or better",
        description="Say what got worse or better from one file to another, trial by trial. The exit status "
        "is 1 where a test or the whole suite got worse.",
    )
    compare.add_argument("old", metavar="OLD", help="the baseline, or results")
    compare.add_argument("new", metavar="NEW", help="what to hold against it")
    compare.set_defaults(run=_compare)


# What a command needs is imported when it runs: the stub has to start at once.


def _doctor(_arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.doctor import run_doctor

    return run_doctor()


def _stub(arguments: argparse.Namespace, rest: list[str]) -> int:
    from pytest_tmuxagent.cli.stub import run_stub

    return run_stub(
        arguments.name,
        rest,
        script=arguments.script,
        permissions=arguments.permissions,
        face=arguments.face,
        home=arguments.home,
    )


def _ls(_arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.sandboxes import run_ls

    return run_ls()


def _reap(_arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.sandboxes import run_reap

    return run_reap()


def _attach(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.attach import attach, attach_typing

    return attach_typing(arguments.name) if arguments.typing else attach(arguments.name)


def _merge(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.results import run_merge

    return run_merge(arguments.files, out=arguments.out)


def _show(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.results import run_show

    return run_show(arguments.file, tries=arguments.k)


def _compare(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from pytest_tmuxagent.cli.results import run_compare

    return run_compare(arguments.old, arguments.new)


_STUB_OPTIONS = ("--script", "--permissions", "--face", "--home")


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Part our words from the agent's own: behind `stub NAME` all is the agent's that we do not know."""
    if words[:1] != ["stub"]:
        return words, []
    ours, theirs, named = ["stub"], list[str](), False
    rest = iter(words[1:])
    for word in rest:
        if word == "--" and named:
            theirs += rest
        elif word in _STUB_OPTIONS:
            ours += [word, *islice(rest, 1)]
        elif word.partition("=")[0] in _STUB_OPTIONS or not named:
            ours.append(word)
            named = named or not word.startswith("-")
        else:
            theirs.append(word)
    return ours, theirs
