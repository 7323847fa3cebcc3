"""Recordings: files that hold what oximeters said, our own captures and foreign ones.

`capture` is the file of raw notifications that a link carried; its bytes go through the same decoders
as a live link's. Readers of foreign files stand beside it, one module per format.
"""
