"""Builds the engines that a stand-in was configured with."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.canned import canned

if TYPE_CHECKING:
    from stages.standin.engines.ports import ChatEngine


def load(config: StandinConfig) -> Engines:
    """Loads the models where the engine has some; takes about a second then."""
    if config.engine == "canned":
        return Engines(*canned(config.script))
    if config.engine != "local":
        raise ValueError(f"engine '{config.engine}' is not known: choose local or canned")
    # Imported only here: canned stand-ins need none of the models.
    from stages.standin.engines.local import LocalHearing, LocalSpeech

    chat: ChatEngine
    if config.script is not None and "chat" in config.script:
        chat = canned(config.script)[1]
    else:
        chat = _rules()
    with ThreadPoolExecutor(1) as beside:
        hearing = beside.submit(LocalHearing, config.hearing_threads)
        speech = LocalSpeech()
    return Engines(hearing.result(), chat, speech, config.hearing_threads, 1, config.speech_threads)


def _rules() -> "ChatEngine":
    try:
        from stages.standin.engines.rules import RulesEngine
    except ImportError as absent:
        raise RuntimeError(f"the rule-based chat engine is not available: {absent}") from absent
    return RulesEngine()
