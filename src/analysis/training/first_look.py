"""The convolutional network of `wave-model.ts`: its inputs, its evaluation, its training and its weights."""

import jax
import jax.numpy as jnp
import numpy as np

import adam
from augment import augment
from waves_data import BEFORE, P_POINTS, WINDOW, average_of, kinds_of
from weights_file import from_base64, to_base64

# As in wave-model.ts.
STEPS = WINDOW // 2
INPUTS = 6
CHANNELS = 16
TAPS = 5
DILATIONS = [1, 2, 4, 8]
POINT_COUNT = 8
EARLIEST = np.array([-110, -90, -30, -8, 15, 25, -100, 15])
LATEST = np.array([-8, 0, 8, 50, 100, 165, -5, 135])
TIMES = (2 * np.arange(STEPS) + 0.5 - BEFORE).astype(np.float32)
IS_ALLOWED = (TIMES >= EARLIEST[:, None]) & (TIMES <= LATEST[:, None])

# Steps of Adam, averages in each, the rate at first, and the weight decay.
TRAINING_STEPS = 3000
BATCH = 8
RATE = 0.004
DECAY = 0.001
# The share of a layer's channels that are left out, another of each lead at each step.
LEFT_OUT = 0.1
# The weights kept are a mean of those of the last steps, in which each step counts so much of the one after it.
AVERAGED = 0.99
# In grid samples, by the point: the error up to which Huber's loss is quadratic, and the bell's standard deviation.
HUBER = np.array([4, 4, 2, 3, 6, 5, 3, 4], np.float32)
BELL = np.array([3, 3, 2, 2.5, 5, 4, 2.5, 3], np.float32)
# How much the cross entropy counts beside Huber's loss.
BELL_SHARE = 0.5
# The shares of batches that have all leads, or one; the others have one of these numbers (each is compiled by itself).
ALL_LEADS = 0.3
ONE_LEAD = 0.15
SOME_LEADS = [2, 4, 8]


def to_inputs(windows):
    """As in wave-model.ts: the height over the middle level and the slope at two scales, by the QRS complex's height."""
    windows = windows.astype(np.float32)
    qrs = windows[..., BEFORE - 25 : BEFORE + 35]
    scale = 1 / (qrs.max(-1, keepdims=True) - qrs.min(-1, keepdims=True) + 1e-6)
    level = np.median(windows, axis=-1, keepdims=True)
    padded = np.concatenate([windows[..., :1]] * 5 + [windows] + [windows[..., -1:]] * 5, axis=-1)

    def at(offset):
        return padded[..., 5 + offset : 5 + offset + WINDOW]

    wide = at(3) + at(4) + at(5) - at(-5) - at(-4) - at(-3)
    features = np.stack(
        [
            np.arcsinh(8 * scale * (windows - level)),
            np.arcsinh(25 * scale * (at(1) - at(-1))),
            np.arcsinh(25 / 3 * scale * wide),
        ],
        axis=-1,
    )
    # Two grid samples are a step: the even one's features, then the odd one's.
    return features.reshape(*windows.shape[:-1], STEPS, INPUTS)


def new_parameters(rng, centres, widths):
    """`own` and `shared` are by tap, input and output."""

    def normal(*shape, inputs):
        return (rng.standard_normal(shape) * np.sqrt(2 / inputs)).astype(np.float32)

    layers = []
    for i in range(len(DILATIONS)):
        inputs = INPUTS if i == 0 else CHANNELS
        share = 1 if i == 0 else 0.5
        layers.append(
            {
                "own": normal(TAPS, inputs, CHANNELS, inputs=TAPS * inputs / share),
                "shared": None if i == 0 else normal(TAPS, inputs, CHANNELS, inputs=TAPS * inputs / share),
                "bias": np.zeros(CHANNELS, np.float32),
            }
        )
    return {
        "layers": layers,
        "own_out": normal(CHANNELS, POINT_COUNT, inputs=CHANNELS),
        "shared_out": normal(CHANNELS, POINT_COUNT, inputs=CHANNELS),
        "centres": centres.astype(np.float32),
        "widths": np.log(widths).astype(np.float32),
    }


