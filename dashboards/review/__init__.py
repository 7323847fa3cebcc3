"""What a session looks like afterwards: numbers, episodes, report.

grid.py       native samples and the 1 Hz hold grid
metrics.py    the numbers; those of `review --json` are the project's reference numbers
episodes.py   runs on the grid: gaps, threshold episodes, artefact marks, drops by rule K600
load.py       a recorded session from the journal's archive as arrays, markers, alerts
saving.py     times in which readings were not saved, from the journal's store entries
history.py    alert episodes put together again from their events
figures.py    the figures of one report, over the time in which readings were due
document.py   the document that `review --json` prints
notices.py    what the recording lacks, boxed on every page
words.py      how values, times and alerts are written
axis.py svg.py plots.py   drawings as inline SVG
tiles.py report.py        the HTML pages (templates/), self-contained and for print
publish.py    writing them, each whole or not at all

The first three are pure numpy: no clock, no I/O. Definitions of numbers stand in the docstrings there.
"""
