"""The tool of the benchmarks' agent: it takes no time, so that a tool round shows what the round itself costs."""


async def track(order: str = "") -> str:
    """Find out where the caller's order is."""
    return "with the courier"
