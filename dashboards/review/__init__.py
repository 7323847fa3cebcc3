"""What a session looks like afterwards: numbers, episodes, report.

`grid.py`, `metrics.py`, `episodes.py` and `pulse.py` are pure numpy: native samples in, numbers out, no
clock and no I/O. `load.py` reads a session from the journal's archive into arrays; `document.py` makes
the `--json` document; `report.py` turns it all into self-contained HTML with `svg.py` and `templates/`.
Definitions of the numbers stand in the docstrings here and, for `review --json`, are those of the
project's reference numbers.
"""
