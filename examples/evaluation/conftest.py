"""The project that is to be repaired has tests of its own, which fail."""

collect_ignore = ["project"]
