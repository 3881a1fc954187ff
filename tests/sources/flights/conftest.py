import pytest

from tests.helpers.flights_history import History


@pytest.fixture(scope="session")
def history() -> History:
    return History()
