"""Weights as `weights.ts` reads them."""

import base64

import numpy as np


def to_base64(arrays):
    """16-bit integers, each array's after the float that 32767 stands for."""
    packed = b""
    for array in arrays:
        values = np.asarray(array, np.float64).ravel()
        largest = np.float32(np.abs(values).max())
        packed += largest.astype("<f4").tobytes()
        packed += np.rint(values / (float(largest) or 1) * 32767).clip(-32767, 32767).astype("<i2").tobytes()
    return base64.b64encode(packed).decode("ascii")


def write_weights(path, first_look, second_look):
    """A module such as wave-weights.ts."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("/** The weights of the network of `wave-model.ts`. */\n")
        file.write(f'export const FIRST_LOOK =\n  "{first_look}";\n\n')
        file.write("/** The weights of the networks of `second-look.ts`, a point after the other. */\n")
        file.write(f'export const SECOND_LOOK =\n  "{second_look}";\n')
