"""Which reader a file is for: by what it begins with, by its name only where nothing else tells."""

from pathlib import Path

from collector.recordings.capture import is_capture
from collector.recordings.csv import read_csv
from collector.recordings.decoded import read_capture
from collector.recordings.oxyii_file import is_oxyii, read_oxyii
from collector.recordings.recording import Recording, bytes_of
from collector.recordings.spo2_file import is_spo2, read_spo2
from collector.recordings.vld import is_vld, read_vld


def read(path: Path) -> Recording:
    """The recording in `path`, of any known form; raises `BadInput` in one sentence."""
    if is_capture(path):
        return read_capture(path)
    if is_spo2(path):
        return read_spo2(path, bytes_of(path))
    data = bytes_of(path)
    if is_vld(data):
        return read_vld(path, data)
    if is_oxyii(data):
        return read_oxyii(path, data)
    return read_csv(path)
