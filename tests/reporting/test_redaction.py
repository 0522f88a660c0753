"""Secrets stay out of the evidence."""

from __future__ import annotations

from pytest_tmuxagent.reporting.redaction import Redactor


def test_values_of_secret_variables_are_replaced_wherever_they_stand() -> None:
    redact = Redactor({"MY_API_KEY": "sk-abc.123", "GH_TOKEN": "sk-abc.123-longer", "HOME": "/home/me"})
    assert redact("a sk-abc.123-longer b sk-abc.123 /home/me") == "a [redacted] b [redacted] /home/me"


def test_short_values_are_no_secrets() -> None:
    assert Redactor({"KEYMAP": "us", "TOKEN": ""})("us or not") == "us or not"


def test_secrets_of_ours_are_taken_out_as_well() -> None:
    assert Redactor({}, secrets=["sk-tmuxagent-1"])("key sk-tmuxagent-1.42 sent") == "key [redacted].42 sent"
