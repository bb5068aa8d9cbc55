"""Service tiers of chat requests: which there are, and which one serves a request."""

from stages.standin.fields import Fields

TIERS = ("auto", "default", "flex", "scale", "priority", "fast")


def service_tier(fields: Fields) -> str:
    """The tier that serves the request, as the answer tells it; refuses what the real API refuses."""
    wanted = fields.choice("service_tier", TIERS, "auto")
    return "default" if wanted == "auto" else wanted
