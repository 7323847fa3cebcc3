"""The promised figures, measured: `python3 start.py bench [NAME...]`.

alerts/         sensitivity, delay and burden of the alerts, beside others; writes docs/figures.md
faults.py       faults planted into the engine, and which invariant finds each
table.py        a row of the result and how the table looks
queueing.py     what other load on the machine adds to a time
probed.py       the demo with probes, as a child process
station.py      a station without radio and server: simulated oximeters to page state, for measuring
throughput.py   readings per CPU second from raw bytes to committed journal, alerts and page state
latency.py      from bytes due to alert decision and page state, at a thousand participants
demo.py         what `holdspace demo` costs beside four pages: CPU, memory, imported modules, first page
page.py         from bytes in to changed DOM in a real browser

CPU is process CPU time over all threads, so that other load on the machine does not count. Every bench
prints what it measured beside what was promised; the exit code is 1 if any promise was missed.
"""
