"""Radio: the ports through which bytes come in, and their implementations.

`base` holds the ports Radio and Link. `simulated` plays oximeters byte by byte on the station's clock: a
`scenario` (small text files in `scenarios/`) says what happens to whom, `physiology` is the person, an
`oximeter` the clip on it. `captured` plays a recording. Bluetooth itself is one more file here, later
the only import of bleak. The contract that each implementation keeps is tested once for all of them.
"""
