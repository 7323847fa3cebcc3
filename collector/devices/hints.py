"""What an advertised name hints at.

Names are reused across unrelated protocols ("SleepO2" is sold by two makers, "O2Ring S" is no
"O2Ring"), so a hint only ranks devices in a list of candidates; the services found on the link choose
the driver. Source: reference protocols, section 2.3; the result on its advertising vectors is tested.
"""

import re

from collector.device import Advertisement, full_uuid

AMBIGUOUS = "ambiguous"

# Also shown by rings that show the O2 legacy or heart rate service beside it: then this one counts.
OXYII_SERVICE = "e8fb0001-a14b-98f9-831b-4e2941d01248"

SERVICES = {
    OXYII_SERVICE: "viatom_oxyii",
    "14839ac4-7d7e-415c-9a42-167340cf2339": "viatom_oxy",
    "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b": "nonin",
    "54c21000-a720-4b4f-11e4-9fe20002a5d5": "masimo",
    "cdeacb80-5235-4c07-8846-93a37ee6b86d": "jumper",
    full_uuid(0x1822): "plx",
}

NAMES = tuple(
    (family, re.compile(pattern, re.IGNORECASE))
    for family, pattern in (
        (
            "viatom_oxyii",
            r"^(O2Ring S|O2Ring S[FPC]|S8-AW|T8520|SHQO2Pro|Band-WU|O2MP|O2RMed S)([ _-]|$)",
        ),
        (
            "viatom_oxy",
            (
                r"^(O2Ring|O2RingF|O2Ring-RE|O2|O2M|O2NCI|O2S|O2BAND|CMRing|SleepU|WearO2|KidsO2"
                r"|BabyO2N?|Oxylink|Oxyfit|OxyRing|OxyU|BBSM S[123]|AI S100|CheckO2|Checkme[_ ]O2)"
                r"(-WPS)?([ _-]|$)"
            ),
        ),
        (AMBIGUOUS, r"^SleepO2([ _-]|$)"),  # viatom_oxy or contec
        (
            "viatom_aa55",
            (
                r"^(PC-60F|PC-60FW|PC-60B|PC-60NW|PC-60NW-1|PC-66B|PC-68B|OxySmart|POD-1|POD-2B"
                r"|S[567]W\w*|PF-10\w*|PF-20\w*|SP-20|AP-20)([ _-]|$)"
            ),
        ),
        ("nonin", r"^Nonin(3150|3230|\d{4})"),
        ("masimo", r"MightySat|Masimo|^MSat"),
        ("berry_bci", r"^BerryMed"),
        ("jumper", r"^(My Oximeter|Medical|JPD-)"),
        ("contec", r"^(SpO2\d{2,3}|PO60)"),
        ("fe_accurate", r"^(VTM 20F|FS20F|FS02F)"),
        # Not in the reference: inferred from the model's name, nobody has confirmed it.
        ("jks50f", r"^JKS50F"),
        ("ws20a", r"^WS20A"),
        ("innovo", r"^(iP900|Innovo)"),
        ("taidoc", r"^(TAIDOC|TD-?82|FORA)"),
    )
)


# Names that other gadgets bear as well (section 2.3): offered, never connected without being asked.
WEAK = re.compile(r"^(O2|S[567]W\w*|Medical|SpO2\d{2,3})([ _-]|$)", re.IGNORECASE)


def is_certain(heard: Advertisement) -> bool:
    """Whether this is surely an oximeter: by a service of its own, or by a name that nothing else has."""
    if any(service in heard.services for service in SERVICES):
        return True
    name = heard.name.partition("\0")[0].strip()
    return family(heard) not in (None, AMBIGUOUS) and not WEAK.search(name)


def family(heard: Advertisement) -> str | None:
    """The family id that is hinted at, `AMBIGUOUS`, or None; a known service beats the name."""
    for service, known in SERVICES.items():
        if service in heard.services:
            return known
    # Some modules pad the name with NULs (vector adv-001).
    name = heard.name.partition("\0")[0].strip()
    return next((known for known, pattern in NAMES if pattern.search(name)), None)
