"""A capture as a recording: the readings that its bytes decode to.

A capture has times of its own but no date, so the date of the file counts. What the device itself took from its
memory is left out: it belongs to another time.
"""

from pathlib import Path

from collector.devices import DECODERS
from collector.errors import BadInput
from collector.reading import Reading
from collector.recordings import capture
from collector.recordings.family import family_of
from collector.recordings.recording import Recording, Sample, usual_step


def read_capture(path: Path) -> Recording:
    """The readings of the capture in `path`.

    Raises `BadInput` for what is no capture, of no known family, without a reading, or out of order.
    """
    taken = capture.read(path)
    decoder = DECODERS[family_of(path, taken)]()
    found: list[tuple[float, Reading]] = []
    for moment in taken.moments:
        if moment.sent:
            decoder.sent(moment.data)
            continue
        decoded = decoder.feed(moment.characteristic, moment.data, moment.at)
        found += [(moment.t_s, item) for item in decoded if isinstance(item, Reading)]
    live = [(t_s, reading) for t_s, reading in found if not reading.backfill]
    if not live:
        raise BadInput(f"{path} holds no reading; `holdspace decode` shows what it holds.")
    times = [t_s - live[0][0] for t_s, _ in live]
    if times != sorted(times):
        raise BadInput(f"{path}: its times go back.")
    return Recording(
        path=path,
        samples=[
            Sample(
                t_s=at,
                spo2=reading.spo2,
                pulse_rate=reading.pulse_rate,
                perfusion_index=reading.perfusion_index,
            )
            for at, (_, reading) in zip(times, live, strict=True)
        ],
        step_s=usual_step(times),
        start_utc_ns=None,
    )
