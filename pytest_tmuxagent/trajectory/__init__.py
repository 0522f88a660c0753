"""What an agent did, held against what a test expects of it."""
