"""Sends traces of calls to an OpenTelemetry collector, if one is set; the packages for it are an extra."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from pipeline.errors import SettingsInvalid
from pipeline.ports import Observer

log = logging.getLogger("parley.tracing")

QUEUE = 4_096
"""Finished spans that may wait for the exporter; more are dropped, which the SDK logs. A call waits for none."""
EXPORT_SECONDS = 5.0
"""Deadline of one export, and of the last one at the end."""


@asynccontextmanager
async def tracing(endpoint: str) -> AsyncIterator[tuple[Observer, ...]]:
    """The observer that makes traces, as long as they are sent to `endpoint` (OTLP over HTTP); none if it is empty.

    Headers and sampling are OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`).
    Raises SettingsInvalid if the extra is not installed.
    """
    if not endpoint:
        yield ()
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from api.observers.traces import Traces
    except ImportError as missing:
        raise SettingsInvalid(
            f"PARLEY_OTLP_ENDPOINT is set, but the package {missing.name} is not installed: pip install 'parley[otel]'"
        ) from None
    named = Resource.create({"service.name": "parley", "service.version": version("parley")})
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=QUEUE, export_timeout_millis=EXPORT_SECONDS * 1000)
    )
    try:
        yield (Traces(provider.get_tracer("parley", version("parley"))),)
    finally:
        try:
            async with asyncio.timeout(EXPORT_SECONDS * 2):
                await asyncio.to_thread(provider.shutdown)
        except TimeoutError:
            log.warning("the last traces could not be sent in time")
