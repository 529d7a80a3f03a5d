"""
Trains the models of the waves, and writes them as wave-weights.ts. README.md beside this file has the commands.

The records are cut into five folds, by the remainder of their number. Of each fold goes out a first look that was trained on the
other four: its errors are what the second look is trained on, and with a second look that did not see the fold either it
shows how good the whole is on records that it was not trained on. The first look that goes with it is trained on all records. The look
at QRS complexes needs neither.

With --keep the looks that --train does not name are those of a module of weights; a second look that is trained keeps its look at QRS
onsets with the first. Of a fold the whole has then seen no record that the module had not seen.
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
import qrs_look  # noqa: E402
import second_look  # noqa: E402
from waves_data import read_records  # noqa: E402
from weights_file import read_weights, write_weights  # noqa: E402

FOLDS = 5


def fold_of(record):
    return record.number % FOLDS


def train_look(task, path, seed):
    """A look, by its module's name, of all records but those of a fold, or of all."""
    name, left_out = task
    title = name if left_out is None else f"{name} without fold {left_out}"
    start = time.time()

    def report(step, loss):
        print(f"{title}: step {step}, loss {loss:.3f}, {time.time() - start:.0f} s", flush=True)

    look = {"first_look": first_look, "qrs_look": qrs_look}[name]
    return look.train([r for r in read_records(path) if fold_of(r) != left_out], seed, report)


def main():
    parser = argparse.ArgumentParser(description="Trains the models of the waves.")
    parser.add_argument("--waves", required=True, help="what export-waves.ts has written")
    parser.add_argument("--train", default="first,second,qrs", help="the looks that are trained")
    parser.add_argument("--keep", help="a module of weights, of which the other looks are kept")
    parser.add_argument("--out", required=True, help="the module of weights to write")
    parser.add_argument("--folds", help="a folder for the weights of each fold, for score-waves.ts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="networks that are trained at a time")
    options = parser.parse_args()
    trained = options.train.split(",")
    if not options.keep and {"first", "second", "qrs"} - {*trained}:
        parser.error("the looks that are not trained take --keep")
    kept = read_weights(options.keep) if options.keep else None
    folds = [*range(FOLDS), None]

    names = [name for name in ("first_look", "qrs_look") if name.removesuffix("_look") in trained]
    tasks = [(name, fold) for name in names for fold in folds]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        networks = dict(zip(tasks, pool.map(partial(train_look, path=options.waves, seed=options.seed), tasks, chunksize=1)))

    def network_of(look, name, fold):
        return networks.get((name, fold)) or look.NETWORK.unpack(kept[name.upper()])

    firsts = {fold: network_of(first_look, "first_look", fold) for fold in folds}
    looks_at_qrs = {fold: network_of(qrs_look, "qrs_look", fold) for fold in folds}
    records = read_records(options.waves)
    points = [second_look.points_of(record, firsts[fold_of(record)]) for record in records] if "second" in trained else []
    kept_onsets = None if "first" in trained else kept["SECOND_LOOK"]

    def second_look_of(left_out):
        if "second" not in trained:
            return kept["SECOND_LOOK"]
        looks = second_look.train([p for p, r in zip(points, records) if fold_of(r) != left_out], options.seed)
        return second_look.pack(looks, kept_onsets)

    def write(path, fold):
        first, qrs = first_look.NETWORK.pack(firsts[fold]), qrs_look.NETWORK.pack(looks_at_qrs[fold])
        write_weights(path, first, second_look_of(fold), qrs)
        print(path)

    if options.folds:
        os.makedirs(options.folds, exist_ok=True)
        for fold in range(FOLDS):
            write(os.path.join(options.folds, f"fold-{fold}.ts"), fold)
    write(options.out, None)


if __name__ == "__main__":
    main()
