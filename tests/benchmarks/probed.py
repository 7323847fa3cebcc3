"""`holdspace demo` with two probes, in a process of its own: `python -m tests.benchmarks.probed demo ...`.

On SIGUSR1 it prints `simulator NS`: the CPU time that the simulated clips have taken, apart from what the
station does with their bytes. With PROBE_READINGS it prints `reading SECONDS SEAT SPO2 PULSE_RATE` for each
reading, where SECONDS is the wall clock when the first of the bytes came in. Imports nothing that
the command itself would not, so that its memory can be measured.
"""

import os
import signal
import sys
import time

from collector.__main__ import main
from collector.clock import Instant
from collector.intake import Intake
from collector.radio.simulated import SimulatedRadio
from collector.reading import Reading
from collector.recorder import Recorder

RADIOS: list[SimulatedRadio] = []


def count_radios() -> None:
    """Have each simulated radio make itself known, so that its CPU time can be asked for."""
    run = SimulatedRadio.run

    async def counted(self: SimulatedRadio) -> None:
        RADIOS.append(self)
        await run(self)

    SimulatedRadio.run = counted  # type: ignore[method-assign]  # a probe


def tell(*_: object) -> None:
    """Print the simulator's CPU time so far."""
    print("simulator", sum(radio.cpu_ns for radio in RADIOS), flush=True)


def watch_readings() -> None:
    """Have each reading printed with the time its bytes came in."""
    receive, reading = Intake.receive, Recorder.reading
    came_s = 0.0

    def timed(self: Intake, characteristic: str, data: bytes, at: Instant) -> None:
        nonlocal came_s
        came_s = time.clock_gettime(time.CLOCK_REALTIME)
        receive(self, characteristic, data, at)

    def told(self: Recorder, device: str, said: Reading) -> object:
        entry = reading(self, device, said)
        worn = self.session.wearer(device) if self.session else None
        if worn is not None:
            print("reading", came_s, worn.seat, said.spo2, said.pulse_rate, flush=True)
        return entry

    Intake.receive = timed  # type: ignore[method-assign]  # a probe
    Recorder.reading = told  # type: ignore[method-assign,assignment]  # a probe


if __name__ == "__main__":
    count_radios()
    signal.signal(signal.SIGUSR1, tell)
    if os.environ.get("PROBE_READINGS"):
        watch_readings()
    sys.exit(main())
