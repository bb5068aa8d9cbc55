"""What can go wrong, by whose fault it is.

    ParleyError
      CallerFault      the other side did something wrong           4xx, close 1008, 503 with Retry-After
        ProtocolViolation · Unauthorised · NotFound · TooBusy
      ProviderFault    a speech or chat provider failed             retried, hedged, or apologised for
        ProviderTimeout · ProviderUnavailable · ProviderRefused
      ToolFault        a tool did not do its work
        ToolRefused · ToolTimedOut · ToolUnknown (outcome unknown: never repeated)
      OurFault         the installation is wrong
        SpecInvalid · SettingsInvalid

Each carries a stable `code`, documented in docs/errors.md. Anything else that is raised is a bug.
"""


class ParleyError(Exception):
    """The root: `code` is stable and machine-readable, the message says what to do."""

    code = "parley_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class CallerFault(ParleyError):
    code = "invalid_request"


class ProtocolViolation(CallerFault):
    code = "invalid_value"


class Unauthorised(CallerFault):
    code = "unauthorised"


class NotFound(CallerFault):
    code = "not_found"


class TooBusy(CallerFault):
    """No room for another call; `retry_after` is in seconds."""

    code = "too_busy"

    def __init__(self, message: str, *, retry_after: int = 5, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class ProviderFault(ParleyError):
    """A provider failed. `stage` is stt, llm or tts; `retryable` says whether asking again may help."""

    code = "provider_failed"
    retryable = False

    def __init__(
        self,
        stage: str,
        message: str,
        *,
        code: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.stage = stage
        self.retry_after = retry_after
        if retryable is not None:
            self.retryable = retryable


class ProviderTimeout(ProviderFault):
    code = "provider_timeout"
    retryable = True


class ProviderUnavailable(ProviderFault):
    """Refused connection, 429, 5xx, a stream that broke off, or an answer that was empty or not understood."""

    code = "provider_unavailable"
    retryable = True


class ProviderRefused(ProviderFault):
    """The provider understood and said no (other 4xx): asking again would not help."""

    code = "provider_refused"


class ToolFault(ParleyError):
    code = "tool_failed"


class ToolRefused(ToolFault):
    code = "tool_refused"


class ToolTimedOut(ToolFault):
    code = "tool_timed_out"


class ToolUnknown(ToolFault):
    """A write was started and its outcome is not known: it is never repeated."""

    code = "tool_outcome_unknown"


class OurFault(ParleyError):
    code = "misconfigured"


class SpecInvalid(OurFault):
    """An agent file is wrong; `mistakes` lists all of them, each with its path."""

    code = "agent_invalid"

    def __init__(self, message: str, mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


class SettingsInvalid(OurFault):
    code = "settings_invalid"
