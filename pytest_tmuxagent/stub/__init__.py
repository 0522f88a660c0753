"""The stub: a program that looks and behaves like an agent's CLI, and says what a script says."""
