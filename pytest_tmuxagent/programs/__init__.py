"""Programs under test: how they run, which agents they find, what reached those, what is wrong."""
