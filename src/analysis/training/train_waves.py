"""
Trains the model of the waves, and writes it as wave-weights.ts. README.md beside this file has the commands.

The records are cut into five folds, by the remainder of their number. Of each fold goes out a first look that was trained on the
other four: its errors are what the second look is trained on, and with a second look that did not see the fold either it
shows how good the whole is on records that it was not trained on. The first look that goes with it is trained on all records.

With --keep the first look is that of a module of weights, and only the second look is trained, but for QRS onsets. Of a fold the
whole has then seen no record that the module had not seen.
"""

import argparse
import multiprocessing
import os
import time
from functools import partial

# One core a process: the arrays are too small for more to be worth it.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import first_look  # noqa: E402
import second_look  # noqa: E402
from waves_data import read_records  # noqa: E402
from weights_file import read_weights, write_weights  # noqa: E402

FOLDS = 5


def fold_of(record):
    return record.number % FOLDS


def train_first_look(left_out, path, seed):
    """The first look of all records but those of a fold, or of all."""
    title = "first look" if left_out is None else f"first look without fold {left_out}"
    start = time.time()

    def report(step, loss):
        print(f"{title}: step {step}, loss {loss:.3f}, {time.time() - start:.0f} s", flush=True)

    return first_look.train([r for r in read_records(path) if fold_of(r) != left_out], seed, report)


def main():
    parser = argparse.ArgumentParser(description="Trains the model of the waves.")
    parser.add_argument("--waves", required=True, help="what export-waves.ts has written")
    parser.add_argument("--keep", help="a module of weights whose first look, and second look at QRS onsets, are kept")
    parser.add_argument("--out", required=True, help="the module of weights to write")
    parser.add_argument("--folds", help="a folder for the weights of each fold, for score-waves.ts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="first looks that are trained at a time")
    options = parser.parse_args()

    kept = None
    if options.keep:
        packed, kept = read_weights(options.keep)
        firsts = [first_look.unpack(packed)] * (FOLDS + 1)
    else:
        with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
            task = partial(train_first_look, path=options.waves, seed=options.seed)
            firsts = pool.map(task, [*range(FOLDS), None], chunksize=1)
    *without, first = firsts

    records = read_records(options.waves)
    points = [second_look.points_of(record, without[fold_of(record)]) for record in records]

    def train_second_look(left_out):
        return second_look.train([p for p, r in zip(points, records) if fold_of(r) != left_out], options.seed)

    def write(path, first, second):
        write_weights(path, first_look.pack(first), second_look.pack(second, kept))
        print(path)

    if options.folds:
        os.makedirs(options.folds, exist_ok=True)
        for fold in range(FOLDS):
            write(os.path.join(options.folds, f"fold-{fold}.ts"), without[fold], train_second_look(fold))
    write(options.out, first, train_second_look(None))


if __name__ == "__main__":
    main()
