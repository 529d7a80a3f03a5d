"""
Trains the network of `beat-network.ts`, which tells beats by the slopes of a lead, and writes its weights as `slope-odds.ts` reads them, or
those of networks that have not seen some records as `train-beats.ts` does. README.md beside this file has the commands.

It learns from 10 s of a lead at a time, at another pace, often in noise, and rarely with single beats larger or lower, rounded or clipped.
"""

import argparse
import base64
import json
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from weights_file import to_base64

# As in beat-network.ts.
STEP_SLOPES = 2
STEPS = 512
WINDOW = STEPS * STEP_SLOPES
CHANNELS = 24
TAPS = 5
DILATIONS = [1, 2, 4, 8, 16, 32]
PARTS = 8
SLOPE_FACTOR = 4
# As in kept-slopes.ts and made-up-noise.ts.
SLOPE_RATE = 100
NOISE_RATE = 360

# How often a piece is of a database.
SHARES = {"mitdb": 0.5, "cpsc2021": 0.1, "ludb": 0.18, "cpsc2019": 0.08, "nstdb": 0.06, "runs": 0.1, "generated": 0.04}
# The record of which the noise stress test was made, and a record of that with much noise.
CLEAN, NOISY = "118", "118e_6"
# The noise of the noise stress test counts so many times beside that of a recording of made-up noise.
NOISE_COPIES = 6
# A step is of a beat to so many slopes from the R peak; up to so many it teaches nothing.
NEAR, NEITHER = 4, 10

TRAINING_STEPS = 3000
BATCH = 48
RATE = 3e-3
DECAY = 1e-3


def read_lines(path):
    """Leads, and made-up noise as slopes."""
    leads, noises = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if "noise" in entry:
                noises.append(to_slopes(from_base64(entry["noise"])))
                continue
            entry["slopes"] = from_base64(entry["slopes"])
            entry["beats"] = np.array(entry["beats"])
            leads.append(entry)
    return leads, noises


def from_base64(text):
    return np.frombuffer(base64.b64decode(text), np.float32)


