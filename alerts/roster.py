"""The part of a Session that the engine needs, as a plain JSON value."""

from collections.abc import Mapping
from typing import Any

from alerts.saved import pack, unpack
from collector.clock import Instant
from collector.session import Binding, Phase, Session

_LONG_AGO = Instant(boot="", running_ns=0, utc_ns=0)


def pack_session(session: Session | None) -> dict[str, Any] | None:
    """Id, phase, roster and bindings; None stays None."""
    if session is None:
        return None
    bindings = [
        [held.seat, held.participant, held.device, pack(held.since)]
        for held in session.bindings.values()
    ]
    return {
        "id": session.id,
        "phase": session.phase.value,
        "roster": dict(session.roster),
        "bindings": bindings,
    }


def unpack_session(saved: Mapping[str, Any] | None) -> Session | None:
    """The inverse of `pack_session`."""
    if saved is None:
        return None
    bindings = {
        seat: Binding(
            seat=seat, participant=participant, device=device, since=unpack(since) or _LONG_AGO
        )
        for seat, participant, device, since in saved["bindings"]
    }
    return Session(
        id=saved["id"],
        phase=Phase(saved["phase"]),
        roster=dict(saved["roster"]),
        bindings=bindings,
    )
