"""Grafana as code: the second screen and the second, slower net, made from the same words and limits.

queries.py        every InfluxQL text, from the names in `collector/sinks/schema.py`
panels.py         tiles, trends, tables and words as classic panel JSON, dark and without green
board.py          what is around the panels: variables, annotations, time
wall.py           board: one tile per person who is measured now, with "no signal" after 15 s
session.py        board: one session afterwards, with its markers, phases and alerts
fleet.py          board: stations, clips, batteries, what is still to be delivered
rules.py          alert rules from the rules file of the engine, and one for a station that fell silent
contacts.py       who is told and how often; what a locked phone may show
provisioning.py   data source and folder of dashboards
build.py          all of it as the files in `generated/`, which are committed
push.py           the same to a Grafana that exists already; the only user of grafana-client

Everything but `build` (files) and `push` (network) is pure. Nothing here is asked while a session runs: the
collector's own engine gives the alert, the bedside page shows who is well looked after.
"""
