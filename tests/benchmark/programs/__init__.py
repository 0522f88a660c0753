"""Test files that are copied to a place of their own and run there by pytest."""
