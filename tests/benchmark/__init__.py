"""The benchmark: our figures beside those of other tools at the same task, in the same run.

Run it as `python -m tests.benchmark` in a clone; `--help` names the rows.
"""
