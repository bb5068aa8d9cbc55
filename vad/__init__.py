"""Hearing: finds the caller's speech in the caller's audio."""

from vad.ear import Ear

__all__ = ["Ear"]
