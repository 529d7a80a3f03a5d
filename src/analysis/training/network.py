"""The convolutional networks of `wave-network.ts`: their evaluation, their training and their weights."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import adam
from weights_file import from_base64, to_base64

# As in wave-network.ts.
INPUTS = 6
CHANNELS = 16
TAPS = 5
DILATIONS = [1, 2, 4, 8]
USUAL_TIME_UNIT = 30

# The share of a layer's channels that are left out, another of each lead at each step.
LEFT_OUT = 0.1
# The weights kept are a mean of those of the last steps, in which each step counts so much of the one after it.
AVERAGED = 0.99
# How much the cross entropy counts beside Huber's loss.
BELL_SHARE = 0.5


class Network:
    """
    What a network points at, and how it is trained.

    Of each point, in grid samples: the first and the last time from the R peak at which it may be, the error up to which Huber's loss is
    quadratic, and the standard deviation of the bell about its mark. `absent` are the points that an average may lack in all leads.
    """

    def __init__(self, times, earliest, latest, huber, bell, absent, training_steps, rate, decay):
        self.times = times.astype(np.float32)
        self.is_allowed = (self.times >= np.array(earliest)[:, None]) & (self.times <= np.array(latest)[:, None])
        self.huber = np.array(huber, np.float32)
        self.bell = np.array(bell, np.float32)
        self.absent = absent
        self.points = len(earliest)
        self.training_steps = training_steps
        self.rate = rate
        self.decay = decay

    def new_parameters(self, rng, targets):
        """`own` and `shared` are by tap, input and output; usual times are those of the targets, by example and point."""

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
            "own_out": normal(CHANNELS, self.points, inputs=CHANNELS),
            "shared_out": normal(CHANNELS, self.points, inputs=CHANNELS),
            "centres": (np.nanmean(targets, 0) / USUAL_TIME_UNIT).astype(np.float32),
            "widths": np.log(3 * np.nanstd(targets, 0) / USUAL_TIME_UNIT).astype(np.float32),
        }

    def scores_of(self, parameters, inputs, key=None):
        """By batch, lead, point and step. With a key channels are left out, as in training."""
        channels = inputs
        for i, (layer, dilation) in enumerate(zip(parameters["layers"], DILATIONS)):
            given = taps_of(channels, dilation) @ layer["own"].reshape(-1, CHANNELS) + layer["bias"]
            if layer["shared"] is not None:
                of_mean = taps_of(channels.mean(1, keepdims=True), dilation)
                given = given + of_mean @ layer["shared"].reshape(-1, CHANNELS)
            given = jax.nn.relu(given)
            if key is not None:
                key, own_key = jax.random.split(key)
                kept = jax.random.bernoulli(own_key, 1 - LEFT_OUT, (given.shape[0], given.shape[1], 1, CHANNELS))
                given = given * kept / (1 - LEFT_OUT)
            channels = given + channels if i > 1 else given
        scores = channels @ parameters["own_out"] + channels.mean(1, keepdims=True) @ parameters["shared_out"]
        unusual = (self.times[:, None] / USUAL_TIME_UNIT - parameters["centres"]) / jnp.exp(parameters["widths"])
        scores = jnp.swapaxes(scores - 0.5 * unusual**2, -1, -2)
        return jnp.where(self.is_allowed, scores, -1e9)

    def times_of(self, scores):
        return jax.nn.softmax(scores, axis=-1) @ self.times

    @partial(jax.jit, static_argnums=0)
    def evaluate(self, parameters, inputs):
        """The times by example, lead and point."""
        return self.times_of(self.scores_of(parameters, inputs))

    def loss_of(self, parameters, inputs, targets, is_whole, key):
        """
        Targets are by batch, lead and point, NaN for none. Where an example is not whole its absent points are nowhere: all times are to be
        alike for these.
        """
        scores = self.scores_of(parameters, inputs, key)
        logs = jax.nn.log_softmax(scores, axis=-1)
        is_there = ~jnp.isnan(targets)
        marks = jnp.where(is_there, targets, 0)

        errors = jnp.abs(self.times_of(scores) - marks)
        near = 0.5 * errors**2 / self.huber
        huber = jnp.where(errors < self.huber, near, errors - 0.5 * self.huber) / self.huber

        distances = (self.times - marks[..., None]) / self.bell[:, None]
        bells = jnp.where(self.is_allowed, -0.5 * distances**2, -1e9)
        crossed = -(jax.nn.softmax(bells, axis=-1) * jnp.where(self.is_allowed, logs, 0)).sum(-1)
        weighted = jnp.where(is_there, huber + BELL_SHARE * crossed, 0).sum() / jnp.maximum(1, is_there.sum())
        if not self.absent:
            return weighted

        is_without = jnp.zeros(self.points).at[jnp.array(self.absent)].set(1) * ~is_whole[:, None, None]
        is_without = is_without * jnp.ones(targets.shape)
        alike = -(jnp.where(self.is_allowed, logs, 0).sum(-1) / self.is_allowed.sum(-1))
        return weighted + BELL_SHARE * (is_without * alike).sum() / jnp.maximum(1, is_there.sum())

    @partial(jax.jit, static_argnums=0)
    def train_step(self, parameters, moments, step, rate, inputs, targets, is_whole, key):
        loss, gradients = jax.value_and_grad(self.loss_of)(parameters, inputs, targets, is_whole, key)
        parameters, moments = adam.update(parameters, moments, gradients, step, rate, self.decay)
        return parameters, moments, loss

    def train(self, parameters, new_batch, seed, report):
        """`new_batch` gives inputs, targets, and which are whole; `report` is called now and then with the step and the mean loss since."""
        key = jax.random.key(seed)
        means = parameters
        moments = adam.new_moments(parameters)
        losses = []
        for step in range(self.training_steps):
            rate = adam.falling(self.rate, step, self.training_steps)
            own_key = jax.random.fold_in(key, step)
            parameters, moments, loss = self.train_step(parameters, moments, step, rate, *new_batch(), own_key)
            means = approach(means, parameters, 1 - AVERAGED)
            losses.append(loss)
            if (step + 1) % 500 == 0:
                report(step + 1, float(np.mean(losses)))
                losses = []
        return jax.tree.map(np.asarray, means)

    def pack(self, parameters):
        """The weights as `readNetwork` of wave-network.ts takes them."""
        arrays = []
        for layer in parameters["layers"]:
            arrays.append(layer["own"].transpose(2, 1, 0))
            if layer["shared"] is not None:
                arrays.append(layer["shared"].transpose(2, 1, 0))
            arrays.append(layer["bias"])
        arrays += [parameters["own_out"], parameters["shared_out"], parameters["centres"], parameters["widths"]]
        return to_base64(arrays)

    def unpack(self, packed):
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
            "own_out": take(CHANNELS, self.points),
            "shared_out": take(CHANNELS, self.points),
            "centres": take(self.points),
            "widths": take(self.points),
        }


def taps_of(channels, dilation):
    """By batch, lead, step: the channels at each tap, one after another."""
    reach = dilation * (TAPS - 1) // 2
    padded = jnp.pad(channels, ((0, 0), (0, 0), (reach, reach), (0, 0)))
    steps = channels.shape[2]
    return jnp.concatenate([padded[:, :, k * dilation : k * dilation + steps] for k in range(TAPS)], axis=-1)


@jax.jit
def approach(means, parameters, share):
    """Means, after so great a share of the way to the parameters."""
    return jax.tree.map(lambda a, p: a + share * (p - a), means, parameters)
