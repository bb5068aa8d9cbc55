"""What we reach into aiortc for. If one of these fails after an upgrade, read the new code before changing the pin."""

import asyncio
import fractions
import importlib.metadata
import inspect

import av
import pytest
from aioice.ice import Connection
from aiortc import RTCPeerConnection, rtcrtpreceiver, rtcrtpsender
from aiortc.codecs.opus import OpusEncoder
from aiortc.rtcconfiguration import RTCConfiguration
from aiortc.rtcicetransport import RTCIceGatherer
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RtpPacket

from api.transports.jitter import ReceiverTap
from api.transports.webrtc import JITTER_BUFFER, WebRtcLine
from tests.api.transports.peer import Peer


def test_the_versions_are_the_ones_that_were_read() -> None:
    assert importlib.metadata.version("aiortc") == "1.16.0"
    assert importlib.metadata.version("aioice") == "0.13.0"


def test_the_receiver_keeps_its_jitter_buffer_where_our_tap_goes() -> None:
    async def main() -> None:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        receiver = peer.addTransceiver("audio").receiver
        assert type(getattr(receiver, JITTER_BUFFER)).__name__ == "JitterBuffer"
        await peer.close()

    asyncio.run(main())


def test_the_receiver_calls_the_buffer_with_each_packet_and_takes_a_pair() -> None:
    source = inspect.getsource(RTCRtpReceiver._handle_rtp_packet)
    assert source.count("self.__jitter_buffer") == 1
    assert "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)" in source
    assert "if encoded_frame is not None and self.__decoder_thread:" in source
    assert inspect.getsource(rtcrtpreceiver).count("self.__jitter_buffer") == 3  # made for audio, made for video, used


def test_an_rtp_packet_has_what_the_inlet_reads() -> None:
    packet = RtpPacket(payload_type=111, sequence_number=7, timestamp=960, payload=b"x")
    assert (packet.sequence_number, packet.timestamp, packet.payload) == (7, 960, b"x")


def test_a_packet_from_a_track_is_sent_as_it_is_without_a_thread() -> None:
    source = inspect.getsource(RTCRtpSender._next_encoded_frame)
    assert "data = await self.__track.recv()" in source
    assert "payloads, timestamp = self.__encoder.pack(data)" in source
    assert source.index("isinstance(data, Frame)") < source.index("run_in_executor") < source.index(".pack(data)")


def test_packing_keeps_the_payload_and_counts_in_forty_eight_kilohertz() -> None:
    packet = av.Packet(b"payload")
    packet.pts, packet.time_base = 1920, fractions.Fraction(1, 48_000)
    assert OpusEncoder().pack(packet) == ([b"payload"], 1920)


def test_the_sender_sends_in_the_same_step_in_which_it_was_given_the_packet() -> None:
    """`WebRtcLine.flush` says that nothing is in store, because of this."""
    source = inspect.getsource(RTCRtpSender._run_rtp)
    between = source[source.index("_next_encoded_frame") : source.index("_send_rtp")]
    assert between.count("await") == 1  # the one in front of _send_rtp


def test_the_sender_names_no_other_public_way() -> None:
    assert inspect.getsource(rtcrtpsender).count(".recv()") == 1


def test_candidates_are_gathered_by_the_method_that_we_wrap() -> None:
    source = inspect.getsource(Connection.gather_candidates)
    assert "self.get_component_candidates(component=component, addresses=addresses)" in source
    assert "timeout" in inspect.signature(Connection.get_component_candidates).parameters


def test_an_empty_list_of_ice_servers_is_not_the_default() -> None:
    async def main() -> None:
        assert RTCIceGatherer(iceServers=[])._connection.stun_server is None
        assert RTCIceGatherer(iceServers=None)._connection.stun_server is not None

    asyncio.run(main())


@pytest.mark.parametrize("dtx", ["", ";usedtx=1"])
def test_the_answer_is_one_bundle_of_opus_without_discontinuous_transmission(dtx: str) -> None:
    async def main() -> None:
        peer, line = Peer(), WebRtcLine()
        offer = (await peer.offer()).replace(
            "a=rtpmap:96 opus/48000/2", f"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 x=1{dtx}"
        )
        answer = await line.answer(offer)
        assert "a=group:BUNDLE 0 1" in answer
        assert [text for text in answer.split("\r\n") if "a=rtpmap" in text] == ["a=rtpmap:96 opus/48000/2"]
        assert "usedtx" not in answer
        assert "a=candidate" in answer
        assert "a=end-of-candidates" in answer
        await line.close("test")
        await peer.close()

    asyncio.run(main())


def test_in_a_real_call_our_tap_sees_the_packets_and_the_decoder_thread_none() -> None:
    async def main() -> None:
        peer, line = Peer(), WebRtcLine()
        await peer.accept(await line.answer(await peer.offer()))
        await line.up()
        receiver = line._peer.getReceivers()[0]
        assert isinstance(getattr(receiver, JITTER_BUFFER), ReceiverTap)
        frames = line.frames()
        for _ in range(10):
            await anext(frames)
        assert line.inlet.counts.received >= 10
        track = receiver.track
        assert track is not None
        assert track._queue.empty()  # type: ignore[attr-defined]
        await frames.aclose()
        await line.close("test")
        await peer.close()

    asyncio.run(main())
