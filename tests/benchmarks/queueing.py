"""How long a thread was ready to run while others had the CPU: what other load adds to a time."""

import os
from pathlib import Path

WITH_OTHERS = "the same with the time that other processes had the CPU"


class Queueing:
    """The calling thread's time in the queue for a CPU (Linux; elsewhere always 0)."""

    def __init__(self) -> None:
        try:
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            self._file = -1

    def ms(self) -> float:
        """Milliseconds since the thread's start: second figure of proc(5) schedstat."""
        return _second(os.pread(self._file, 64, 0)) if self._file >= 0 else 0.0


def queued_ms(pid: int) -> float:
    """The same of the main thread of process `pid`."""
    try:
        return _second(Path(f"/proc/{pid}/task/{pid}/schedstat").read_bytes())
    except OSError:
        return 0.0


def _second(line: bytes) -> float:
    return int(line.split()[1]) / 1e6
