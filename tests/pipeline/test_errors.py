"""Errors carry what is needed to handle them."""

import pipeline.errors as errors
from pipeline.errors import ParleyError, ProviderFault, ProviderUnavailable, SpecInvalid, TooBusy


def test_every_class_has_a_code_of_its_own() -> None:
    classes = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, ParleyError)]
    assert len({kind.code for kind in classes}) == len(classes)


def test_a_code_can_be_made_more_exact() -> None:
    assert ParleyError("x").code == "parley_error" and ParleyError("x", code="y").code == "y"


def test_faults_say_what_the_handler_needs() -> None:
    fault = ProviderUnavailable("stt", "down", retry_after=1.5)
    assert (fault.stage, fault.retryable, fault.retry_after) == ("stt", True, 1.5)
    assert not ProviderUnavailable("stt", "down", retryable=False).retryable
    assert not ProviderFault("stt", "down").retryable
    assert TooBusy("full", retry_after=9).retry_after == 9
    assert SpecInvalid("bad", ("a", "b")).mistakes == ("a", "b")
