"""The stub in its plain face."""
