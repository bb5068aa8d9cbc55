"""Turns the pieces of a reply into numbered sentences, each worded for the voice."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pipeline.flow import ReplyDelta, Sentence, Source
from stages.sentences import Sentences, boundaries, is_speakable
from stages.spoken import spoken


class Wording:
    """One turn's sentences. `is_clip` says whether a fixed phrase is at hand as a whole, which is then not cut up."""

    def __init__(self, is_clip: Callable[[str], bool] = lambda text: False, language: str = "en") -> None:
        self._is_clip = is_clip
        self._language = language
        self._cutter = Sentences()
        self._source = Source.MODEL
        self._guarded = False
        self._units = 0

    @property
    def waits(self) -> bool:
        """Are there words that could open the turn, held back only because their clause is not complete?"""
        return self._cutter.is_first and self._cutter.pending

    def feed(self, delta: ReplyDelta) -> list[Sentence]:
        """The sentences that are complete with `delta`."""
        ready: list[Sentence] = []
        if (delta.source, delta.guarded) != (self._source, self._guarded):
            ready += self.finish()
            self._source, self._guarded = delta.source, delta.guarded
        if delta.source is not Source.MODEL and (heads := self._at_hand(delta.text)):
            said = "".join(heads)
            ready += self.finish() + self._worded(heads)
            delta = replace(delta, text=delta.text[len(said) :])
        if delta.whole:
            return ready + self.finish() + self._worded([delta.text])
        ready += self._worded(self._cutter.feed(delta.text))
        return ready + self.finish() if delta.flush else ready

    def _at_hand(self, text: str) -> list[str]:
        """What a fixed line begins with that is at hand as a clip, in as few pieces as it can be said in."""
        heads: list[str] = []
        while rest := text[sum(map(len, heads)) :]:
            ends = [len(rest), *(end for end, _ in boundaries(rest))]
            end = max((end for end in ends if self._is_clip(rest[:end].strip())), default=0)
            if not end:
                break
            heads.append(rest[:end])
        return heads

    def turn_to(self, language: str) -> list[Sentence]:
        """Another voice goes on, in this language; whatever is left was the last one's."""
        ready = self.finish()
        self._language = language
        return ready

    def hurry(self) -> list[Sentence]:
        """Nothing came for a while: the words so far, where they can stand alone."""
        return self._worded(self._cutter.hurry())

    def hasten(self) -> None:
        """What was given last is said in a moment: the next clause leaves as early as a first one."""
        self._cutter.hasten()

    def finish(self) -> list[Sentence]:
        """Whatever is left."""
        return self._worded(self._cutter.flush())

    def _worded(self, texts: Iterable[str]) -> list[Sentence]:
        """What has nothing to pronounce is left out."""
        made = []
        for text in texts:
            said = spoken(text, self._language)
            if is_speakable(said):
                made.append(Sentence(self._units, text.strip(), said, self._source, self._guarded))
                self._units += 1
        return made
