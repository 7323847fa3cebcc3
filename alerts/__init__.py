"""Alerts: entries in, alert events out.

`condition` holds the words. `rules` reads and checks limits; `qualify` decides for one level of one family
whether a limit was crossed long enough, with evidence that leaks; `state` is the transition table as data;
`engine` puts them together for all seats: entries and instants in, `AlertEvent`s out, no clock and no I/O.
`service` is the thin shell that feeds the engine from the feed and hands its events to the recorder;
`store` writes and reads their bodies. Missing data never clears anything here.
"""
