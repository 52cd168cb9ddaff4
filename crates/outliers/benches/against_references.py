#!/usr/bin/env python3
"""Processor time of the outlier models, ours and those of scikit-learn, PyOD and PyTorch, in one run on one core.

Builds and runs the example `speed`, which makes up rows and sequences and writes them into a temporary file, so
that both sides work on the same ones. Prints a Markdown table: rows (or windows, or lines) per second of processor
time, and the ratio. Both sides are measured in turn, several times, and the best counts.

    python3 -m venv venv && venv/bin/pip install scikit-learn pyod torch
    venv/bin/python crates/outliers/benches/against_references.py [--log FILE] [--agree FOLDER] [MODEL...]

`cargo xtask compare-outliers` does all of that. Needs cargo, and about 5 GB of disk for PyTorch; without a library,
what is compared with it is left out, and said so. With `--log`, the words of a raw log are weighed and a forest
grown over them, too. With `--agree`, a folder of labelled tables (`NAME.csv.gz`) is scored by both sides from the
same numbers, and the areas under the ROC curve are put side by side.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import gzip
import importlib
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Model, units, columns (of sequences: how many kinds of events), how often it is measured.
CASES = [
    ("isolation-forest", 1_000_000, 10, 3),
    ("local-outlier-factor", 50_000, 20, 3),
    ("one-class-svm", 10_000, 20, 3),
    ("one-class-svm", 50_000, 20, 1),
    ("ecod", 50_000, 20, 3),
    ("autoencoder", 50_000, 20, 3),
    ("lstm", 65_540, 30, 2),
]
WORDS = "words and isolation forest"

# What both sides of a network are told.
PASSES = {"autoencoder": 3, "lstm": 1}
AUTOENCODER_BATCH, LSTM_BATCH, WINDOW, UNITS, LAYERS = 256, 2048, 10, 64, 2


def library(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class Estimator:
    """A model of scikit-learn or PyOD over rows."""

    def __init__(self, make, score):
        self.make, self.score = make, score

    def measure(self, data):
        table = data.astype("f8")
        estimator = self.make()
        begun = time.process_time()
        estimator.fit(table)
        fitted = time.process_time()
        self.score(estimator, table)
        return fitted - begun, time.process_time() - fitted


class TorchAutoencoder:
    """The same layers, the same batches, the same optimiser."""

    def measure(self, data):
        import torch

        rows, columns = data.shape
        table = torch.from_numpy((data - data.mean(0)) / data.std(0))
        sizes = [columns, 32, max(columns // 4, 2), 32, columns]
        layers = []
        for one, other in zip(sizes, sizes[1:]):
            layers += [torch.nn.Linear(one, other), torch.nn.ReLU()]
        network = torch.nn.Sequential(*layers[:-1])
        optimiser = torch.optim.Adam(network.parameters(), lr=0.003)
        begun = time.process_time()
        for _ in range(PASSES["autoencoder"]):
            for batch in torch.randperm(rows).split(AUTOENCODER_BATCH):
                chosen = table[batch]
                optimiser.zero_grad()
                torch.nn.functional.mse_loss(network(chosen), chosen).backward()
                optimiser.step()
        fitted = time.process_time()
        with torch.no_grad():
            for part in table.split(8192):
                ((network(part) - part) ** 2).mean(1)
        return fitted - begun, time.process_time() - fitted


class TorchLstm:
    """Two layers over the last events, one of them hot, and a layer that tells the next one."""

    def measure(self, windows):
        import torch

        kinds = int(windows.max()) + 1
        windows = torch.from_numpy(windows.astype("i8"))

        class Next(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm = torch.nn.LSTM(kinds, UNITS, LAYERS, batch_first=True)
                self.head = torch.nn.Linear(UNITS, kinds)

            def forward(self, events):
                seen, _ = self.lstm(torch.nn.functional.one_hot(events, kinds).float())
                return self.head(seen[:, -1])

        network = Next()
        optimiser = torch.optim.Adam(network.parameters(), lr=0.005)
        begun = time.process_time()
        for _ in range(PASSES["lstm"]):
            for batch in torch.randperm(len(windows)).split(LSTM_BATCH):
                chosen = windows[batch]
                optimiser.zero_grad()
                torch.nn.functional.cross_entropy(network(chosen[:, :-1]), chosen[:, -1]).backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
                optimiser.step()
        fitted = time.process_time()
        with torch.no_grad():
            for part in windows.split(LSTM_BATCH):
                surprise = torch.log_softmax(network(part[:, :-1]), 1)
                surprise.gather(1, part[:, -1:])
        return fitted - begun, time.process_time() - fitted


def theirs(model):
    """What the model is compared with, and its name; None where it is not installed."""
    score_samples = lambda estimator, table: estimator.score_samples(table)
    if library("sklearn"):
        from sklearn.ensemble import IsolationForest
        from sklearn.neighbors import LocalOutlierFactor
        from sklearn.svm import OneClassSVM

        makers = {
            "isolation-forest": lambda: IsolationForest(n_estimators=100, max_samples=256, random_state=1),
            "local-outlier-factor": lambda: LocalOutlierFactor(n_neighbors=20, novelty=True),
            "one-class-svm": lambda: OneClassSVM(nu=0.1, gamma="scale"),
        }
        if model in makers:
            return Estimator(makers[model], score_samples), "scikit-learn"
    if model == "ecod" and library("pyod"):
        from pyod.models.ecod import ECOD

        return Estimator(ECOD, lambda estimator, table: estimator.decision_function(table)), "PyOD"
    if library("torch"):
        sys.modules["torch"].set_num_threads(1)
        networks = {"autoencoder": TorchAutoencoder, "lstm": TorchLstm}
        if model in networks:
            return networks[model](), "PyTorch"
    return None, None


def settings(model):
    """What our side is told, so that both train as long."""
    common = [f"passes={PASSES.get(model)}", "held=0"]
    return {
        "autoencoder": [*common, f"batch={AUTOENCODER_BATCH}"],
        "lstm": [*common, f"batch={LSTM_BATCH}", f"window={WINDOW}", f"units={UNITS}", f"layers={LAYERS}"],
    }.get(model, [])


def measure_ours(program, model, units, columns, file):
    words = subprocess.run(
        [program, model, str(units), str(columns), file, *settings(model)], check=True, capture_output=True, text=True
    ).stdout.split()
    return float(words[1]), float(words[3])


def read(model, units, columns, file):
    import numpy

    if model == "lstm":
        return numpy.fromfile(file, dtype="<u4").reshape(units, WINDOW + 1)
    return numpy.fromfile(file, dtype="<f4").reshape(units, columns)


def told(model, size, unit, units, name, ours, others):
    """Prints the rows of a case, from the best of each side."""
    best = lambda measured: [min(times) for times in zip(*measured)]
    ours = best(ours)
    others = best(others) if others else None
    for step, place in (("fit", [0]), ("score", [1]), ("both", [0, 1])):
        mine = max(sum(ours[at] for at in place), 1e-9)
        other = sum(others[at] for at in place) if others else 0
        # A network goes through its units several times while it is fitted.
        passes = PASSES.get(model, 1) if step == "fit" else 1
        rate = lambda seconds: f"{passes * units / seconds:,.0f}" if seconds else "–"
        ratio = f"{other / mine:.1f}" if other else "–"
        print(f"| {model} | {size} | {step} | {unit} | {rate(mine)} | {name or 'not installed'} | {rate(other)} | {ratio} |", flush=True)


def compare(program, model, units, columns, repeats):
    other, name = theirs(model)
    ours, others = [], []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(repeats):
            ours.append(measure_ours(program, model, units, columns, file.name))
            if other:
                others.append(other.measure(read(model, units, columns, file.name)))
    size = f"{units:,} × {WINDOW if model == 'lstm' else columns}"
    told(model, size, "windows" if model == "lstm" else "rows", units, name, ours, others)


def compare_words(log):
    """From the lines to their scores on both sides; all words, as is the default there, and the thousand most frequent."""
    opened = gzip.open(log, "rt", errors="replace") if str(log).endswith(".gz") else open(log, errors="replace")
    with opened:
        lines = opened.read().splitlines()
    program = example("words", "logsift-eval")
    # Theirs takes minutes where words are many.
    repeats = 2 if len(lines) <= 200_000 else 1
    for words in (None, 1000):
        ours, others = [], []
        for _ in range(repeats):
            ours.append(measure_our_words(program, log, words) / len(lines))
            if library("sklearn"):
                others.append(measure_their_words(lines, words) / len(lines))
        mine, other = min(ours), min(others, default=0)
        ratio = f"{other / mine:.1f}" if other else "–"
        rate = f"{1 / other:,.0f}" if other else "–"
        size = f"{len(lines):,} lines, {words or 'all'} words"
        print(f"| {WORDS} | {size} | both | lines | {1 / mine:,.0f} | scikit-learn | {rate} | {ratio} |", flush=True)


def measure_our_words(program, log, words):
    command = [program, log, *([str(words)] if words else [])]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[3])


def measure_their_words(lines, words):
    from sklearn.ensemble import IsolationForest
    from sklearn.feature_extraction.text import TfidfVectorizer

    begun = time.process_time()
    table = TfidfVectorizer(max_features=words).fit_transform(lines)
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=1).fit(table)
    forest.score_samples(table)
    return time.process_time() - begun


def agree(folder):
    """Areas of both sides from the same numbers, for the exact models."""
    import numpy
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import OneClassSVM

    warnings.simplefilter("ignore")
    lines = subprocess.run(
        [example("tabular"), folder, "one-class-svm", "local-outlier-factor"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    ours = {tuple(line.split()[:2]): float(line.split()[2]) for line in lines[1:]}
    print("\n| table | model | area here | area scikit-learn | here more |\n| --- | --- | --: | --: | --: |")
    for path in sorted(Path(folder).glob("*.csv.gz")):
        with gzip.open(path, "rt") as opened:
            table = numpy.loadtxt(opened, delimiter=",", skiprows=1)
        label, name = table[:, 0], path.name.removesuffix(".csv.gz")
        # In columns that lie together, as ours are summed: the last bits decide between equally near rows.
        fine = StandardScaler().fit_transform(numpy.asfortranarray(table[:, 1:].astype("f4").astype("f8")))
        factor = -LocalOutlierFactor(n_neighbors=20).fit(fine).negative_outlier_factor_
        rows = fine.astype("f4").astype("f8")
        scores = {"local-outlier-factor": factor}
        # The fit takes time with the square of the rows.
        if len(rows) <= 20_000:
            scores["one-class-svm"] = -OneClassSVM(nu=0.1, gamma="scale").fit(rows).score_samples(rows)
        for model, score in scores.items():
            here, other = ours[name, model], roc_auc_score(label, score)
            print(f"| {name} | {model} | {here:.4f} | {other:.4f} | {here - other:+.4f} |", flush=True)


def target():
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def example(name, package="logsift-outliers"):
    command = ["cargo", "build", "--release", "-q", "-p", package, "--example", name]
    subprocess.run(command, check=True, cwd=ROOT)
    return str(target() / "release" / "examples" / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="only these; `words` for none but --log")
    parser.add_argument("--log", metavar="FILE", help="a raw log, packed or not, of which a line is a document")
    parser.add_argument("--agree", metavar="FOLDER", help="labelled tables")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    program = example("speed")
    versions = [f"{name} {found.__version__}" for name in ("sklearn", "pyod", "torch") if (found := library(name))]
    print(f"Beside {', '.join(versions) or 'nothing, since nothing is installed'}, on one core; a second is one of processor time.\n")
    print("| model | size | step | unit | a second here | beside | a second there | ratio |")
    print("| --- | --- | --- | --- | --: | --- | --: | --: |")
    for model, units, columns, repeats in CASES:
        if not asked.models or model in asked.models:
            compare(program, model, units, columns, repeats)
    if asked.log:
        compare_words(asked.log)
    if asked.agree:
        agree(asked.agree)


if __name__ == "__main__":
    main()