def to_slopes(noise):
    smooth = np.convolve(noise, np.ones(6) / 6, "same")
    places = np.arange(len(noise) * SLOPE_RATE // NOISE_RATE - SLOPE_RATE) * (NOISE_RATE / SLOPE_RATE)
    return np.diff(np.interp(places, np.arange(len(noise)), smooth)).astype(np.float32)


def noise_of_noise_stress(leads):
    """What was added to a record in the noise stress test, where it was."""
    by_name = {(lead["record"], lead["lead"]): lead["slopes"] for lead in leads}
    for lead in (0, 1):
        added = by_name[NOISY, lead] - by_name[CLEAN, lead]
        near = np.convolve(np.abs(added), np.ones(1000) / 1000, "same")
        yield added[near > 0.2 * np.abs(added).mean()]


def is_known(lead, left_out):
    """Whether nothing of a lead is left out: a database, or the records of MIT-BIH with odd or with even numbers and what is made of them."""
    database, record = lead["database"], lead["record"]
    if database in left_out or ("nstdb" in left_out and record == CLEAN):
        return False
    if database in ("mitdb", "nstdb", "runs"):
        return ("odd" if int(record[:3]) % 2 else "even") not in left_out
    return True


def usual_steepest(slopes):
    """The median of the steepest slopes of those parts of a window that have any."""
    steepest = np.abs(slopes).reshape(PARTS, -1).max(1)
    steepest = steepest[steepest > 0]
    return np.median(steepest) if len(steepest) else 1


class Pieces:
    """Draws pieces of leads, changed and in noise."""

    def __init__(self, leads, noises, seed):
        self.rng = np.random.default_rng(seed)
        self.noises = noises
        self.leads = {name: [lead for lead in leads if lead["database"] == name] for name in SHARES}
        self.names = [name for name in SHARES if self.leads[name]]
        shares = np.array([SHARES[name] for name in self.names])
        self.shares = shares / shares.sum()

    def draw(self):
        """The inputs, whether each step is of a beat, and how much it teaches."""
        rng = self.rng
        leads = self.leads[rng.choice(self.names, p=self.shares)]
        lead = leads[rng.integers(len(leads))]
        slopes = lead["slopes"]
        pace = np.exp(rng.uniform(-0.35, 0.35))
        length = int(WINDOW * pace)
        if len(slopes) > length * 1.5:
            first = rng.integers(0, len(slopes) - length)
        else:
            first = rng.integers(-length // 3, max(1, len(slopes) - length + length // 3))
        places = first + np.arange(WINDOW) * pace
        piece = np.interp(places, np.arange(len(slopes)), slopes, left=0, right=0)
        beats = (lead["beats"] * SLOPE_RATE - first) / pace
        beats = beats[(beats > -30) & (beats < WINDOW + 30)]
        is_beat, teaches = self.label(lead, places, beats)
        piece = self.spoil(self.add_noise(self.change(piece, beats), pace))
        return np.arcsinh(SLOPE_FACTOR * piece / usual_steepest(piece)).astype(np.float32), is_beat, teaches

    def label(self, lead, places, beats):
        steps = np.arange(STEPS) * STEP_SLOPES
        times = places[np.minimum(WINDOW - 1, steps + STEP_SLOPES // 2)] / SLOPE_RATE
        teaches = np.ones(STEPS, np.float32)
        teaches[(times < 0) | (times > len(lead["slopes"]) / SLOPE_RATE)] = 0
        for start, end in lead["flutter"]:
            teaches[(times > start) & (times < end)] = 0
        if lead["annotated"]:
            start, end = lead["annotated"]
            teaches[(times < start) | (times > end)] = 0
        is_beat = np.zeros(STEPS, np.float32)
        for beat in beats:
            distance = np.abs(steps + STEP_SLOPES / 2 - beat)
            is_beat[distance <= NEAR] = 1
            teaches[(distance > NEAR) & (distance <= NEITHER) & (is_beat < 1)] = 0
        return is_beat, teaches

    def change(self, piece, beats):
        """Upside down, with single beats larger or lower, or with an electrode off for a while."""
        rng = self.rng
        if rng.random() < 0.4:
            piece = -piece
        if rng.random() < 0.15:
            for beat in beats:
                if rng.random() < 0.25:
                    larger = np.exp(rng.uniform(-1.6, 0.7)) - 1
                    piece = piece * (1 + larger * np.exp(-0.5 * ((np.arange(WINDOW) - beat - 4) / 16) ** 4))
        if rng.random() < 0.08:
            start, length = rng.integers(0, WINDOW), rng.integers(100, 400)
            piece[start : start + length] *= rng.choice([0.05, 0.1, 0.2])
        return piece / usual_steepest(piece)

    def add_noise(self, piece, pace):
        """Electrodes that move, at times for a while only; muscles; the hum of the mains."""
        rng = self.rng
        if rng.random() < 0.6:
            noise = self.noises[rng.integers(len(self.noises))]
            start = rng.integers(0, len(noise) - WINDOW)
            noise = noise[start : start + WINDOW] * np.sign(rng.normal())
            noise = noise / (np.abs(noise).reshape(PARTS, -1).max(1).mean() + 1e-9)
            size = log_uniform(rng, 0.05, 3)
            if rng.random() < 0.4:
                there = np.zeros(WINDOW)
                start, length = rng.integers(0, WINDOW), rng.integers(100, WINDOW)
                there[start : start + length] = 1
                noise = noise * np.convolve(there, np.ones(21) / 21, "same")
            piece = piece + size * noise
        if rng.random() < 0.35:
            muscles = np.convolve(rng.normal(size=WINDOW + 2), [0.25, 0.5, 0.25], "valid")
            piece = piece + muscles / muscles.std() * log_uniform(rng, 0.01, 0.35)
        if rng.random() < 0.25:
            frequency = rng.choice([50, 60]) * pace if rng.random() < 0.8 else rng.uniform(15, 50)
            hum = np.sin(2 * np.pi * frequency / SLOPE_RATE * np.arange(WINDOW) + rng.uniform(0, 6.28))
            piece = piece + hum * log_uniform(rng, 0.01, 0.5)
        return piece

    def spoil(self, piece):
        """Rounded to few units, or clipped."""
        rng = self.rng
        if rng.random() < 0.1:
            heights = np.cumsum(piece)
            # What is flat stays so.
            unit = np.abs(heights).max() / rng.uniform(3, 15) or 1
            piece = np.diff(np.round(heights / unit) * unit, prepend=0)
        if rng.random() < 0.08:
            heights = np.cumsum(piece)
            low, high = np.quantile(heights, [rng.uniform(0, 0.1), rng.uniform(0.9, 1)])
            piece = np.diff(np.clip(heights, low, high), prepend=heights[0])
        return piece


def log_uniform(rng, low, high):
    return np.exp(rng.uniform(np.log(low), np.log(high)))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(STEP_SLOPES, CHANNELS, TAPS, padding=TAPS // 2)
        self.layers = nn.ModuleList(
            [nn.Conv1d(CHANNELS, CHANNELS, TAPS, padding=TAPS // 2 * apart, dilation=apart) for apart in DILATIONS]
        )
        self.norms = nn.ModuleList([nn.BatchNorm1d(CHANNELS) for _ in range(1 + len(DILATIONS))])
        self.out = nn.Conv1d(CHANNELS, 1, 1)

    def forward(self, inputs):
        signals = inputs.reshape(len(inputs), STEPS, STEP_SLOPES).transpose(1, 2)
        signals = functional.relu(self.norms[0](self.first(signals)))
        for layer, norm in zip(self.layers, self.norms[1:]):
            signals = signals + functional.relu(norm(layer(signals)))
        return self.out(signals)[:, 0]

    def weights(self):
        """Filters and bias of each layer, in which its norm is taken up, and those of the output."""
        arrays = []
        for layer, norm in zip([self.first, *self.layers], self.norms):
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            arrays += [layer.weight * factor[:, None, None], (layer.bias - norm.running_mean) * factor + norm.bias]
        return [array.detach().numpy() for array in [*arrays, self.out.weight, self.out.bias]]


def train(pieces, seed):
    torch.manual_seed(seed)
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, TRAINING_STEPS + 1, pct_start=0.1)
    start, mean_loss = time.time(), 0
    for step in range(1, TRAINING_STEPS + 1):
        drawn = [pieces.draw() for _ in range(BATCH)]
        inputs, is_beat, teaches = (torch.tensor(np.stack(arrays)) for arrays in zip(*drawn))
        losses = functional.binary_cross_entropy_with_logits(network(inputs), is_beat, reduction="none")
        loss = (losses * teaches).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
        mean_loss = 0.98 * mean_loss + 0.02 * loss.item()
        if step % 250 == 0:
            print(f"step {step}: loss {mean_loss:.4f}, {time.time() - start:.0f} s", flush=True)
    return network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slopes", required=True, help="what export-slopes.ts writes")
    parser.add_argument("--out", required=True, help="a module such as beat-weights.ts, or the weights alone of what is left out")
    parser.add_argument("--without", default="", help="databases, odd or even, with commas: out is a folder then")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # The arrays are too small for more to be worth it.
    torch.set_num_threads(1)
    left_out = [name for name in options.without.split(",") if name]
    leads, noises = read_lines(options.slopes)
    if "nstdb" not in left_out:
        for noise in noise_of_noise_stress(leads):
            noises += [noise] * NOISE_COPIES
    known = [lead for lead in leads if is_known(lead, left_out)]
    weights = to_base64(train(Pieces(known, noises, options.seed), options.seed).weights())
    if left_out:
        os.makedirs(options.out, exist_ok=True)
        for name in left_out:
            with open(os.path.join(options.out, f"{name}.txt"), "w", encoding="utf-8") as file:
                file.write(weights)
    else:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(f'/** The weights of the network of `beat-network.ts`. */\nexport const BEAT_WEIGHTS =\n  "{weights}";\n')


if __name__ == "__main__":
    main()
