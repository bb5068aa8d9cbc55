"""What can be set: the one reader of the environment, and the defaults."""

import difflib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.address_settings import check_base_url, read_origins
from api.fallback_settings import check_keys, keys_of, read_fallback
from api.ice_settings import IceServer, read_ice_servers
from api.price_settings import check_prices, prices_of
from api.setting_names import environment_name, mistakes_of
from api.standin_settings import check_latency
from api.token_settings import check_token
from api.tool_settings import check_secrets, secrets_of
from api.webhook_settings import check_networks, check_secret, check_url, listed
from pipeline.errors import SettingsInvalid
from pipeline.strategy import Race, Speculate, Strategy
from stages.dialogue.bounds import FallbackChoice

if TYPE_CHECKING:
    from stages.prices import Prices

Stage = Literal["stt", "llm", "tts"]
STAGES: tuple[Stage, ...] = ("stt", "llm", "tts")

BaseUrl = Annotated[str, AfterValidator(check_base_url)]
Fallback = Annotated[FallbackChoice | None, NoDecode, BeforeValidator(read_fallback)]


def setting(default: Any, about: str, **rules: Any) -> Any:
    return Field(default, description=about, **rules)


class Settings(BaseSettings):
    """Every setting is an environment variable: the field's name in capitals with `PARLEY_` before it."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_", frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    host: str = setting("127.0.0.1", "Address to listen on. `0.0.0.0` opens the service to the network.")
    port: int = setting(8080, "Port to listen on; 0 takes a free one.", ge=0, le=65535)
    data_dir: Path = setting(Path("parley-data"), "Directory of the database, the journal and the clip cache.")
    agent: str = setting("reception", "The agent that answers: a shipped example's name, or the path of a YAML file.")
    database_url: str = setting(
        "",
        "Database, as a SQLAlchemy URL (`postgresql://user:password@host/name`). Empty: SQLite in the data directory.",
    )
    keep_days: int = setting(
        0, "Days after which an ended call and all that was said in it is forgotten; 0 keeps it.", ge=0, le=36_500
    )
    max_calls: int = setting(10, "Calls held at once; one more is refused with 503 and `Retry-After`.", ge=1, le=10_000)
    max_chats: int = setting(
        100, "Conversations by text held at once; one more is refused with 503 and `Retry-After`.", ge=1, le=100_000
    )
    chat_idle_seconds: int = setting(600, "Seconds without a word that end a conversation by text.", ge=1, le=86_400)
    turn_model: str = setting("", "A model of turn ends by sound: `smart-turn` or the path of its file; empty: none.")
    max_call_seconds: int = setting(900, "Longest duration of a call, in seconds.", ge=10, le=86_400)
    token: Annotated[SecretStr | None, AfterValidator(check_token)] = setting(
        None, "Token of the console and of `Authorization: Bearer`. Empty: a new one at each start."
    )

    openai_api_key: SecretStr | None = setting(
        None,
        "Key of the OpenAI API. With it, stages without an address of their own talk to OpenAI; without it, to the "
        "stand-in provider.",
        validation_alias="OPENAI_API_KEY",
    )
    stt_model: str = setting("gpt-4o-transcribe", "Model that transcribes the caller.")
    stt_base_url: BaseUrl = setting("", "Base URL of an OpenAI-compatible server for transcription, ending in `/v1`.")
    stt_api_key: SecretStr | None = setting(None, "Key for transcription, where it differs from `OPENAI_API_KEY`.")
    stt_language: str = setting("", "Language of the caller as ISO 639-1 (`en`); empty lets the model find out.")
    llm_model: str = setting("gpt-4.1", "Model that words the replies and calls the tools.")
    llm_base_url: BaseUrl = setting("", "Base URL of an OpenAI-compatible server for the chat model, ending in `/v1`.")
    llm_api_key: SecretStr | None = setting(None, "Key for the chat model, where it differs from `OPENAI_API_KEY`.")
    llm_api: Literal["responses", "chat"] = setting(
        "responses",
        "How the chat model is reached: `/v1/responses` or, for other vendors' servers, `/v1/chat/completions`.",
    )
    llm_service_tier: Literal["", "auto", "default", "priority"] = setting(
        "",
        "Service tier of OpenAI's chat model; `priority` answers sooner and costs more. Empty: as the account has it.",
    )
    tts_model: str = setting("gpt-4o-mini-tts", "Model that speaks.")
    tts_base_url: BaseUrl = setting("", "Base URL of an OpenAI-compatible server for speech, ending in `/v1`.")
    tts_api_key: SecretStr | None = setting(None, "Key for speech, where it differs from `OPENAI_API_KEY`.")
    tts_voice: str = setting("", "Voice of the agent; empty takes the voice that the agent's file names.")

    prices: Annotated[str, AfterValidator(check_prices)] = setting(
        "",
        "Prices of models that the table does not know, or that cost you something else, in US dollars, as JSON: "
        '`{"my-model": {"input": 0.5, "output": 1.5, "cached": 0.1}}` for a million tokens, `minute` for audio, '
        "`characters` for a million spoken. `{}` is free.",
    )

    webhook_url: Annotated[str, AfterValidator(check_url)] = setting(
        "",
        "Where to tell what became of each call (`https://...`). Empty: nobody is told; docs/outcomes.md has the rest.",
    )
    webhook_secret: Annotated[SecretStr | None, AfterValidator(check_secret)] = setting(
        None,
        "Secret that signs the webhook: `whsec_` and 24 to 64 bytes as base64. While you change it, the new and the "
        "old one, separated by a comma.",
    )
    webhook_networks: Annotated[str, AfterValidator(check_networks)] = setting(
        "",
        "Private networks that the webhook may be sent to, separated by commas (`127.0.0.0/8`); plain http works there "
        "only.",
    )

    tool_networks: Annotated[str, AfterValidator(check_networks)] = setting(
        "", "Private networks that agents' HTTP tools may reach, separated by commas; only there plain http works."
    )
    tool_secrets: Annotated[SecretStr | None, AfterValidator(check_secrets)] = setting(
        None, "Secrets that sign the requests of HTTP tools: `NAME=whsec_...`, separated by commas."
    )

    speculate: Speculate = setting(
        Speculate.FULL,
        "What starts when the caller pauses, before their turn is certainly over: `full` transcript, model and voice; "
        "`stt` the transcript only; `off` nothing.",
    )
    acknowledge: bool = setting(True, "Say a short cached phrase at once when the model's answer will be late.")
    reflex: bool = setting(True, "Answer by rule, without the model, where a rule knows the answer.")
    hedge: bool = setting(True, "Make a request twice when it is late, at most one in ten: the faster answer is taken.")
    race: Race = setting(
        Race.OFF,
        "Requests that are made twice at once while the provider is well: `stt` transcripts, `speech` a reply's first "
        "clause too, `all` the model's first answer too; `off` none. Each costs what it doubles.",
    )
    speech_cache: bool = setting(
        True, "Keep the sound of short openings that the model says again and again, if they could be said to anybody."
    )

    stt_fallback: Fallback = setting(
        None,
        "Provider to fall back on while transcription fails: a model, then `base_url=`, `key=` (a name of "
        "`PARLEY_PROVIDER_KEYS`), separated by commas.",
    )
    llm_fallback: Fallback = setting(None, "The same for the chat model; `api=chat` or `api=responses` too.")
    tts_fallback: Fallback = setting(None, "The same for speech; `voice=` too, where the agent's is not known there.")
    provider_keys: Annotated[SecretStr | None, AfterValidator(check_keys)] = setting(
        None, "Keys of other providers that fallbacks name: `NAME=key`, separated by commas."
    )

    standin_engine: Literal["local", "canned"] = setting(
        "local", "Engine of the stand-in provider: `local` speech models, or `canned` answers."
    )
    standin_latency: Annotated[str, AfterValidator(check_latency)] = setting(
        "zero", "Latency that the stand-in adds: none, fixed delays, or delays drawn from measurements of OpenAI's API."
    )

    ice_servers: Annotated[tuple[IceServer, ...], NoDecode, BeforeValidator(read_ice_servers)] = setting(
        (),
        "STUN and TURN servers: URLs separated by commas, or JSON (`[{urls, username, credential}]`). Empty: none, "
        "which serves browsers on the same machine or network.",
    )
    public_ip: str = setting(
        "", "Address to offer for media where the machine does not know its public one (behind 1:1 NAT)."
    )
    allow_private_ice: bool = setting(
        True, "Send media to private and loopback addresses that a caller names. Turn it off on a public server."
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_origins)] = setting(
        (), "Origins whose pages may use the API with an API key, separated by commas. Empty: none."
    )
    trusted_proxies: str = setting(
        "127.0.0.1", "Addresses of proxies whose `X-Forwarded-*` headers are believed, separated by commas."
    )
    drain_seconds: int = setting(
        900,
        "On SIGTERM: how long live calls may go on before they are ended. A second signal ends them at once.",
        ge=0,
        le=86_400,
    )
    otlp_endpoint: BaseUrl = setting(
        "",
        "OpenTelemetry collector that gets a trace of each call (OTLP over HTTP, `http://127.0.0.1:4318`). Empty: "
        "none. Needs `pip install 'parley[otel]'`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "How much is logged.")
    log_format: Literal["text", "json"] = setting(
        "text", "Shape of a log line: `text` for people, `json` for machines."
    )

    @field_validator(
        "log_level",
        "log_format",
        "llm_api",
        "standin_engine",
        "standin_latency",
        "speculate",
        "race",
        "llm_service_tier",
        mode="before",
    )
    @classmethod
    def _in_small_letters(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @property
    def strategy(self) -> Strategy:
        return Strategy(
            self.speculate, self.acknowledge, self.reflex, self.hedge, speech_cache=self.speech_cache, race=self.race
        )

    @property
    def secrets_of_tools(self) -> Mapping[str, str]:
        return secrets_of(self.tool_secrets.get_secret_value()) if self.tool_secrets is not None else {}

    @property
    def keys_of_providers(self) -> Mapping[str, str]:
        return keys_of(self.provider_keys)

    def fallback(self, stage: Stage) -> FallbackChoice | None:
        choice: FallbackChoice | None = getattr(self, f"{stage}_fallback")
        return choice

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        return listed(self.webhook_secret.get_secret_value()) if self.webhook_secret is not None else ()

    @model_validator(mode="after")
    def _check_what_belongs_together(self) -> Self:
        if self.webhook_url and self.webhook_secret is None:
            raise ValueError("PARLEY_WEBHOOK_URL needs PARLEY_WEBHOOK_SECRET")
        for choice in map(self.fallback, STAGES):
            if choice is not None and choice.key and choice.key not in self.keys_of_providers:
                raise ValueError(f"PARLEY_PROVIDER_KEYS: there is no key {choice.key}, which a fallback names")
        return self

    @model_validator(mode="after")
    def _check_data_dir(self) -> Self:
        if self.data_dir.exists() and not self.data_dir.is_dir():
            raise ValueError(f"PARLEY_DATA_DIR: {self.data_dir} is a file, not a directory")
        return self

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """From the environment, with what was given on the command line on top; all mistakes in one SettingsInvalid."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as wrong:
            raise SettingsInvalid("\n".join(mistakes_of(wrong, cls.model_fields))) from None

    @cached_property
    def price_table(self) -> "Prices":
        return prices_of(self.prices, self.llm_service_tier)

    @cached_property
    def database(self) -> str:
        """The database's URL, SQLite in the data directory unless another is set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'parley.db').resolve()}"

    @property
    def models(self) -> Mapping[str, str]:
        """The model of each stage."""
        return {stage: getattr(self, f"{stage}_model") for stage in STAGES}

    @property
    def journal_dir(self) -> Path:
        return self.data_dir / "journal"

    def uses_standin(self, stage: Stage) -> bool:
        """Nothing says where this stage's provider is."""
        return not (getattr(self, f"{stage}_base_url") or getattr(self, f"{stage}_api_key") or self.openai_api_key)

    @property
    def needs_standin(self) -> bool:
        return any(self.uses_standin(stage) for stage in STAGES)


def unknown_variables() -> list[str]:
    """What in the environment looks like a setting and is none, with the name that may have been meant."""
    known = [environment_name(field) for field in Settings.model_fields]
    found = []
    for name in sorted(os.environ):
        if name.startswith("PARLEY_") and name.upper() not in known:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return found
