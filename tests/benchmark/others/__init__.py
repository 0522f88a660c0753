"""The tools that we are compared with."""
