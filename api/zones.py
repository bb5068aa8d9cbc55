"""What day it is where an agent is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.errors import SpecInvalid
from stages.dialogue.spec import AgentSpec


def check_zone(timezone: str) -> None:
    """Raises SpecInvalid for a time zone that this machine does not know."""
    if timezone == "UTC":
        return
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        mistake = f"timezone: {timezone!r} is not known here; it must be an IANA name such as Europe/Berlin"
        raise SpecInvalid(mistake, (mistake,)) from None


def today(spec: AgentSpec, unix_ms: int) -> date:
    """The date at that moment in the agent's time zone."""
    zone = None if spec.timezone == "UTC" else ZoneInfo(spec.timezone)
    return datetime.fromtimestamp(unix_ms / 1000, zone or UTC).date()
