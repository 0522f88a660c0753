"""The `tmuxagent` command."""

from pytest_tmuxagent.cli.command import main

__all__ = ["main"]
