"""The script: what the model says in a test, and the service that says it."""
