"""The network of `qrs-look.ts`: its inputs and its training."""

import numpy as np

from augment import augment
from inputs import measures_of
from network import Network
from waves_data import BEFORE, QRS_END, QRS_ONSET, draw_kind, draw_lead_count, kinds_of

# As in qrs-look.ts.
FIRST = -42
STEPS = 96
POINTS = [QRS_ONSET, QRS_END]
NETWORK = Network(
    times=FIRST + np.arange(STEPS),
    earliest=[-30, -8],
    latest=[8, 50],
    huber=[2, 3],
    bell=[2, 2.5],
    absent=[],
    training_steps=8000,
    rate=0.004,
    decay=0.001,
)
# Beats in each step of Adam, and of those in a few leads.
BATCH = 16
BATCH_OF_FEW = 32
# The shares of batches that have all leads, or one.
ALL_LEADS = 0.5
ONE_LEAD = 0.1
# In this share of the times a beat is mixed with the average, and in this share the average is of some of the beats.
MIXED = 0.3
OF_SOME = 0.5


def to_inputs(beats, averages):
    """As in qrs-look.ts: the beat's measures of a grid sample, then the average's."""
    steps = slice(BEFORE + FIRST, BEFORE + FIRST + STEPS)
    return np.concatenate([measures_of(beats)[..., steps, :], measures_of(averages)[..., steps, :]], axis=-1)


def train(records, seed, report):
    rng = np.random.default_rng(seed)
    by_record = [kinds for kinds in map(kinds_of, records) if kinds]
    marks = np.concatenate([kind.marks[:, :, POINTS].reshape(-1, len(POINTS)) for kinds in by_record for kind in kinds])
    return NETWORK.train(NETWORK.new_parameters(rng, marks), lambda: new_batch(by_record, rng), seed, report)


def new_batch(by_record, rng):
    """Augmented beats beside the averages of their kinds, all in as many leads."""
    leads = draw_lead_count(rng, ALL_LEADS, ONE_LEAD)
    count = BATCH if leads > 4 else BATCH_OF_FEW
    beats, averages, targets = zip(*[new_example(by_record, leads, rng) for _ in range(count)])
    return to_inputs(np.stack(beats), np.stack(averages)), np.stack(targets), np.ones(count, bool)


def new_example(by_record, leads, rng):
    kind = draw_kind(by_record, rng)
    beat = rng.choice(np.flatnonzero(~np.isnan(kind.marks).all((1, 2))))
    chosen = rng.choice(kind.windows.shape[1], leads, replace=False)
    averaged = np.flatnonzero(kind.is_whole) if kind.is_whole.any() else np.arange(len(kind.windows))
    if rng.random() < OF_SOME:
        averaged = rng.choice(averaged, int(rng.integers(1, len(averaged) + 1)), replace=False)
    average = kind.windows[np.ix_(averaged, chosen)].mean(0)
    share = rng.random() if rng.random() < MIXED else 0
    own = (1 - share) * kind.windows[beat, chosen] + share * average
    marks = kind.marks[beat, chosen]
    both, moved = augment(np.concatenate([own, average]), np.concatenate([marks, marks]), rng, lots=2)
    return both[:leads], both[leads:], moved[:leads, POINTS]

