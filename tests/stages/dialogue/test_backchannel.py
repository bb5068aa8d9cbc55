import pytest

from stages.dialogue.backchannel import TONGUES, Listening

ENGLISH = Listening()


@pytest.mark.parametrize(
    "text",
    [
        "Mhm.",
        "Uh-huh",
        "Yeah.",
        "okay",
        "Right, right.",
        "I see.",
        "Mm-hmm, yeah.",
        "Oh, I see, okay.",
        "You got it.",
        "Yeah, that's right.",
    ],
)
def test_a_listeners_sound_takes_no_floor(text: str) -> None:
    assert ENGLISH.objection(text) == "backchannel"


@pytest.mark.parametrize("text", ["No.", "Wait.", "Stop", "Yeah but no", "okay, Tuesday", "Hello?", "", "right now"])
def test_words_of_its_own_do(text: str) -> None:
    assert ENGLISH.objection(text) is None


def test_a_yes_is_an_answer_where_one_is_waited_for() -> None:
    assert not ENGLISH.is_backchannel("Yes.", "yes_no")
    assert ENGLISH.is_backchannel("Mhm.", "yes_no")


@pytest.mark.parametrize(
    ("language", "hum", "stop"),
    [
        ("en", "Uh-huh, go on.", "Hang on a second."),
        ("es", "Ajá, de acuerdo.", "Espera un momento."),
        ("de", "Ja, genau.", "Moment mal."),
        ("fr", "Ah oui, d’accord.", "Attendez."),
        ("it", "Sì, va bene.", "Aspetti."),
        ("pt", "Pois é.", "Não, espera."),
        ("nl", "Ja, precies.", "Wacht even."),
    ],
)
def test_each_language_has_its_listeners_and_its_stops(language: str, hum: str, stop: str) -> None:
    listening = Listening(language)
    assert listening.is_backchannel(hum) and not listening.is_stop(hum)
    assert listening.is_stop(stop) and not listening.is_backchannel(stop)


def test_a_word_of_another_language_is_no_backchannel() -> None:
    assert not ENGLISH.is_backchannel("genau")
    assert not Listening("ja").is_backchannel("okay") and Listening("ja").is_backchannel("mhm")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Yeah", "unfinished"),
        ("I", "unfinished"),
        ("I see", "unfinished"),
        ("Oh, I", "unfinished"),
        ("Tuesday", "unfinished"),
        ("I want", None),
        ("Wait", None),
        ("Okay, stop", None),
        ("Mm, hang on", None),
        ("", "unfinished"),
    ],
)
def test_the_first_words_claim_the_floor_only_if_that_is_plain(text: str, why: str | None) -> None:
    assert ENGLISH.objection(text, so_far=True) == why


def test_an_agent_may_have_words_of_its_own() -> None:
    listening = Listening("en", ("roger that",), ("abort",))
    assert listening.is_backchannel("Roger that.") and listening.is_stop("Abort!")


@pytest.mark.parametrize("language", TONGUES)
def test_nothing_is_both_a_hum_and_a_stop(language: str) -> None:
    tongue = TONGUES[language]
    assert not {*tongue.phrases, *tongue.sounds.split()} & set(tongue.stops)
    assert set(tongue.answers.split()) <= set(tongue.sounds.split())
