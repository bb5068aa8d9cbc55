"""Traces reach a collector over OTLP, and their absence costs nothing."""

import asyncio
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.tracing import tracing
from pipeline.errors import SettingsInvalid
from pipeline.ports import Observer
from tests.api.story import CALL


class Collector(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    Collector.got = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Collector.got
        server.shutdown()
        thread.join()


def test_a_call_reaches_the_collector(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, got = collector

    async def call() -> None:
        async with tracing(url + "/") as observers:
            for envelope in CALL:
                observers[0].observe(envelope)

    asyncio.run(call())
    sent = [ExportTraceServiceRequest.FromString(body) for path, body in got if path == "/v1/traces"]
    spans = [span for one in sent for resource in one.resource_spans for s in resource.scope_spans for span in s.spans]
    assert {"invoke_agent reception", "chat gpt-4.1", "execute_tool look_up"} <= {span.name for span in spans}
    named = {a.key: a.value.string_value for one in sent for r in one.resource_spans for a in r.resource.attributes}
    assert named["service.name"] == "parley"


def test_without_a_collector_nobody_observes() -> None:
    async def observers() -> tuple[Observer, ...]:
        async with tracing("") as nobody:
            return nobody

    assert asyncio.run(observers()) == ()


def test_a_missing_package_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def begin() -> None:
        async with tracing("http://127.0.0.1:4318"):
            pass

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsInvalid, match=r"pip install 'parley\[otel\]'"):
        asyncio.run(begin())
