"""A place of its own for a test: home, workdir, environment, and a warden that owns every process in it.

Warden and keepers import this package in a bare interpreter: nothing is imported here.
"""
