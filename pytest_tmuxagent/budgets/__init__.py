"""What agents use up, and the limits of it."""
