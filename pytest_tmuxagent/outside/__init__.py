"""The world outside of a sandbox: hosts that are stood in for, and the credentials to be shown there."""
