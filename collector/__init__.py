"""Collector: from the radio to the journal.

A `radio.Link` yields bytes with the instant they arrived. A `Decoder` of `devices`, chosen by the
`Driver` that recognises the oximeter, turns bytes into `Reading`s; it is pure, so the same code runs
live, in simulation and over a capture file. `acquisition` owns one device: find, connect, subscribe,
feed, watch for silence, back off. The `recorder` is the single write path: it gives every `Entry` its
place in the one order (seq) and its participant, folds the current `Session`, publishes on the `feed`
and hands to the journal's writer. The `journal` is the truth: what is not committed there is not taken.

Imports point down: words (reading, device, entry, session) at the bottom, `service` on top. Nothing
here knows alerts or pages; only `__main__`, the composition root, sees all three packages.
"""
