"""The setting of the stand-in's latency: read here, so that a mistake in it is told before anything starts."""


def check_latency(value: str) -> str:
    """A latency that the stand-in knows, as it was; ValueError otherwise."""
    from stages.standin.latency import profile  # only who sets one pays for the laws

    profile(value)
    return value
