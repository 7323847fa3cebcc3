"""What a refusal of an MQTT broker, or its silence, means for the batch. Pure.

Source of the codes: OASIS MQTT 5.0, 2.4 Reason Code.
"""

import socket
import ssl
from dataclasses import dataclass

from collector.sinks.base import Answer, Outcome

# A batch that meets no connection is tried again so soon (real s); the connection has pauses of its own.
AGAIN_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the sentences name: where the broker is, and what was asked of it; never the password."""

    url: str
    station: str
    user: str
    kept: str  # where the password is kept
    topic: str = ""


def refused(code: int, said: str, asked: Asked) -> Answer:
    """A message was acknowledged with `code`, in the specification's words `said`."""
    match code:
        case 0x87:
            remedy = "give it the right in the broker's access list"
            if asked.topic.startswith("homeassistant/"):
                remedy += ", or set home_assistant = false in [mqtt]"
            return _hold(f"The broker does not let {_who(asked)} publish on {asked.topic}; {remedy}.")
        case 0x97:
            return again("The broker's quota is used up; it is tried again.")
        case _:
            return _hold(f"The broker refuses {asked.topic} ({said.lower()}); look at its settings.")


def turned_away(code: int, said: str, asked: Asked) -> Answer:
    """The broker did not take the connection."""
    match code:
        case 0x86 | 0x87 if asked.user:
            return _hold(
                f"The broker refuses the user {asked.user} or the password; put the right one into"
                f" {asked.kept}."
            )
        case 0x86 | 0x87 | 0x8C:
            return _hold(
                "The broker wants a user and a password; give user and password_file in [mqtt]."
            )
        case 0x01 | 0x82 | 0x84:
            return _hold(f"The broker at {asked.url} does not speak MQTT 5; it needs one that does.")
        case 0x85 | 0x8A | 0x9A:
            return _hold(f"The broker refuses this station ({said.lower()}); look at its settings.")
        case _:
            return again(f"The broker takes no connection now ({said.lower()}); it is tried again.")


def ended(code: int, said: str, asked: Asked) -> Answer:
    """The broker ended the connection."""
    match code:
        case 0x8E:
            return _hold(
                f"Another station called {asked.station} took over the connection; give each its own name in"
                " [station]."
            )
        case 0x87:
            return refused(code, said, asked)
        case _:
            return again(f"The connection to the broker at {asked.url} broke; it is tried again.")


def unreached(error: OSError, asked: Asked) -> Answer:
    """There was no connection at all."""
    where = asked.url
    match error:
        case ssl.SSLCertVerificationError():
            return _hold(
                f"The certificate of {where} is not trusted; name its authority in [mqtt] ca_file."
            )
        case ssl.SSLError():
            return _hold(f"{where} does not speak TLS as we do; check mqtts:// in [mqtt] url.")
        case socket.gaierror():
            return again(f"The name in {where} is not known in this network; check [mqtt] url.")
        case TimeoutError():
            return silent(asked)
        case _:
            return again(f"Nothing answers at {where}; start the broker or check [mqtt] url.")


def silent(asked: Asked) -> Answer:
    """It is there and says nothing."""
    return again(
        f"No MQTT broker answers at {asked.url}; look whether its machine is well, or check [mqtt] url."
    )


def again(why: str) -> Answer:
    """What passes by itself."""
    return Answer(outcome=Outcome.AGAIN, why=why, after_s=AGAIN_S)


def _hold(why: str) -> Answer:
    return Answer(outcome=Outcome.HOLD, why=why)


def _who(asked: Asked) -> str:
    return f"the user {asked.user}" if asked.user else "anybody without a user"
