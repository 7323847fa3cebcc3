"""Real bleak on a fake bluetoothd: whatever fails, readings flow again, in the time stated."""

import pytest

from tests.radio.failures import FAILURES, Failure
from tests.radio.scene import scene


@pytest.mark.asyncio
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"row {failure.row}: {failure.what}")
async def test_readings_come_back(failure: Failure) -> None:
    """After each failure of the catalogue every clip is read again, and never are two connected at once."""
    async with scene(families=failure.families, arrange=failure.arrange) as stage:
        if not failure.from_start:
            await stage.flowing()
        await failure.strike(stage)
        took = await stage.flowing(within=failure.within)

        assert took <= 60
        assert stage.bluez.overlaps == 0
