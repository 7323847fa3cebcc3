"""Fetching: the recordings of a session out of the memories of the clips that were worn in it."""

from dataclasses import dataclass, field
from pathlib import Path

from collector.clock import SECOND, Clock
from collector.device import Device
from collector.devices import FETCHES
from collector.downloading import Downloaded, Shelf, download
from collector.errors import BadInput, LinkLost, Unavailable
from collector.filling import Stored, Worn
from collector.radio.base import Radio
from collector.recordings.moments import by_name
from collector.recordings.oxyii_file import is_oxyii, read_oxyii
from collector.recordings.recording import Recording
from collector.recordings.vld import is_vld, read_vld

# Names are by the clip's clock, of which nothing is known yet; a clip keeps only a handful of recordings, of
# up to 18 h (16 bits of seconds, protocols.md 4.9).
AROUND_NS = 24 * 3600 * SECOND


@dataclass(slots=True)
class Fetched:
    """What came: recordings, and which clips or files could not be had, one sentence each."""

    found: list[Stored] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def with_memory(worn: Worn) -> list[Device]:
    """The clips of `worn` that can be asked; raises `BadInput` when none of them keeps recordings."""
    clips = [clip for clip in worn.clips if clip.family in FETCHES]
    if not clips:
        raise BadInput(
            f"No clip of session {worn.session} keeps recordings that can be downloaded; --from takes a file."
        )
    return clips


async def fetch(radio: Radio, clock: Clock, worn: Worn, got: Fetched, shelf: Shelf) -> None:
    """Ask each clip of `worn` that has a memory, one after the other; a clip that fails stops no other."""
    for clip in with_memory(worn):
        try:
            brought = await download(radio, clock, clip, lambda name: _may_hold(name, worn), shelf)
        except (Unavailable, LinkLost) as failure:
            got.failures.append(str(failure))
            continue
        _take(clip, brought, got)


def _may_hold(name: str, worn: Worn) -> bool:
    """Whether a file of this name may hold some of the session; one without a time may."""
    local = by_name(name)
    if local is None:
        return True
    began = round(local.timestamp()) * SECOND
    return worn.begin_ns - AROUND_NS <= began <= worn.end_ns + AROUND_NS


def _take(clip: Device, brought: Downloaded, got: Fetched) -> None:
    called = clip.name or clip.address
    got.failures += [f"{called}: {name} was not taken: {why}." for name, why in brought.refused.items()]
    for file in brought.files:
        try:
            recording = _recording(Path(file.name), file.data)
        except BadInput as error:
            got.failures.append(f"{called}: {error}")
            continue
        got.found.append(Stored(recording=recording, device=clip.address, ahead_s=brought.ahead_s))


def _recording(path: Path, data: bytes) -> Recording:
    if is_vld(data):
        return read_vld(path, data)
    if is_oxyii(data):
        return read_oxyii(path, data)
    raise BadInput(f"{path} is of no form that is known here.")