def taps_of(channels, dilation):
    """By batch, lead, step: the channels at each tap, one after another."""
    reach = dilation * (TAPS - 1) // 2
    padded = jnp.pad(channels, ((0, 0), (0, 0), (reach, reach), (0, 0)))
    return jnp.concatenate([padded[:, :, k * dilation : k * dilation + STEPS] for k in range(TAPS)], axis=-1)


def scores_of(parameters, inputs, key=None):
    """By batch, lead, point and step. With a key channels are left out, as in training."""
    channels = inputs
    for i, (layer, dilation) in enumerate(zip(parameters["layers"], DILATIONS)):
        taps = taps_of(channels, dilation)
        given = taps @ layer["own"].reshape(-1, CHANNELS) + layer["bias"]
        if layer["shared"] is not None:
            given = given + taps_of(channels.mean(1, keepdims=True), dilation) @ layer["shared"].reshape(-1, CHANNELS)
        given = jax.nn.relu(given)
        if key is not None:
            key, own_key = jax.random.split(key)
            kept = jax.random.bernoulli(own_key, 1 - LEFT_OUT, (given.shape[0], given.shape[1], 1, CHANNELS))
            given = given * kept / (1 - LEFT_OUT)
        channels = given + channels if i > 1 else given
    scores = channels @ parameters["own_out"] + channels.mean(1, keepdims=True) @ parameters["shared_out"]
    unusual = (TIMES[:, None] / 30 - parameters["centres"]) / jnp.exp(parameters["widths"])
    scores = jnp.swapaxes(scores - 0.5 * unusual**2, -1, -2)
    return jnp.where(IS_ALLOWED, scores, -1e9)


def times_of(scores):
    return jax.nn.softmax(scores, axis=-1) @ TIMES


def loss_of(parameters, inputs, targets, has_p, key):
    """Targets are by batch, lead and point, NaN for none. Where there is no P wave all times are to be alike for its points."""
    scores = scores_of(parameters, inputs, key)
    logs = jax.nn.log_softmax(scores, axis=-1)
    is_there = ~jnp.isnan(targets)
    marks = jnp.where(is_there, targets, 0)

    errors = jnp.abs(times_of(scores) - marks)
    huber = jnp.where(errors < HUBER, 0.5 * errors**2 / HUBER, errors - 0.5 * HUBER) / HUBER

    bells = jnp.where(IS_ALLOWED, -0.5 * ((TIMES - marks[..., None]) / BELL[:, None]) ** 2, -1e9)
    crossed = -(jax.nn.softmax(bells, axis=-1) * jnp.where(IS_ALLOWED, logs, 0)).sum(-1)
    weighted = jnp.where(is_there, huber + BELL_SHARE * crossed, 0).sum() / jnp.maximum(1, is_there.sum())

    is_without = jnp.zeros(POINT_COUNT).at[jnp.array(P_POINTS)].set(1) * ~has_p[:, None, None]
    is_without = is_without * jnp.ones(targets.shape)
    alike = -(jnp.where(IS_ALLOWED, logs, 0).sum(-1) / IS_ALLOWED.sum(-1))
    return weighted + BELL_SHARE * (is_without * alike).sum() / jnp.maximum(1, is_there.sum())


@jax.jit
def train_step(parameters, moments, step, rate, inputs, targets, has_p, key):
    loss, gradients = jax.value_and_grad(loss_of)(parameters, inputs, targets, has_p, key)
    parameters, moments = adam.update(parameters, moments, gradients, step, rate, DECAY)
    return parameters, moments, loss


