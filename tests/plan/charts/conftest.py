import pytest
from tests.plan.charts.sample import assistant

from outlay.plan.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return assistant(tmp_path_factory.mktemp("assistant"))
