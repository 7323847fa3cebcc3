"""CRC8: the two checksums of the Viatom families.

Both have width 8, start at 0 and no final xor, so the CRC over a frame *with* its CRC byte is 0. Check
values over ASCII `123456789`: `msb_first` F4 (polynomial 07), `lsb_first` A1 (polynomial 31 reflected,
"MAXIM"). Source: reference protocols, section 3; catalogue of parametrised CRC algorithms (CRC-8/SMBUS,
CRC-8/MAXIM-DOW). They are computed a dozen times for each reading with a waveform: hence the library.
"""

from fastcrc import crc8

msb_first = crc8.smbus  # polynomial 07: O2 legacy, OxyII, Masimo
lsb_first = crc8.maxim_dow  # polynomial 31, reflected: AA55
