"""Radio: the ports through which bytes come in, and their implementations.

`base` holds the ports Radio and Link. `simulated` plays oximeters byte by byte on the station's clock: a
`scenario` (small text files in `scenarios/`) says what happens to whom, `physiology` is the person, an
`oximeter` the clip on it. `captured` plays a recording. `bluetooth` is this computer's adapter: it connects
through `bluetooth_link`, listens through `scanner` (these three alone import bleak), and is kept at work by
`upkeep` with the help of a `host` (`bluez` on Linux); `adapter`, `ladder`, `turns` and `hearing` decide, and
`claim` keeps a second station off. The contract that each implementation keeps is tested once for all.
"""
