"""Mono samples of one rate in, of another out, as they come."""

from fractions import Fraction

from pipeline.pcm import BYTES


class Resampler:
    """FFmpeg's polyphase filter, in a graph of our own.

    PyAV's `AudioResampler` gives the same samples, but starts a thread for every core of the machine, none of which
    resampling uses: a large machine with many calls would hold thousands.
    """

    __slots__ = ("_graph", "_rate", "_sink", "_source")

    def __init__(self, rate: int, wanted: int) -> None:
        # FFmpeg's libraries are 16 MB in memory, and lines of 16 kHz do without. Transports of other rates have loaded
        # them before the first call.
        from av.filter import Graph

        self._rate = rate
        self._graph = graph = Graph()
        graph.threads = 1
        self._source = graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate))
        shape = graph.add("aformat", f"sample_rates={wanted}:sample_fmts=s16:channel_layouts=mono")
        self._sink = graph.add("abuffersink")
        graph.link_nodes(self._source, shape, self._sink).configure()

    def feed(self, pcm: bytes) -> bytes:
        """What is ready after these samples of 16 bits; the filter holds back a millisecond or two."""
        from av import AudioFrame

        chunk = AudioFrame("s16", "mono", len(pcm) // BYTES)
        chunk.sample_rate = self._rate
        # FFmpeg pads the plane of a short chunk.
        chunk.planes[0].update(pcm + bytes(chunk.planes[0].buffer_size - len(pcm)))
        self._source.push(chunk)
        ready: list[bytes] = []
        while True:
            try:
                out = self._sink.pull()
            except BlockingIOError:
                return b"".join(ready)
            assert isinstance(out, AudioFrame)
            ready.append(bytes(memoryview(out.planes[0])[: out.samples * BYTES]))
