from dataclasses import replace
from datetime import date

import pytest

from api.zones import check_zone, today
from pipeline.errors import SpecInvalid
from tests.stages.dialogue.agents import booking

NEW_YEAR_UTC_MS = 1_798_761_600_000


def test_the_day_is_that_of_the_agents_time_zone() -> None:
    spec = booking()
    assert today(spec, NEW_YEAR_UTC_MS) == date(2027, 1, 1)
    assert today(replace(spec, timezone="America/New_York"), NEW_YEAR_UTC_MS) == date(2026, 12, 31)
    assert today(replace(spec, timezone="Asia/Tokyo"), NEW_YEAR_UTC_MS) == date(2027, 1, 1)


def test_a_time_zone_that_nobody_knows_is_told() -> None:
    check_zone("UTC")
    check_zone("Europe/Berlin")
    for name in ("Europe/Atlantis", "Mars"):
        with pytest.raises(SpecInvalid, match="IANA name"):
            check_zone(name)
