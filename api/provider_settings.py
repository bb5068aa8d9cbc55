"""Where and how a stage's own provider is reached, by the settings."""

from typing import Any

from pydantic import SecretStr

from api.settings import Settings, Stage
from stages.providers.config import ProviderConfig

OPENAI_URL = "https://api.openai.com/v1"
STANDIN_KEY = "stand-in"
"""The stand-in asks for some key, as the real API does, and takes any."""


def provider_of(settings: Settings, stage: Stage, standin_url: str = "") -> ProviderConfig:
    """`standin_url` is the running stand-in, ending in /v1."""
    own: SecretStr | None = getattr(settings, f"{stage}_api_key")
    base_url: str = getattr(settings, f"{stage}_base_url")
    # A key is sent to the address it was given for: OpenAI's never goes to somebody else's server.
    key = own or (None if base_url else settings.openai_api_key)
    extra: dict[str, Any] = {}
    if stage == "llm":
        extra = {"api": settings.llm_api, "service_tier": settings.llm_service_tier}
    return ProviderConfig(
        stage=stage,
        model=getattr(settings, f"{stage}_model"),
        base_url=base_url or (standin_url if settings.uses_standin(stage) else OPENAI_URL),
        api_key=key.get_secret_value() if key else STANDIN_KEY,
        **extra,
    )
