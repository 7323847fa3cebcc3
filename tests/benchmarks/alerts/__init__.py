"""The alerts, measured on sessions whose truth is known: `python3 start.py bench alerts`.

sets.py         which courses: falls, nearly low, quiet, moving, silences, recordings
watch.py        the real engine on one course, with somebody who acknowledges
rivals.py       plain threshold, contiguous timer, SatSeconds: what others do with the same readings
own.py          crossings that follow the person: own baseline, fast fall, perfusion
score.py        what is counted: crossings told and how late, announcements, flaps, silences
cost.py         CPU time of one reading
campaign.py     one run over all sets
figures.py      the tables as docs/figures.md
bench.py        the promised figures

The people themselves (steps, ramps, noise, motion, dropouts) come from `tests/alerts/courses.py`.
"""
