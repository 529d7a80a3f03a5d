"""The records that `export-waves.ts` writes, and the averages of beats that the first look is trained on."""

import base64
import json
from dataclasses import dataclass

import numpy as np

# As in average-beats.ts: a beat's window about its R peak, in grid samples of 4 ms.
BEFORE = 120
WINDOW = 310
# As in wave-model.ts.
POINTS = ["pOnset", "pEnd", "qrsOnset", "qrsEnd", "tOnset", "tEnd", "pPeak", "tPeak"]
P_ONSET, P_END, QRS_ONSET, QRS_END, T_ONSET, T_END, P_PEAK, T_PEAK = range(8)
P_POINTS = [P_ONSET, P_END, P_PEAK]

# A batch of neither all leads nor one has one of these numbers of leads: each is compiled by itself.
SOME_LEADS = [2, 4, 8]

# Grid samples to both sides of a window, for augmented ones to take from when they are moved or stretched.
SPARE = 60


@dataclass
class Record:
    """A record: `grids` by lead and grid sample, `marks` by lead, beat and point (from the beat's centre, NaN for none)."""

    number: int
    grids: np.ndarray
    centres: np.ndarray
    kinds: np.ndarray
    is_marked: np.ndarray
    marks: np.ndarray


@dataclass
class Kind:
    """The beats of one kind in a record: wide windows by beat, lead and grid sample, and the marks of all of them."""

    record: int
    windows: np.ndarray
    is_whole: np.ndarray
    marks: np.ndarray
    targets: np.ndarray
    has_p: bool


def read_records(path):
    with open(path, encoding="utf-8") as file:
        return [to_record(json.loads(line)) for line in file]


def to_record(fields):
    grids = np.stack([np.frombuffer(base64.b64decode(grid), "<f4") for grid in fields["grids"]])
    return Record(
        number=fields["record"],
        grids=grids,
        centres=np.array(fields["centres"]),
        kinds=np.array(fields["kinds"]),
        is_marked=np.array(fields["isMarked"], bool),
        marks=np.array(fields["marks"], np.float32),
    )


def windows_of(record, beats, spare=0):
    """Beats' windows by beat, lead and grid sample; beyond its ends a lead goes on as it is there."""
    at = record.centres[beats][:, None] + np.arange(-BEFORE - spare, WINDOW - BEFORE + spare)
    return record.grids[:, np.clip(at, 0, record.grids.shape[1] - 1)].transpose(1, 0, 2)


def is_whole(record, beats):
    start = record.centres[beats] - BEFORE
    return (start >= 0) & (start + WINDOW < record.grids.shape[1])


def nan_mean(values):
    """The mean over the first axis of what is not NaN; NaN where nothing is."""
    is_there = ~np.isnan(values)
    count = is_there.sum(0)
    sums = np.where(is_there, values, 0).sum(0)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan).astype(np.float32)


def nan_median(values):
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(0)
    low = np.take_along_axis(ordered, np.maximum(0, (count - 1) // 2)[None], 0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(values) - 1)[None], 0)[0]
    return np.where(count > 0, (low + high) / 2, np.nan).astype(np.float32)


def kinds_of(record):
    """The kinds of a record of which any beat is marked."""
    kinds = []
    for number in np.unique(record.kinds):
        beats = np.flatnonzero(record.kinds == number)
        marks = record.marks[:, beats].transpose(1, 0, 2)
        if not record.is_marked[:, beats].any():
            continue
        # The middle of mean and median: a mark that is far from the others counts less than in the mean.
        targets = (nan_mean(marks) + nan_median(marks)) / 2
        kinds.append(
            Kind(
                record=record.number,
                windows=windows_of(record, beats, SPARE),
                is_whole=is_whole(record, beats),
                marks=marks,
                targets=targets,
                has_p=bool((~np.isnan(marks[:, :, P_PEAK])).any()),
            )
        )
    return kinds


def draw_kind(by_record, rng):
    """A kind of a record: those of many beats are drawn more often."""
    kinds = by_record[rng.integers(len(by_record))]
    counts = np.array([len(kind.windows) for kind in kinds], float)
    return kinds[rng.choice(len(kinds), p=np.sqrt(counts) / np.sqrt(counts).sum())]


def draw_lead_count(rng, all_leads, one_lead):
    """The number of leads of a batch, by the shares of batches that have all of them, or one."""
    draw = rng.random()
    return 12 if draw < all_leads else 1 if draw < all_leads + one_lead else int(rng.choice(SOME_LEADS))


def average_of(kind, chosen, leads):
    """A kind's average in some leads over the chosen beats (of those that are whole, if any is), with its targets by lead and point."""
    whole = chosen[kind.is_whole[chosen]]
    used = whole if len(whole) > 0 else chosen
    own = nan_mean(kind.marks[np.ix_(chosen, leads)])
    targets = kind.targets[leads]
    return kind.windows[np.ix_(used, leads)].mean(0), np.where(np.isnan(own), targets, (targets + own) / 2)
