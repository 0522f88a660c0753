"""Results as people and machines read them: pure functions of the results model."""
