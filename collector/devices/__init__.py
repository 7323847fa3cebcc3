"""Device families: bytes in, readings out; pure and synchronous.

Each family is one file with its byte table and source on top, `Decoder` (host side) and `Encoder`
(oximeter side, for the simulator and round-trip tests) side by side, and a `DRIVER` value. `DRIVERS` is
the registry, in matching order: the first driver that recognises the services found on the link wins.
"""
