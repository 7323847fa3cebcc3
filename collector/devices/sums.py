"""Sums: the plain checksums of the families that have no CRC, each 0 when the last byte is right.

Source: reference protocols, section 3.
"""


def sum7(frame: bytes) -> int:
    """Whether the last byte is the sum of the others & 7F (Contec): 0 when it is."""
    return (sum(frame) - 2 * frame[-1]) & 0x7F


def sum8(frame: bytes, skipped: int = 0) -> int:
    """Whether the last byte is the sum of the others, without the first `skipped`, & FF: 0 when it is."""
    return (sum(frame) - sum(frame[:skipped]) - 2 * frame[-1]) & 0xFF
