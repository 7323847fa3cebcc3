"""Radio: the ports through which bytes come in, and their implementations.

`base` holds the ports Radio and Link. `simulated` plays oximeters byte by byte on the station's clock,
`captured` plays a capture file. Bluetooth itself is one more file here, later the only import of bleak.
"""
