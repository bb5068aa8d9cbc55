"""Every number of the ear, with where it comes from."""

from dataclasses import dataclass

from pipeline.clock import MICROS
from pipeline.pcm import EAR_RATE

PER_MS = EAR_RATE // 1000
"""Samples in a millisecond at the rate of the ear."""


@dataclass(frozen=True, slots=True)
class VadConfig:
    """How the caller's audio is cut into utterances. Times are whole milliseconds of audio, levels decibels.

    "Measured" means: chosen with `python -m benchmarks.vad`, which mixes recorded speech with six noises.
    """

    frame_ms: int = 20
    """Length of the frames that are judged: 10, 20 or 30, as webrtcvad takes no other."""
    mode: int = 3
    """webrtcvad's aggressiveness, 0 to 3. It only wakes the second opinion, so the strictest one, which spares the most
    work, does no harm: measured."""

    suspected_db_ms: float = 300.0
    """Evidence before `Suspected`: a reply in progress is turned down. It does not wait for Silero, which misses the
    first consonant: measured, 70 ms sooner at the 95th percentile. A frame gives the dB by which it exceeds the noise
    (`strong_db`, `hiss_db`), and"""
    suspect_drift_db: float = 4.0
    """so many more,"""
    suspect_most_db: float = 10.0
    """but at most so many, for each of its milliseconds: 30 ms of what is clearly a sound, 75 ms of what barely is.
    Measured: less evidence, or a greater drift, finds no quiet beginning sooner but turns the agent down for noise."""
    allayed_ms: int = 300
    """`Suspected` without `Started` for so long was nothing,"""
    faded_ms: int = 200
    """or for so long without anything loud: within a word there are silences of 150 ms, before a "t"."""
    mistrust_ms: int = 2_000
    """After that what exceeds the noise no further than it did is mistrusted for so long, twice as long each further
    time,"""
    most_mistrust_ms: int = 16_000
    """up to this,"""
    forgiven_ms: int = 30_000
    """until nothing was suspected for so long. Typing or a crowd would else turn the agent down all the time."""
    mistrust_db: float = 3.0
    """No further than it did: up to this much further;"""
    mistrust_gain: float = 2.0
    """and mistrusted: it takes so many times the evidence."""
    started_ms: int = 50
    """Voice before `Started`: 40-60 ms, about one vowel. A reply in progress is ducked at this point, reversibly."""
    sustained_ms: int = 120
    """Voice before `Sustained`: the reply in progress is held, reversibly. 100 to 160 ms are in use elsewhere."""
    spoken_ms: int = 350
    """Voice before `Spoken`: longer than a cough. The words so far decide whether the caller has the floor."""
    claimed_ms: int = 800
    """Voice before `Claimed`: longer than an "mm-hm" or a "yeah, okay", so that no words are needed any more. The agent
    has been held for long by then, so that nobody hears the delay."""
    resumed_ms: int = 40
    """Voice before `Resumed`: two frames, so that a click in the pause does not throw away the work begun in it."""
    min_voiced_ms: int = 250
    """An utterance with less voice than this is not speech. It is still reported; the intake drops it."""

    paused_ms: int = 80
    """Silence before `Paused`, when work on what was said may start: 64-120 ms are in use. A pause that short costs a
    transcript if the caller goes on; the model is asked when that is there, and so in real pauses only."""
    patience_ms: int = 500
    """Silence before `Ended`, unless `wait` says otherwise: what the OpenAI Realtime API waits by default."""
    preroll_ms: int = 300
    """Audio kept from before the onset: the recogniser needs a lead-in, and the first consonant is quiet."""
    longest_ms: int = 30_000
    """A segment is cut here even if the voice goes on, and what follows is the next one: a turn must end some time."""

    likely: float = 0.7
    """Silero's probability from which the judge becomes sure. Its authors take 0.5; 0.7 starts fewer turns on other
    people's talk and loses no more: measured."""
    still_likely: float = 0.5
    """The same once it is sure: 0.2 less, where the authors take 0.15 less."""
    alone_likely: float = 0.8
    """From here Silero is believed where noise drowns the quiet parts of speech and the gate stays shut,"""
    alone_late_ms: int = 20
    """and then its word is about the audio of so long ago: it falls silent later than the voice does. It is asked only
    where noise drowns the voice,"""
    blind_db: float = 30.0
    """that is where the caller is less than this above the noise. Above it the gate is right: it is more exact."""
    renew_ms: int = 600
    """The judge stays sure for so long without hearing anything louder than the noise alone gets: about two syllables.
    Without it Silero takes the murmur that follows a turn for its continuation."""
    doubt_ms: int = 160
    """Voice that only webrtcvad and the gate have heard counts from here back once Silero agrees: it answers later."""
    bridge_ms: int = 60
    """A gap of this length inside what may be a word does not begin the evidence anew."""
    lookback_ms: int = 160
    """Audio from before webrtcvad's first "speech" that Silero hears first: without it, it judges cold."""
    linger_ms: int = 240
    """How long Silero keeps listening after webrtcvad's last "speech": stopping and starting costs more."""

    hushed_db: float = -53.0
    """In noise above this level a voice must stand out of it: Silero hears it again, with the call turned down until
    the noise is at this level. A crowd at -36 dB is speech to Silero 95 % of the time, the same crowd at -46 dB 0.1 %.
    Measured: -50 lets some of a crowd's voices in, -55 loses quiet words,"""
    near_likely: float = 0.75
    """and must say so with this probability on average over `near_ms`. Measured: 0.6 lets in three times as many of a
    crowd's voices, 0.85 loses words."""
    near_ms: int = 100
    """Every moment of this delays `Sustained` in noise. 200 with 0.65 is as good, but 50 ms later: measured."""
    background_ms: int = 5_000
    """Time constant of the noise for this purpose. The floor's own is too short: it sinks in a crowd's pauses, which
    lets the next voice in."""

    echo_ms: int = 500
    """An echo comes at most so long after the sound: 40 to 250 ms are usual, a jitter buffer adds to it."""
    echo_db: float = -25.0
    """How far an echo is taken to be below the sound while nothing was learned yet."""
    echo_margin_db: float = 4.0
    """The caller is louder than the echo's peaks by this; 3.5 dB over a mean are in use elsewhere."""
    echo_strict_ms: int = 400
    """For so long after the agent begins, when cancellers are not yet set to it, by this much more:"""
    echo_strict_db: float = 4.0
    echo_alike: float = 0.7
    """Correlation of the two levels over 0.8 s from which what comes in is an echo: measured at 0.9 and more, where the
    caller is silent."""
    echo_spread_db: float = 3.0
    """An echo is fainter by the same everywhere: what strays further from that, where the agent is loud, is a voice.
    Measured: 1 dB for a plain echo and 2 to 3 in a room that rings for half a second; a voice over it, 5 to 8."""
    echo_unlike: float = 0.4
    """Below this it is none, and is believed to be fainter by"""
    echo_fade_db: float = 4.0
    """at every comparison, ten times a second."""

    quietest_db: float = -70.0
    """The noise floor is never taken to be lower than this (dB of full scale)."""
    adapt_ms: int = 700
    """Time constant with which the floor follows what is not speech."""
    margin_db: float = 2.0
    """The gate opens this far above the noise floor,"""
    spread_gain: float = 0.8
    """and further where the noise goes up and down: by so much of its mean deviation,"""
    most_margin_db: float = 6.0
    """but never further than this: measured, more cuts the ends of words."""
    strong_db: float = 2.5
    """A strong frame, of which there must be one for the judge to be sure, is this far above the floor,"""
    strong_gain: float = 1.8
    """and further by so many mean deviations,"""
    most_strong_db: float = 13.0
    """but never further than this: measured, more misses quiet callers at 10 dB."""
    hiss_db: float = 6.0
    """A frame is louder than the noise in the upper half of the spectrum from this far above its floor there,"""
    hiss_gain: float = 3.0
    """and further by so many mean deviations,"""
    most_hiss_db: float = 20.0
    """but never further than this."""
    reach_db: float = 28.0
    """The gate is at most this far below the loudest of the caller's speech: what is fainter is breath and echo."""

    def __post_init__(self) -> None:
        if self.frame_ms not in (10, 20, 30):
            raise ValueError(f"frame_ms must be 10, 20 or 30, not {self.frame_ms}")
        if self.mode not in (0, 1, 2, 3):
            raise ValueError(f"mode must be 0 to 3, not {self.mode}")
        if not 0 < self.started_ms <= self.sustained_ms <= self.spoken_ms <= self.claimed_ms:
            raise ValueError("started_ms, sustained_ms, spoken_ms and claimed_ms must rise")
        if not 0.0 < self.suspect_drift_db <= self.suspect_most_db or self.suspected_db_ms <= 0.0:
            raise ValueError("suspect_drift_db must be positive and at most suspect_most_db")
        if not 0 < self.paused_ms <= self.patience_ms < self.longest_ms:
            raise ValueError("paused_ms, patience_ms and longest_ms must rise")
        if self.preroll_ms < 0 or self.resumed_ms <= 0:
            raise ValueError("preroll_ms must not be negative, resumed_ms must be positive")
        if self.near_ms < self.frame_ms or not 0.0 <= self.near_likely <= 1.0:
            raise ValueError("near_ms must be at least a frame, near_likely is a probability")
        if not 0.0 <= self.still_likely <= self.likely <= 1.0:
            raise ValueError("still_likely must not be above likely, and both are probabilities")

    @property
    def frame(self) -> int:
        """Samples in a frame."""
        return self.frame_ms * PER_MS

    @property
    def min_voiced(self) -> int:
        """`min_voiced_ms` in microseconds, as `Utterance.voiced` counts."""
        return self.min_voiced_ms * MICROS // 1000
