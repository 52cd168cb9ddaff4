#!/usr/bin/env python3
"""Processor time of the outlier models, ours and those of scikit-learn, in one run on one core.

Builds and runs the example `speed`, which makes up the rows and writes them into a temporary file, so
that both sides work on the same ones. Prints a Markdown table: rows per second of processor time, and
the ratio. Each side is measured three times in turn, and the best counts.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python crates/outliers/benches/against_scikit_learn.py [MODEL...]

Without scikit-learn, only our side is measured.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REPEATS = 2

CASES = [
    ("isolation-forest", 1_000_000, 10),
    ("local-outlier-factor", 50_000, 20),
    ("one-class-svm", 10_000, 20),
    ("one-class-svm", 50_000, 20),
    ("ecod", 50_000, 20),
]


def theirs(model):
    """Makes the model of scikit-learn with the same settings, or None where it has none."""
    try:
        from sklearn.ensemble import IsolationForest
        from sklearn.neighbors import LocalOutlierFactor
        from sklearn.svm import OneClassSVM
    except ImportError:
        return None
    makers = {
        "isolation-forest": lambda: IsolationForest(n_estimators=100, max_samples=256, random_state=1),
        "local-outlier-factor": lambda: LocalOutlierFactor(n_neighbors=20, novelty=True),
        "one-class-svm": lambda: OneClassSVM(nu=0.1, gamma="scale"),
    }
    return makers[model]() if model in makers else None


def measure_ours(program, model, rows, columns, file):
    words = subprocess.run(
        [program, model, str(rows), str(columns), file], check=True, capture_output=True, text=True
    ).stdout.split()
    return float(words[1]), float(words[3])


def measure_theirs(model, rows, columns, file):
    import numpy

    estimator = theirs(model)
    table = numpy.fromfile(file, dtype="<f4").reshape(rows, columns).astype("f8")
    begun = time.process_time()
    estimator.fit(table)
    fitted = time.process_time()
    estimator.score_samples(table)
    return fitted - begun, time.process_time() - fitted


def best(measured):
    return [min(times) for times in zip(*measured)]


def shown(rows, ours, other):
    ratio = f"{other / ours:.1f}" if other else "–"
    return f"{rows / ours:,.0f} | {rows / other if other else 0:,.0f} | {ratio}"


def main():
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    subprocess.run(
        ["cargo", "build", "--release", "-q", "-p", "logsift-outliers", "--example", "speed"], check=True, cwd=ROOT
    )
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = str(target / "release" / "examples" / "speed")
    print("| model | rows | step | rows/s here | rows/s scikit-learn | ratio |")
    print("| --- | --- | --- | --: | --: | --: |")
    for model, rows, columns in CASES:
        if len(sys.argv) > 1 and model not in sys.argv[1:]:
            continue
        repeats = 1 if model == "one-class-svm" and rows > 10_000 else REPEATS
        with tempfile.NamedTemporaryFile() as file:
            ours, others = [], []
            for _ in range(repeats):
                ours.append(measure_ours(program, model, rows, columns, file.name))
                if theirs(model) is not None:
                    others.append(measure_theirs(model, rows, columns, file.name))
        ours = best(ours)
        others = best(others) if others else [0.0, 0.0]
        ours.append(sum(ours))
        others.append(sum(others))
        for step, mine, other in zip(["fit", "score", "both"], ours, others):
            print(f"| {model} | {rows:,} × {columns} | {step} | {shown(rows, mine, other)} |", flush=True)


if __name__ == "__main__":
    main()
