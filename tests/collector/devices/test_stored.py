"""Stored recordings: list, download, resume, refuse; both families, by their bytes alone."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.devices import (
    FETCHES,
    by_family,
    viatom_oxy,
    viatom_oxy_files,
    viatom_oxy_frame,
    viatom_oxyii,
    viatom_oxyii_files,
    viatom_oxyii_frame,
)
from collector.devices.base import Driver, Encoder, Vitals, Write
from collector.devices.stored import Fetch, Refusal
from tests.collector.evening import oxyii, person, vld

WELL = Vitals(spo2=97, pulse_rate=64)
FAMILIES = ("viatom_oxy", "viatom_oxyii")
BOTH = pytest.mark.parametrize("family", FAMILIES)
Files = dict[str, bytes]


def stored(family: str, *seeds: str) -> Files:
    """Files of a family, an hour apart."""
    make = vld if family == "viatom_oxy" else oxyii
    return dict(make(person(seed), ahead_s=3600 * n) for n, seed in enumerate(seeds))


def clip(family: str, files: Files) -> Encoder:
    """A clip that has stored `files`."""
    if family == "viatom_oxy":
        return viatom_oxy.Encoder(viatom_oxy_files.Memory(files))
    return viatom_oxyii.Encoder(viatom_oxyii_files.Memory(files, piece=100))


@dataclass
class Bench:
    """A machine and a clip with a wire between them; every write passes the family's allow-list."""

    family: str
    fetch: Fetch
    clip: Encoder
    writes: int = 0

    @property
    def driver(self) -> Driver:
        found = by_family(self.family)
        assert found is not None
        return found

    def connect(
        self, *, cut_after: int = 10_000, spoil: Callable[[bytes], bytes] = lambda data: data
    ) -> None:
        """Talk until nothing is left to ask, or so many writes went out."""
        write: Write | None = self.fetch.connected()
        for _ in range(cut_after):
            if write is None:
                return
            self.writes += 1
            write = self._ask(write, spoil)

    def _ask(self, write: Write, spoil: Callable[[bytes], bytes]) -> Write | None:
        replies: list[tuple[str, bytes]] = []
        for piece in self.driver.pieces(write):
            replies += self.clip.answer(write.characteristic, piece, WELL)
        for characteristic, data in replies:
            after = self.fetch.feed(characteristic, spoil(data))
            if after is not None or self.fetch.done:
                return after
        return self.fetch.silent()


def bench(family: str, files: Files, wanted: Callable[[str], bool] = lambda _: True) -> Bench:
    """A new machine for a clip with these files."""
    return Bench(family, FETCHES[family](wanted), clip(family, files))


@BOTH
def test_all_wanted_files_come_whole(family: str) -> None:
    """Byte for byte, and only those that are wanted; the list is what the clip has."""
    files = stored(family, "anna", "ben", "carl")
    first, second, third = files
    talk = bench(family, files, lambda name: name != second)

    talk.connect()

    assert talk.fetch.done
    assert talk.fetch.listed == (first, second, third)
    assert [*talk.fetch.files] == [(first, files[first]), (third, files[third])]
    assert talk.fetch.refused == {}


@BOTH
@pytest.mark.parametrize("wanted", [True, False])
def test_an_empty_list_or_nothing_wanted_ends_at_once(family: str, wanted: bool) -> None:  # noqa: FBT001
    """Nothing to bring is no failure."""
    talk = bench(family, {} if wanted else stored(family, "anna"), lambda _: wanted)

    talk.connect()

    assert talk.fetch.done
    assert talk.fetch.files == []


@BOTH
@given(cut=st.integers(1, 40))
def test_a_transfer_that_is_cut_goes_on_where_it_stopped(family: str, cut: int) -> None:
    """However soon each connection ends (after the least it takes), the file is the same in the end."""
    files = stored(family, "anna")
    talk = bench(family, files)
    least = 7  # greeting, clock, free, list, open, proof, one piece

    for _ in range(60):
        if talk.fetch.done:
            break
        talk.connect(cut_after=cut + least)

    assert [*talk.fetch.files] == [*files.items()]


@BOTH
def test_a_resumed_transfer_does_not_begin_again(family: str) -> None:
    """After a cut in the middle only the proof is read twice."""
    files = stored(family, "anna")
    uncut, cut = bench(family, files), bench(family, files)
    uncut.connect()

    cut.connect(cut_after=uncut.writes - 2)
    received = cut.fetch.received
    cut.connect()

    assert cut.fetch.files == uncut.fetch.files
    assert received > 0
    assert cut.fetch.received - uncut.fetch.received <= 512


@BOTH
def test_a_file_that_changed_between_two_connections_is_read_anew(family: str) -> None:
    """What is held is never joined to another file of the same size."""
    files = stored(family, "anna")
    (name,) = files
    talk = bench(family, files)
    talk.connect(cut_after=9)
    other = stored(family, "ben")

    talk.clip = clip(family, other)
    talk.connect()

    assert [*talk.fetch.files] == [(name, other[name])]


@BOTH
def test_the_wrong_file_is_noticed(family: str) -> None:
    """A clip that serves another recording under this name."""
    one, other = stored(family, "anna", "ben")
    files = stored(family, "anna", "ben")
    talk = bench(family, {one: files[other], other: files[other]})

    talk.connect()

    assert talk.fetch.refused == {one: Refusal.WRONG_FILE}
    assert [*talk.fetch.files] == [(other, files[other])]


