"""The inputs of the networks of `wave-network.ts`."""

import numpy as np

from waves_data import BEFORE, WINDOW


def measures_of(windows):
    """As `measureWindow` of wave-network.ts: the height over the middle level and the slope at two scales, by the QRS complex's height."""
    windows = windows.astype(np.float32)
    qrs = windows[..., BEFORE - 25 : BEFORE + 35]
    scale = 1 / (qrs.max(-1, keepdims=True) - qrs.min(-1, keepdims=True) + 1e-6)
    level = np.median(windows, axis=-1, keepdims=True)
    padded = np.concatenate([windows[..., :1]] * 5 + [windows] + [windows[..., -1:]] * 5, axis=-1)

    def at(offset):
        return padded[..., 5 + offset : 5 + offset + WINDOW]

    wide = at(3) + at(4) + at(5) - at(-5) - at(-4) - at(-3)
    return np.stack(
        [
            np.arcsinh(8 * scale * (windows - level)),
            np.arcsinh(25 * scale * (at(1) - at(-1))),
            np.arcsinh(25 / 3 * scale * wide),
        ],
        axis=-1,
    )
