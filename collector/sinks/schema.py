"""The names in the database: measurements, tags and fields. Dashboards and alert rules import them.

Every numeric field is a float; each flag is one float field, 0 or 1; `text` of an event is the only string.
The identity of a point is measurement + tags + time, so tags never change once an entry is in the journal.

=============  ==========================================  ==================================================
measurement    tags                                        fields
=============  ==========================================  ==================================================
reading        participant session device station          spo2 (%), pulse_rate (bpm), perfusion_index (%),
                                                           battery (%): absent where the clip gave no value;
                                                           valid (1: spo2 or pulse_rate is there), seq,
                                                           backfill and every word of FLAGS (0 or 1)
health         participant session device seat station     age_s (since the last valid reading, else since the
                                                           clip was put on), connected (0 or 1), battery (%)
event          kind session station,                       text; seq; value where the entry states one
               participant and seat where there is one
delivery       sink station                                waiting (entries not delivered yet),
                                                           set_aside (rows refused for good, so far)
=============  ==========================================  ==================================================

`value` of a `session` event is 1 from the start of a session and 0 before it and from its end on, of a
`binding` 1 while a clip is worn and 0 once it was given back: by these an alert rule outside learns that
something is over, which silence must never tell it.

`health` and `delivery` come every `HEALTH_S` of a session, from its preparation to its end, whatever the
clips do. Kinds of `event`: marker, session (phases: prepare, start, end), binding, alert, pause.
"""

from collector.reading import Flag

BUCKET = "vitals"
ORG = "holdspace"

READING, HEALTH, EVENT, DELIVERY = "reading", "health", "event", "delivery"

PARTICIPANT, SESSION, DEVICE, STATION = "participant", "session", "device", "station"
SEAT, KIND, SINK = "seat", "kind", "sink"

SPO2, PULSE_RATE, PERFUSION_INDEX, BATTERY = "spo2", "pulse_rate", "perfusion_index", "battery"
VALID, SEQ, BACKFILL = "valid", "seq", "backfill"
FLAGS = tuple(flag.value for flag in Flag)
AGE_S, CONNECTED = "age_s", "connected"
TEXT, VALUE = "text", "value"
WAITING, SET_ASIDE = "waiting", "set_aside"

TAGS = {
    READING: (DEVICE, PARTICIPANT, SESSION, STATION),
    HEALTH: (DEVICE, PARTICIPANT, SEAT, SESSION, STATION),
    EVENT: (KIND, PARTICIPANT, SEAT, SESSION, STATION),
    DELIVERY: (SINK, STATION),
}
FIELDS = {
    READING: (SPO2, PULSE_RATE, PERFUSION_INDEX, BATTERY, VALID, SEQ, BACKFILL, *FLAGS),
    HEALTH: (AGE_S, CONNECTED, BATTERY),
    EVENT: (TEXT, SEQ, VALUE),
    DELIVERY: (WAITING, SET_ASIDE),
}

# Seconds of session between two points of `health`; a dashboard's "dead" rule waits for several of them.
HEALTH_S = 5.0
EVENT_KINDS = ("marker", "session", "binding", "alert", "pause")
