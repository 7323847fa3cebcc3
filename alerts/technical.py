"""What can be wrong with the station itself, and how urgent that is: data (alerts.md 4.3).

These limits are no matter of a clinic, so that no rules file holds them.
"""

from alerts.condition import Family, Level
from alerts.limits import FamilyRule, LevelRule
from alerts.qualify import Law
from alerts.rules import ACKNOWLEDGED_S, REPEAT_S
from collector.clock import SECOND

# What nobody in the room can mend within minutes is not asked about again every five.
SLOW_TO_MEND_S = 1800


def _rule(family: Family, *levels: Level, clear_s: float = 0, seen_s: int | None = None) -> FamilyRule:
    """`clear_s`: how long it must have been over before the alert ends; `seen_s`: an acknowledgement's life."""
    return FamilyRule(
        family=family,
        levels=tuple(
            LevelRule(
                level=level,
                law=Law(delay=0, clear=round(clear_s * SECOND), expiry=0),
                repeat=REPEAT_S[level] * SECOND,
                acknowledged=(ACKNOWLEDGED_S[level] if seen_s is None else seen_s) * SECOND,
            )
            for level in levels
        ),
    )


TECHNICAL = {
    rule.family: rule
    for rule in (
        _rule(Family.COLLECTOR_DEAD, Level.URGENT, clear_s=5),
        _rule(Family.ENGINE_DEAD, Level.URGENT, clear_s=5),
        _rule(Family.STORE_BEHIND, Level.CAUTION, Level.URGENT, clear_s=30),
        _rule(Family.RADIO, Level.CAUTION, clear_s=10),
        _rule(Family.IDENTITY, Level.CAUTION),
        _rule(Family.CLOCK_STEP, Level.ADVISORY, Level.CAUTION, clear_s=60),
        _rule(Family.BP_DUE, Level.ADVISORY),
        _rule(Family.CHANNEL_FAILED, Level.CAUTION, seen_s=SLOW_TO_MEND_S),
    )
}
