import struct

import pytest

from api.transports.g711 import Law, decoded, encoded

LAWS: tuple[Law, Law] = ("audio/pcmu", "audio/pcma")
KNOWN = {"audio/pcmu": {0xFF: 0, 0x7F: 0, 0x00: -32124, 0x80: 32124}, "audio/pcma": {0xD5: 8, 0x55: -8, 0x2A: -32256}}
"""From the tables of ITU-T G.711, scaled to 16 bits."""


@pytest.mark.parametrize("law", LAWS)
def test_known_codes_have_their_values(law: Law) -> None:
    for code, value in KNOWN[law].items():
        assert struct.unpack("<h", decoded(law, bytes([code]))) == (value,)


@pytest.mark.parametrize("law", LAWS)
def test_every_code_survives_the_way_there_and_back(law: Law) -> None:
    codes = bytes(range(256))
    again = encoded(law, decoded(law, codes))
    assert decoded(law, again) == decoded(law, codes)


@pytest.mark.parametrize("law", LAWS)
def test_no_sample_is_off_by_more_than_its_step(law: Law) -> None:
    values = list(range(-32768, 32768, 7))
    heard = struct.unpack(f"<{len(values)}h", decoded(law, encoded(law, struct.pack(f"<{len(values)}h", *values))))
    assert all(abs(was - now) <= 16 + abs(was) // 16 for was, now in zip(values, heard, strict=True))
