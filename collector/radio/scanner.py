"""Scanner: the one long-lived scan of an adapter, and since when nothing is heard."""

from collections.abc import Callable

import structlog
from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bleak_retry_connector.bleak_manager import get_global_bluez_manager_sync

from collector.clock import SECOND, Clock
from collector.device import Advertisement
from collector.radio.adapter import Adapter, Trouble
from collector.supervision import within

log = structlog.get_logger(__name__)

Heard = Callable[[BLEDevice, Advertisement], None]

# habluetooth allows 15 s; a bluetoothd that answers at all does so in milliseconds.
START_S, STOP_S = 10.0, 5.0
REASONS = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: Trouble.NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: Trouble.NO_LOW_ENERGY,
    BleakBluetoothNotAvailableReason.POWERED_OFF: Trouble.OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: Trouble.DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: Trouble.DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: Trouble.DENIED,
}


class Scanner:
    """Scans until it is stopped; `heard` is called for every advertisement that says something.

    Empty advertisements are no sign of life: an adapter can fail so that nothing else comes
    (reliability.md row 7).
    """

    def __init__(self, clock: Clock, heard: Heard) -> None:
        self._clock = clock
        self._heard = heard
        self._scanner: BleakScanner | None = None
        self._newest_ns = 0
        self._started_ns = 0

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped; whether it hears is another matter."""
        return self._scanner is not None

    @property
    def quiet_s(self) -> float:
        """Seconds since the newest advertisement, or since the start."""
        return (self._clock.now().running_ns - self._newest_ns) / SECOND

    @property
    def hears(self) -> bool:
        """Whether anything was heard since the start."""
        return self._newest_ns > self._started_ns

    async def start(self, adapter: Adapter | None) -> Trouble | None:
        """Begin to scan on `adapter`, or on the system's only one; what is wrong if that fails."""
        args: BlueZScannerArgs = {"filters": {"DuplicateData": True}}  # a clip says the same all day
        if adapter is not None:
            args["adapter"] = adapter.name
        scanner = BleakScanner(self._took, bluez=args)
        try:
            await within(self._clock, START_S, scanner.start(), name="start scanning")
        except BleakBluetoothNotAvailableError as failure:
            return REASONS.get(failure.reason, Trouble.NO_SCAN)
        except (BleakError, EOFError, OSError, TimeoutError) as failure:
            log.info("scanning does not start", why=str(failure))
            return Trouble.NO_SCAN
        self._scanner = scanner
        self._newest_ns = self._started_ns = self._clock.now().running_ns
        return None

    async def stop(self) -> None:
        """Stop scanning; what goes wrong with that is no matter (reliability.md row 9)."""
        scanner, self._scanner = self._scanner, None
        if scanner is None:
            return
        try:
            await within(self._clock, STOP_S, scanner.stop(), name="stop scanning")
        except (BleakError, AssertionError, EOFError, OSError, TimeoutError, ValueError) as failure:
            log.debug("scanning does not stop", why=str(failure))

    def knows(self, address: str) -> bool:
        """Whether the device heard at `address` is still there to be connected; the service may drop it."""
        scanner = self._scanner
        return scanner is not None and address in scanner.discovered_devices_and_advertisement_data

    def begin_anew(self) -> None:
        """Have bleak forget what it believes of a Bluetooth service that has begun anew.

        bleak keeps the objects of the former one, believes that clips are connected, and so never connects
        them again (reliability.md row 10). Losing its connection to the bus is what makes it start afresh.
        """
        known = get_global_bluez_manager_sync()
        if known is not None and known._bus is not None:  # noqa: SLF001 - there is no public way
            known._bus.disconnect()  # noqa: SLF001

    def _took(self, device: BLEDevice, data: AdvertisementData) -> None:
        if self._scanner is None and self._newest_ns:
            return  # a callback of a scan that was stopped
        advertisement = Advertisement(
            address=device.address,
            name=data.local_name or device.name or "",
            services=frozenset(service.lower() for service in data.service_uuids),
            company=frozenset(data.manufacturer_data),
            data=frozenset(data.manufacturer_data.items()),
            rssi=data.rssi,
        )
        if advertisement.name or advertisement.services or advertisement.company:
            self._newest_ns = self._clock.now().running_ns
            self._heard(device, advertisement)
