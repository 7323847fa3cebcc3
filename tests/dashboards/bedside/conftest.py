"""Fixtures of the bedside page's tests."""

import pytest

from tests.dashboards.bedside.told import Told


@pytest.fixture
def told() -> Told:
    """A story that has not begun."""
    return Told()
