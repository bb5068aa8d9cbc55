"""The server's side of a connection, with what uvicorn lacks: deadlines for slow peers and bounds on what they send.

uvicorn has no timer for the receipt of a request, so that one header line every two seconds holds a socket for ever;
and none for a peer that stops reading. Here a connection must deliver a request's head in `HEAD_SECONDS`, the whole of
it in `REQUEST_SECONDS`, and take what it is sent within `STALL_SECONDS`.
"""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 10.0
REQUEST_SECONDS = 40.0
"""A little more than the deadline in api/limits.py, whose answer is the friendlier one."""
STALL_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
FRAME_BYTES = 16 * 1024 * 1024
"""One message over WebSocket: a little more than 15 MiB of audio in base64."""
CONNECTIONS = 800
"""Under the usual limit of 1024 open files, with room for the calls' own sockets."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A timer runs whenever the peer owes us something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owed: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._has_left = False
        """The connection is a WebSocket now, and another protocol's."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._refuse(503, "too_busy", "Too many connections; try again soon.", b"retry-after: 5\r\n")
        else:
            self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self._watch_stall(False)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._has_left:
            return
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse_head()
        elif self._owed is None and not self._is_answering():
            # uvicorn has just put out its keep-alive timer, for what may be no more than an empty line.
            self._expect(HEAD_SECONDS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._expect(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._expect(REQUEST_SECONDS)
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse_head()
            raise ValueError("head too large")  # ends the parser
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expect(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._expect(None)
        self._has_left = True
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        self._watch_stall(True)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._watch_stall(False)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "invalid_request", "This is not a valid HTTP request.")

    def _expect(self, seconds: float | None) -> None:
        if self._owed is not None:
            self._owed.cancel()
        self._owed = None if seconds is None else self.loop.call_later(seconds, self._overdue)

    def _overdue(self) -> None:
        self._owed = None
        if self._is_answering():
            self.transport.abort()
        else:
            self._refuse(408, "request_too_slow", "The request did not arrive in time.")

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _refuse_head(self) -> None:
        self._refuse(431, "headers_too_large", f"The request's head is over {HEAD_BYTES} bytes.")

    def _watch_stall(self, stalled: bool) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        self._stalled = self.loop.call_later(STALL_SECONDS, self.transport.abort) if stalled else None

    def _refuse(self, status: int, code: str, message: str, more: bytes = b"") -> None:
        """Answer without the application and close. Nothing else may be answering on this connection."""
        if self.transport.is_closing():
            return
        kind = "unavailable_error" if status == 503 else "invalid_request_error"
        body = json.dumps({"error": {"type": kind, "code": code, "message": message, "param": None}}).encode()
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + more + b"\r\n" + body)
        self.transport.close()
