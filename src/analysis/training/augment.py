"""Makes another average of one: moved and stretched, with other P and T waves, upside down, with noise."""

import numpy as np

from waves_data import BEFORE, P_END, P_ONSET, QRS_END, QRS_ONSET, SPARE, T_END, T_ONSET, WINDOW

# Of the whole beat, and of each of its parts besides: the logarithm of how much longer it is, standard deviations.
STRETCH = 0.04
PART_STRETCH = 0.06
# How far it is moved, in grid samples, and how high P and T waves are: standard deviations, of a logarithm.
MOVE = 1
HEIGHT = 0.25
UPSIDE_DOWN = 0.1
# As shares of the QRS complex's height: most noise, and most wander.
NOISE = 0.015
WANDER = 0.1
# In grid samples from the R peak: where the parts end (P and PR, QRS, ST and T) when the marks do not say so.
USUAL_QRS_ONSET = -11
USUAL_QRS_END = 13


def augment(average, targets, rng, lots=1):
    """
    Takes a wide average (by lead and grid sample, with SPARE to both sides), gives one of WINDOW, and where its marks are. It may be several
    lots of windows of the same leads, one after another, which are changed alike but for their noise.
    """
    average = average.astype(np.float32)
    for onset, end in ((P_ONSET, P_END), (T_ONSET, T_END)):
        scale_wave(average, targets[:, onset], targets[:, end], np.exp(HEIGHT * rng.standard_normal()))
    average, targets = stretch(average, targets, rng)
    qrs = average[:, BEFORE - 25 : BEFORE + 35]
    height = np.ptp(qrs, axis=1, keepdims=True)
    average += noise_of(average.shape, rng) * height
    average[np.tile(rng.random(len(average) // lots) < UPSIDE_DOWN, lots)] *= -1
    return average, targets


def scale_wave(average, onsets, ends, factor):
    """Makes what is above the line from a wave's onset to its end so many times as high, in place."""
    is_there = ~np.isnan(onsets) & ~np.isnan(ends)
    last_place = average.shape[1] - 1
    first = np.clip(np.rint(np.where(is_there, onsets, 0)).astype(int) + BEFORE + SPARE, 0, last_place)[:, None]
    last = np.clip(np.rint(np.where(is_there, ends, 0)).astype(int) + BEFORE + SPARE, 0, last_place)[:, None]
    is_there &= (last - first)[:, 0] >= 4
    at = np.arange(last_place + 1)
    low = np.take_along_axis(average, first, 1)
    rise = (np.take_along_axis(average, last, 1) - low) / np.maximum(1, last - first)
    is_inside = (at >= first) & (at <= last) & is_there[:, None]
    average += np.where(is_inside, (factor - 1) * (average - low - rise * (at - first)), 0)


def stretch(average, targets, rng):
    """The same in all leads, as their waves are of one heart."""

    def usual(point, otherwise):
        known = targets[~np.isnan(targets[:, point]), point]
        return float(np.median(known)) if len(known) > 0 else otherwise

    onset = usual(QRS_ONSET, USUAL_QRS_ONSET)
    end = usual(QRS_END, USUAL_QRS_END)
    whole = STRETCH * rng.standard_normal()
    before, within, after = np.exp(whole + PART_STRETCH * rng.standard_normal(3))
    move = MOVE * rng.standard_normal()
    # Where each time of the source goes: a straight line each for what is before, in and after the QRS complex.
    source = np.array([onset - 300, onset, 0, end, end + 300])
    goes_to = np.array([onset * within - 300 * before, onset * within, 0, end * within, end * within + 300 * after])
    goes_to += move
    at = np.interp(np.arange(WINDOW) - BEFORE, goes_to, source) + BEFORE + SPARE
    at = np.clip(at, 0, average.shape[1] - 1.001)
    first = at.astype(int)
    share = (at - first).astype(np.float32)
    moved = average[:, first] * (1 - share) + average[:, first + 1] * share
    return moved, np.where(np.isnan(targets), np.nan, np.interp(targets, source, goes_to)).astype(np.float32)


def noise_of(shape, rng):
    """White and smoothed noise, and wander of the baseline, each lead its own."""
    leads, length = shape
    white = rng.standard_normal((leads, length + 4), np.float32)
    smooth = (white[:, :-4] + white[:, 1:-3] + white[:, 2:-2] + white[:, 3:-1] + white[:, 4:]) / np.sqrt(5)
    noise = np.where(rng.random((leads, 1)) < 0.5, smooth, white[:, 4:])
    noise = noise * (NOISE * rng.random((leads, 1)) ** 2)
    periods = rng.uniform(0.3, 2, (leads, 1)) * length
    phases = rng.uniform(0, 2 * np.pi, (leads, 1))
    wander = np.sin(2 * np.pi * np.arange(length) / periods + phases) * (WANDER * rng.random((leads, 1)) ** 2)
    return (noise + wander).astype(np.float32)