def test_the_file_opened_before_is_noticed() -> None:
    """The habit of O2 rings: a name that is gone is answered by the file that was open."""
    files = stored("viatom_oxy", "anna", "ben")
    one, other = files
    talk = bench("viatom_oxy", files)
    talk.connect(cut_after=2)
    talk.clip = viatom_oxy.Encoder(memory := viatom_oxy_files.Memory(dict(files)))
    memory.answer(viatom_oxy_frame.Command.READ_START, 0, other.encode() + b"\0")
    del memory.files[one]

    talk.connect()

    assert talk.fetch.refused == {one: Refusal.WRONG_FILE}
    assert [*talk.fetch.files] == [(other, files[other])]


@BOTH
def test_a_file_that_is_gone_or_empty_is_refused_and_the_next_one_comes(family: str) -> None:
    """A size of 0 and an error are named."""
    files = stored(family, "anna", "ben")
    one, other = files
    talk = bench(family, {one: b"", other: files[other]})

    talk.connect()

    assert talk.fetch.refused == {one: Refusal.WRONG_SIZE}
    assert [name for name, _ in talk.fetch.files] == [other]


@BOTH
def test_a_recording_that_still_grows_is_refused(family: str) -> None:
    """Its header (or missing trailer) tells: it can be fetched later."""
    files = stored(family, "anna")
    (name,) = files
    talk = bench(family, {name: files[name][:-50]})

    talk.connect()

    assert talk.fetch.refused == {name: Refusal.UNFINISHED}


def test_a_wrong_sum_is_refused() -> None:
    """A number that was changed inside a file of the newer rings."""
    files = stored("viatom_oxyii", "anna")
    (name,) = files
    spoilt = bytearray(files[name])
    spoilt[100] ^= 1
    talk = bench("viatom_oxyii", {name: bytes(spoilt)})

    talk.connect()

    assert talk.fetch.refused == {name: Refusal.DAMAGED}


@BOTH
@given(seed=st.integers())
def test_lost_and_spoilt_notifications_cost_time_and_never_a_byte(family: str, seed: int) -> None:
    """A checksum that is wrong is no reply: the request is repeated."""
    random = Random(seed)
    files = stored(family, "anna")

    def spoil(data: bytes) -> bytes:
        if random.random() > 0.002:
            return data
        return b"" if random.random() < 0.5 else bytes((data[0] ^ 0x10,)) + data[1:]

    talk = bench(family, files)
    talk.connect(spoil=spoil)

    assert [*talk.fetch.files] == [*files.items()]


@BOTH
@given(data=st.lists(st.binary(max_size=60), max_size=20), frames=st.data())
def test_whatever_arrives_is_taken(family: str, data: list[bytes], frames: st.DataObject) -> None:
    """Garbage, and well-formed replies with any content: a write, nothing yet, never an error."""
    fetch = FETCHES[family](lambda _: True)
    characteristic = viatom_oxy.NOTIFY if family == "viatom_oxy" else viatom_oxyii.NOTIFY
    write: Write | None = fetch.connected()
    driver = by_family(family)
    assert driver is not None
    for noise in data:
        kind, code = frames.draw(st.booleans()), frames.draw(st.sampled_from((0, 1, 0xE0, 0xFB)))
        asked = write.data[1] if write else 0
        reply = (
            noise
            if kind
            else viatom_oxy_frame.reply(noise, status=code)
            if family == "viatom_oxy"
            else viatom_oxyii_frame.frame(asked, noise, flag=code)
        )
        write = fetch.feed(characteristic, reply) or fetch.silent()
        if write is not None:
            assert driver.allows(write.data)


def test_a_ring_that_encrypts_is_said_to_be_unreadable() -> None:
    """The newer rings of clinics hand out a key; nothing more is asked."""
    fetch = viatom_oxyii_files.Fetch(lambda _: True)
    key = viatom_oxyii_frame.KEY
    said = bytes((1, 0x10)).ljust(20, b"\0")
    payload = bytes(a ^ b for a, b in zip(said, key + key, strict=False))
    fetch.connected()

    write = fetch.feed(viatom_oxyii.NOTIFY, viatom_oxyii_frame.frame(0xFF, payload, flag=1))

    assert write is None
    assert fetch.done
    assert "encrypts" in fetch.unreadable


def test_a_block_that_was_not_asked_for_is_no_reply() -> None:
    """A late second copy of the block before is left where it is; the file stays right."""
    files = stored("viatom_oxy", "anna")
    (name,) = files
    fetch = viatom_oxy_files.Fetch(lambda _: True)
    ring = viatom_oxy_files.Memory(files)
    fetch.connected()
    listed = f'{{"FileList":"{name},"}}'.encode()
    write = fetch.feed(viatom_oxy.NOTIFY, viatom_oxy_frame.reply(listed))
    late = b""
    while write is not None:
        command, block = write.data[1], int.from_bytes(write.data[3:5], "little")
        if command == viatom_oxy_frame.Command.READ_CONTENT and block:
            assert fetch.feed(viatom_oxy.NOTIFY, late) is None
        content = ring.answer(command, block, write.data[7:-1])
        assert content is not None
        late = viatom_oxy_frame.reply(content, block=block)
        write = fetch.feed(viatom_oxy.NOTIFY, late)

    assert [*fetch.files] == [*files.items()]
