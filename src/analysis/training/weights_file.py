"""Weights as `weights.ts` reads them."""

import base64
import re

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


def from_base64(text):
    """Takes one array after the other, by its shape, from what `to_base64` gives."""
    packed = base64.b64decode(text)
    at = 0

    def take(*shape):
        nonlocal at
        largest = np.frombuffer(packed, "<f4", 1, at)[0]
        values = np.frombuffer(packed, "<i2", int(np.prod(shape)), at + 4)
        at += 4 + values.nbytes
        return (values * (float(largest) / 32767)).reshape(shape).astype(np.float32)

    return take


def read_weights(path):
    """The packed looks of a module such as wave-weights.ts, by their names."""
    with open(path, encoding="utf-8") as file:
        return dict(re.findall(r'(\w+_LOOK) =\s*"([^"]+)"', file.read()))


def write_weights(path, first_look, second_look, qrs_look):
    """A module such as wave-weights.ts."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("/** The weights of the network of `wave-model.ts`. */\n")
        file.write(f'export const FIRST_LOOK =\n  "{first_look}";\n\n')
        file.write("/** The weights of the networks of `second-look.ts`, a point after the other. */\n")
        file.write(f'export const SECOND_LOOK =\n  "{second_look}";\n\n')
        file.write("/** The weights of the network of `qrs-look.ts`. */\n")
        file.write(f'export const QRS_LOOK =\n  "{qrs_look}";\n')
