"""Server-sent events, out of the bytes that bring them (WHATWG HTML, 9.2.6): of each event the data, and no more.

The SDK's decoder keeps what nobody asks for, a line at a time: several times the time of this, for every token.
"""

MOST = 1024 * 1024
"""Bytes of one event; what is longer is none."""


class ServerEvents:
    """Feed it bytes as they come; it gives the data of each event that is complete. One that never is, is dropped."""

    def __init__(self) -> None:
        self._rest = b""
        """The beginning of a line."""
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False
        """The line feed of the last line may still come."""

    def feed(self, piece: bytes) -> list[str]:
        """Raises ValueError for what is no text, and for an event that is too long."""
        if self._after_return and piece:
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        lines = (self._rest + piece).splitlines(keepends=True)
        self._rest = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        self._after_return = self._after_return or (not self._rest and piece.endswith(b"\r"))
        found = [data for line in lines if (data := self._line(line.rstrip(b"\r\n"))) is not None]
        if len(self._rest) + self._size > MOST:
            raise ValueError("an event of the stream is too long")
        return found

    def _line(self, line: bytes) -> str | None:
        """The data of the event that this line ends, if it ends one."""
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            self._size += len(line)
        elif line == b"data":
            self._data.append(b"")
        elif not line and self._data:
            data, self._data, self._size = self._data, [], 0
            return b"\n".join(data).decode()
        return None
