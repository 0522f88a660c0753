"""Evaluations, apart from pytest: designs, statistics, results, baselines, judges, prices."""