@jax.jit
def approach(means, parameters, share):
    """Means, after so great a share of the way to the parameters."""
    return jax.tree.map(lambda a, p: a + share * (p - a), means, parameters)


def train(records, seed, report):
    """Trains on the records; `report` is called now and then with the step and the mean loss since."""
    rng = np.random.default_rng(seed)
    key = jax.random.key(seed)
    by_record = [kinds for kinds in map(kinds_of, records) if kinds]
    targets = np.concatenate([kind.targets.reshape(-1, POINT_COUNT) for kinds in by_record for kind in kinds])
    parameters = new_parameters(rng, np.nanmean(targets, 0) / 30, 3 * np.nanstd(targets, 0) / 30)
    means = parameters
    moments = adam.new_moments(parameters)
    losses = []
    for step in range(TRAINING_STEPS):
        batch = new_batch(by_record, rng)
        rate = adam.falling(RATE, step, TRAINING_STEPS)
        parameters, moments, loss = train_step(parameters, moments, step, rate, *batch, jax.random.fold_in(key, step))
        means = approach(means, parameters, 1 - AVERAGED)
        losses.append(loss)
        if (step + 1) % 500 == 0:
            report(step + 1, float(np.mean(losses)))
            losses = []
    return jax.tree.map(np.asarray, means)


def new_batch(by_record, rng):
    """Augmented averages of some of the beats, all with as many leads."""
    draw = rng.random()
    leads = 12 if draw < ALL_LEADS else 1 if draw < ALL_LEADS + ONE_LEAD else int(rng.choice(SOME_LEADS))
    windows, targets, has_p = [], [], []
    for _ in range(BATCH):
        kinds = by_record[rng.integers(len(by_record))]
        counts = np.array([len(kind.windows) for kind in kinds], float)
        kind = kinds[rng.choice(len(kinds), p=np.sqrt(counts) / np.sqrt(counts).sum())]
        count = len(kind.windows)
        used = count if rng.random() < 0.25 else int(rng.integers(1, count + 1))
        beats = rng.choice(count, used, replace=False)
        average, marks = average_of(kind, beats, rng.choice(kind.windows.shape[1], leads, replace=False))
        window, marks = augment(average, marks, rng)
        windows.append(window)
        targets.append(marks)
        has_p.append(kind.has_p)
    return to_inputs(np.stack(windows)), np.stack(targets), np.array(has_p)


@jax.jit
def evaluate(parameters, inputs):
    return times_of(scores_of(parameters, inputs))


def point_at_waves(parameters, average):
    """The times by lead and point that `pointAtWaves` gives for an average by lead and grid sample."""
    return np.asarray(evaluate(parameters, to_inputs(average)[None]))[0]


def pack(parameters):
    """The weights as `readModel` of wave-model.ts takes them."""
    arrays = []
    for layer in parameters["layers"]:
        arrays.append(layer["own"].transpose(2, 1, 0))
        if layer["shared"] is not None:
            arrays.append(layer["shared"].transpose(2, 1, 0))
        arrays.append(layer["bias"])
    arrays += [parameters["own_out"], parameters["shared_out"], parameters["centres"], parameters["widths"]]
    return to_base64(arrays)


def unpack(packed):
    """The parameters of which `pack` has made this."""
    take = from_base64(packed)

    def filters(inputs):
        return np.ascontiguousarray(take(CHANNELS, inputs, TAPS).transpose(2, 1, 0))

    layers = []
    for i in range(len(DILATIONS)):
        own = filters(INPUTS if i == 0 else CHANNELS)
        shared = None if i == 0 else filters(CHANNELS)
        layers.append({"own": own, "shared": shared, "bias": take(CHANNELS)})
    return {
        "layers": layers,
        "own_out": take(CHANNELS, POINT_COUNT),
        "shared_out": take(CHANNELS, POINT_COUNT),
        "centres": take(POINT_COUNT),
        "widths": take(POINT_COUNT),
    }
