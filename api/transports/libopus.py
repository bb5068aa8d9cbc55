"""The libopus that PyAV brings: PyAV's own way to it decodes at 48 kHz only, and cannot be told what to spend.

Its functions are called with the interpreter lock held: each takes some tens of microseconds, and to give the lock away
for that would let another thread keep it from the loop for milliseconds.
"""

import ctypes
import ctypes.util
from pathlib import Path

import av

MONO = 1
VOIP = 2048
SET_BITRATE, SET_COMPLEXITY, SET_INBAND_FEC, SET_PACKET_LOSS = 4002, 4010, 4012, 4014
"""From opus_defines.h; they have been the same since 1.0."""


def find(beside: Path) -> str:
    """The libopus that lies with this package (a wheel's own libraries), or the system's. Raises ImportError."""
    for place in (beside.parent / "av.libs", beside / ".dylibs"):
        for file in sorted(place.glob("*opus[-.]*")):
            return str(file)
    found = ctypes.util.find_library("opus")
    if found is None:
        raise ImportError("libopus was not found: PyAV's wheels bring it; beside a PyAV built here, install libopus0")
    return found


def load(path: str) -> ctypes.PyDLL:
    """The library with the types of what is called."""
    lib = ctypes.PyDLL(path)
    coder, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, given in (
        ("opus_encoder_create", coder, [number, number, number, ctypes.POINTER(number)]),
        ("opus_encoder_ctl", number, [coder, number]),  # and what that one takes
        ("opus_encode", number, [coder, text, number, text, number]),
        ("opus_encoder_destroy", None, [coder]),
        ("opus_decoder_create", coder, [number, number, ctypes.POINTER(number)]),
        ("opus_decode", number, [coder, text, number, text, number, number]),
        ("opus_decoder_destroy", None, [coder]),
        ("opus_strerror", text, [number]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, given
    return lib


LIB = load(find(Path(av.__file__).parent))


class OpusError(RuntimeError):
    """libopus refused something that it cannot refuse unless the arguments are wrong."""


def checked(code: int) -> int:
    """What a call gave, if it is no error."""
    if code < 0:
        raise OpusError(LIB.opus_strerror(code).decode())
    return code
