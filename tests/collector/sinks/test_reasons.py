"""What a broker's refusal or silence means: one sentence each, and whether somebody has to do something."""

import socket
import ssl

import pytest

from collector.sinks.base import Answer, Outcome
from collector.sinks.reasons import Asked, ended, refused, turned_away, unreached

ASKED = Asked(
    url="mqtts://broker:8883",
    station="room-1",
    user="station",
    kept="/etc/password",
    topic="holdspace/room-1/#",
)
NOBODY = Asked(
    url="mqtt://broker:1883", station="room-1", user="", kept="None", topic="holdspace/room-1/#"
)


def is_a_sentence(answer: Answer) -> bool:
    """One, that fits the page's notice."""
    return answer.why.endswith(".") and len(answer.why) <= 200 and "\n" not in answer.why


@pytest.mark.parametrize("code", range(0x80, 0xA3))
@pytest.mark.parametrize("asked", [ASKED, NOBODY], ids=["user", "nobody"])
def test_every_code_is_told_in_a_sentence(code: int, asked: Asked) -> None:
    """Nothing is ever said to be delivered, and no row is set aside for it."""
    for told in (refused, turned_away, ended):
        answer = told(code, "Some reason", asked)

        assert is_a_sentence(answer)
        assert answer.outcome in (Outcome.AGAIN, Outcome.HOLD)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(0x87, "Not authorized", ASKED), "access list"),
        (turned_away(0x87, "Not authorized", ASKED), "/etc/password"),
        (turned_away(0x86, "Bad user name or password", ASKED), "the user station"),
        (turned_away(0x87, "Not authorized", NOBODY), "user and password_file"),
        (turned_away(0x84, "Unsupported protocol version", ASKED), "MQTT 5"),
        (ended(0x8E, "Session taken over", ASKED), "Another station called room-1"),
        (ended(0x87, "Not authorized", ASKED), "access list"),
        (unreached(ssl.SSLCertVerificationError(), ASKED), "[mqtt] ca_file"),
        (unreached(ssl.SSLError(), ASKED), "mqtts://"),
    ],
)
def test_what_somebody_has_to_mend_holds_everything_and_says_what(answer: Answer, words: str) -> None:
    """And is looked at again after a while."""
    assert answer.outcome is Outcome.HOLD
    assert words in answer.why
    assert is_a_sentence(answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(0x97, "Quota exceeded", ASKED), "quota"),
        (turned_away(0x88, "Server unavailable", ASKED), "server unavailable"),
        (ended(0x8B, "Server shutting down", ASKED), "broke"),
        (unreached(socket.gaierror(), ASKED), "not known in this network"),
        (unreached(TimeoutError(), ASKED), "look whether its machine is well"),
        (unreached(ConnectionRefusedError(), ASKED), "Nothing answers"),
    ],
)
def test_what_passes_by_itself_is_tried_again_soon(answer: Answer, words: str) -> None:
    """Within a second, because the connection has pauses of its own."""
    assert answer.outcome is Outcome.AGAIN
    assert answer.after_s is not None
    assert answer.after_s < 1
    assert words in answer.why
    assert is_a_sentence(answer)
