"""Hearing: where speech starts, pauses and ends in the caller's audio."""
