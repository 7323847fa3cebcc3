"""Dashboards: what people look at.

`bedside` is the page beside the group: one tile per seat, the alert strip, three commands. Its `state` is a
pure reducer over entries; `pushes` sends what changed to every open page, `app` has the routes, `guard`
stands before all of them; `service` serves the whole in the caller's TaskGroup. `review` reads a recorded
session afterwards: metrics, report, export. `grafana` makes boards and alert rules for Grafana as files and
knows nothing of the other two; `compose` holds what stands beside docker-compose.yml. `settings` holds this
package's section of holdspace.toml and `cli` its commands. Nothing below imports this package; it decides
nothing about alerts or sessions.
"""
