"""The network of `wave-model.ts`: its inputs and its training."""

import numpy as np

from augment import augment
from inputs import measures_of
from network import INPUTS, Network
from waves_data import BEFORE, P_POINTS, WINDOW, average_of, draw_kind, draw_lead_count, kinds_of

# As in wave-model.ts.
STEPS = WINDOW // 2
NETWORK = Network(
    times=2 * np.arange(STEPS) + 0.5 - BEFORE,
    earliest=[-110, -90, -30, -8, 15, 25, -100, 15],
    latest=[-8, 0, 8, 50, 100, 165, -5, 135],
    huber=[4, 4, 2, 3, 6, 5, 3, 4],
    bell=[3, 3, 2, 2.5, 5, 4, 2.5, 3],
    absent=P_POINTS,
    training_steps=3000,
    rate=0.004,
    decay=0.001,
)
# Averages in each step of Adam.
BATCH = 8
# The shares of batches that have all leads, or one.
ALL_LEADS = 0.3
ONE_LEAD = 0.15


def to_inputs(windows):
    """As in wave-model.ts: two grid samples are a step: the even one's measures, then the odd one's."""
    return measures_of(windows).reshape(*windows.shape[:-1], STEPS, INPUTS)


def train(records, seed, report):
    rng = np.random.default_rng(seed)
    by_record = [kinds for kinds in map(kinds_of, records) if kinds]
    targets = np.concatenate([kind.targets.reshape(-1, NETWORK.points) for kinds in by_record for kind in kinds])
    return NETWORK.train(NETWORK.new_parameters(rng, targets), lambda: new_batch(by_record, rng), seed, report)


def new_batch(by_record, rng):
    """Augmented averages of some of the beats, all with as many leads."""
    leads = draw_lead_count(rng, ALL_LEADS, ONE_LEAD)
    windows, targets, has_p = [], [], []
    for _ in range(BATCH):
        kind = draw_kind(by_record, rng)
        count = len(kind.windows)
        used = count if rng.random() < 0.25 else int(rng.integers(1, count + 1))
        beats = rng.choice(count, used, replace=False)
        average, marks = average_of(kind, beats, rng.choice(kind.windows.shape[1], leads, replace=False))
        window, marks = augment(average, marks, rng)
        windows.append(window)
        targets.append(marks)
        has_p.append(kind.has_p)
    return to_inputs(np.stack(windows)), np.stack(targets), np.array(has_p)


def point_at_waves(parameters, average):
    """The times by lead and point that `pointAtWaves` gives for an average by lead and grid sample."""
    return np.asarray(NETWORK.evaluate(parameters, to_inputs(average)[None]))[0]
