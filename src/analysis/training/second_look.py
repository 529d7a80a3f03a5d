"""The networks of `second-look.ts`: their inputs, their training and their weights."""

import jax
import jax.numpy as jnp
import numpy as np

import adam
from first_look import point_at_waves
from waves_data import BEFORE, P_END, P_ONSET, QRS_END, QRS_ONSET, T_END, WINDOW, is_whole, windows_of
from weights_file import from_base64, to_base64

# As in second-look.ts.
LOOKS = [(P_ONSET, 3), (P_END, 3), (QRS_ONSET, 1), (QRS_END, 1), (T_END, 4)]
REACH = 12
PLACES = 2 * REACH + 1
INPUTS = 3 * PLACES
BELL = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / 6) ** 2)
# The points whose looks are kept with the first look: P waves are compared, and rhythms told, by where QRS complexes begin.
KEPT = [QRS_ONSET]
# Networks that are trained apart, and the units of each: second-look.ts has as many as all of them.
NETWORKS = 2
HIDDEN = 8

# Steps of Adam, points in each, the rate at first, and the weight decay.
TRAINING_STEPS = 1000
BATCH = 512
RATE = 0.004
DECAY = 0.01
# Each point is looked at so often, moved anew, and in this share of the times mixed with the average.
VARIANTS = 6
MIXED = 1 / 3
# Huber's loss is quadratic up to so many places, of each look.
HUBER = [2, 2, 2, 2, 8]


def read_inputs(windows, centres, step, ends):
    """As `readInputs` of second-look.ts, by window: centres and ends are grid samples of each."""
    places = centres[:, None] + np.arange(-REACH, REACH + 1) * step
    last = np.minimum(ends, WINDOW - 2 - step)[:, None]
    at = np.maximum(step + 1, np.minimum(last, places))

    def take(offset):
        return np.take_along_axis(windows, at + offset, 1).astype(np.float64)

    slopes = (take(step + 1) + take(step) - take(-step) - take(-step - 1)) / (2 * (2 * step + 1))
    smoothing = (step | 1) >> 1
    heights = sum(take(j) for j in range(-smoothing, smoothing + 1)) / (2 * smoothing + 1)
    steepest = np.maximum(1e-6, (BELL * np.abs(slopes)).max(1, keepdims=True))
    heights = heights - (BELL * heights).sum(1, keepdims=True) / BELL.sum()
    farthest = np.maximum(1e-6, (BELL * np.abs(heights)).max(1, keepdims=True))
    slopes = compress(slopes / steepest)
    return np.concatenate([np.abs(slopes), slopes, compress(heights / farthest)], axis=1).astype(np.float32)


def compress(values):
    return 2 * values / (0.5 + np.abs(values))


def to_nearest(values):
    """As JavaScript's Math.round."""
    return np.floor(values + 0.5).astype(int)


def points_of(record, first_look):
    """Every beat of a record in every lead: its window, the average's, the times that the first look gives, its marks."""
    windows, averages, times, marks = [], [], [], []
    for number in np.unique(record.kinds):
        beats = np.flatnonzero(record.kinds == number)
        own = windows_of(record, beats)
        whole = is_whole(record, beats)
        average = own[whole if whole.any() else slice(None)].mean(0)
        pointed = point_at_waves(first_look, average)
        windows.append(own.reshape(-1, WINDOW))
        averages.append(np.tile(average, (len(beats), 1)))
        times.append(np.tile(pointed, (len(beats), 1)))
        marks.append(record.marks[:, beats].transpose(1, 0, 2).reshape(-1, pointed.shape[1]))
    return [np.concatenate(arrays) for arrays in (windows, averages, times, marks)]


def examples_of(points, point, step, rng):
    """Inputs and how much later the mark is than the place looked at, in places."""
    windows, averages, times, marks = points
    is_there = ~np.isnan(marks[:, point])
    windows, averages, times, marks = (array[is_there] for array in points)
    inputs, targets = [], []
    for _ in range(VARIANTS):
        share = np.where(rng.random((len(windows), 1)) < MIXED, rng.random((len(windows), 1)), 0)
        moved = to_nearest(times[:, point] + step * rng.uniform(-1, 1, len(times)))
        is_p = point in (P_ONSET, P_END)
        ends = BEFORE + to_nearest(times[:, QRS_ONSET]) if is_p else np.full(len(times), WINDOW)
        mixed = (1 - share) * windows + share * averages
        inputs.append(read_inputs(mixed, BEFORE + moved, step, ends))
        targets.append((marks[:, point] - moved) / step)
    return np.concatenate(inputs), np.concatenate(targets).astype(np.float32)


def evaluate(parameters, inputs):
    hidden = jnp.tanh(inputs @ parameters["hidden"].T + parameters["hidden_bias"])
    return hidden @ parameters["out"] + parameters["bias"] + inputs @ parameters["direct"]


def loss_of(parameters, inputs, targets, huber):
    errors = jnp.abs(evaluate(parameters, inputs) - targets)
    return jnp.where(errors < huber, 0.5 * errors**2, huber * (errors - 0.5 * huber)).mean()


@jax.jit
def train_step(parameters, moments, step, inputs, targets, huber):
    gradients = jax.grad(loss_of)(parameters, inputs, targets, huber)
    return adam.update(parameters, moments, gradients, step, adam.falling(RATE, step, TRAINING_STEPS), DECAY)


def train_network(inputs, targets, huber, rng):
    parameters = {
        "hidden": (0.5 * rng.standard_normal((HIDDEN, INPUTS)) / np.sqrt(INPUTS)).astype(np.float32),
        "hidden_bias": np.zeros(HIDDEN, np.float32),
        "out": (rng.standard_normal(HIDDEN) / np.sqrt(HIDDEN)).astype(np.float32),
        "bias": np.zeros((), np.float32),
        "direct": np.zeros(INPUTS, np.float32),
    }
    moments = adam.new_moments(parameters)
    for step in range(TRAINING_STEPS):
        chosen = rng.integers(len(inputs), size=BATCH)
        parameters, moments = train_step(parameters, moments, step, inputs[chosen], targets[chosen], huber)
    return jax.tree.map(np.asarray, parameters)


def train(points, seed):
    """A list of networks a look. `points` are those of each record."""
    rng = np.random.default_rng(seed)
    gathered = [np.concatenate(arrays) for arrays in zip(*points)]
    looks = []
    for (point, step), huber in zip(LOOKS, HUBER):
        inputs, targets = examples_of(gathered, point, step, rng)
        looks.append([train_network(inputs, targets, huber, rng) for _ in range(NETWORKS)])
    return looks


def pack(looks, kept=None):
    """
    The weights as `readLooks` of second-look.ts takes them: one network, the mean of those trained apart, in grid samples. With kept
    weights, as they were packed, the looks at KEPT are theirs.
    """
    units = NETWORKS * HIDDEN
    take = from_base64(kept) if kept else None
    arrays = []
    for networks, (point, step) in zip(looks, LOOKS):
        own = [
            np.concatenate([network["hidden"] for network in networks]),
            np.concatenate([network["hidden_bias"] for network in networks]),
            step / NETWORKS * np.concatenate([network["out"] for network in networks]),
            step * np.mean([network["bias"] for network in networks], keepdims=True),
            step * np.mean([network["direct"] for network in networks], axis=0),
        ]
        before = [take(units, INPUTS), take(units), take(units), take(1), take(INPUTS)] if take else own
        arrays += before if point in KEPT else own
    return to_base64(arrays)
