"""The agents we know: one folder each, holding all that changes with a CLI's release."""
