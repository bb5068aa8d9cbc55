from api.wire.realtime_story import heard_content
from pipeline.events import UnitLedger


def test_only_words_that_were_heard_and_meant_count() -> None:
    filler = UnitLedger(0, "One moment.", "filler", 1, 1, 1, "One moment.", True)
    heard = UnitLedger(1, "We open at nine.", "model", 1, 1, 1, "We open", False)
    unheard = UnitLedger(2, "And close at five.", "model", 1, 0, 0, "", False)
    assert heard_content((filler, heard, unheard)) == "We open"
