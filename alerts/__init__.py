"""Alerts: entries in, alert events out.

`condition` holds the words. `rules` are the limits in force, read from a file that `refusals` has found
nothing wrong with; `limits` holds their words. For one seat, `vitals` are the families that look at its
numbers: each `vital` gathers evidence (`qualify`), under the same limits for everybody or under those
that follow the person's `own` `baseline`; `fast` and `perfusion` judge what no limit alone can;
`person` keeps baseline and `overrides`; `unmonitored` watches for the absence of numbers; each drives
one `alert`, whose life is the table in `state`; `held` says why signals of one seat rest: its `pause`,
or an `inhibition`. What is wrong with the station itself is a `trouble` of the `system`, with levels
from `technical` (`radio_loss`, `reminders` and `outage` are parts of it). `watching` says which
acknowledgement may be a watch. A `row` fires the system and all seats on one time line, and the `seating`
follows the session: who sits where. The `engine` is both to the others: entries and instants in,
`AlertEvent`s out, no clock and no I/O. `service` is the thin shell that feeds it and records
what it says, `keeping` saves its state in turns, `store` writes and reads the bodies and takes up a former
run, `rehearsal` runs the same engine over a recorded session, `experience` says what past sessions speak
against. Missing data clears nothing.

What leaves the room: `escalation` (pure) says whom to notify and when, `notifications` in which words,
`bundle` puts cautions of one second together, `pace` keeps it bearable, `outbox` remembers what was
sent and what became of it, `delivery` journals each attempt and hands it over, `dispatch` joins that to
the companion process in `watchdog`. `channel` entries say who cannot be reached; `audience` finds out
that nobody looks at the page. `preparation` (pure) says what somebody has to accept before a session starts,
`accepting` records who did.
"""
