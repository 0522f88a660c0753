"""A test run that has nothing to do with agents."""


def test_it() -> None:
    assert 1 + 1 == 2
