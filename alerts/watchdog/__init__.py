"""The companion process `holdspace watchdog`: delivers notifications, and watches the station's beat.

It is a process of its own so that a hanging push service can hold up nothing, and so that somebody is
left to speak when the station is gone. `wire` are the lines the two say to each other and `place` where
they meet; `companion` is the station's side (starts, feeds, restarts it). In the process itself `beat`
decides when the station counts as gone, `postman` delivers by apprise (which nothing else imports),
`watch` joins them and `cli` is the command.
"""
