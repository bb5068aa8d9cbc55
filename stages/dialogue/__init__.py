"""The conversation as a pure value: what was said, where it stands, and what may come next."""
