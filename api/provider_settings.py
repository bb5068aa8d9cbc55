"""Where and how a stage's own provider is reached, by the settings; and where the sound that it made is kept."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def sounds_dir(settings: Settings, kind: str) -> Path:
    """Where sound of that kind is kept: apart for each service, for two may call voices the same that are not.

    Whoever tried the stand-in first does not hear it greet for the real service afterwards.
    """
    if settings.uses_standin("tts"):
        return settings.data_dir / kind / f"standin-{settings.standin_engine}"
    reached = urlsplit(settings.tts_base_url or OPENAI_URL)
    host = reached.netloc.rpartition("@")[2]
    return settings.data_dir / kind / re.sub(r"[^a-z0-9.]+", "-", f"{host}{reached.path}".lower()).strip("-.")
