from collections import Counter

from benchmarks._replies import OPENINGS, joined, known_openings, replies
from stages.dialogue.impersonal import is_impersonal


def test_openings_come_again_about_as_often_as_in_the_recorded_conversations() -> None:
    said = replies(1380, seed=3)
    first = [next((opening for opening in OPENINGS if reply.startswith(opening)), reply[:24]) for reply in said]
    often = [times for _, times in Counter(first).most_common()]
    known = [text in first[:place] for place, text in enumerate(first)]
    assert 0.22 < sum(often[:10]) / 1380 < 0.32
    assert 0.45 < sum(known) / 1380 < 0.57
    assert sum(known[-345:]) / 345 < 0.66


def test_the_other_replies_never_begin_alike() -> None:
    own = [reply[:24] for reply in replies(800, seed=1) if not reply.startswith(OPENINGS)]
    assert 300 < len(own) == len(set(own))


def test_every_opening_could_be_said_to_anybody_and_a_sentence_begins_behind_its_full_stop() -> None:
    assert len(set(OPENINGS)) == 60 and all(map(is_impersonal, OPENINGS))
    assert joined("Sure thing.", "the van comes.") == "Sure thing. The van comes."
    assert joined("As a rule,", "the van comes.") == "As a rule, the van comes."


def test_what_is_known_of_the_day_before_are_openings_and_nothing_else() -> None:
    known = known_openings(800, seed=2)
    assert 40 < len(known) < 120
    assert not any(text.startswith("The ") for text in known)
