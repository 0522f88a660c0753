"""Trials under pytest: how a test is run many times, and one verdict is told of it."""
