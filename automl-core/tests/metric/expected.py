"""Writes expected.json: what scikit-learn 1.9 and SciPy give for small tables, with and without weights.

Run it with a Python that has both: python3 expected.py
"""

import json
import pathlib

import numpy as np
import sklearn.metrics as m
from scipy.stats import spearmanr

rng = np.random.default_rng(5)
N = 40


def classification(k, positive, weights):
    truth = rng.integers(0, k, N)
    # Small counts, so that there are ties.
    counts = np.array([rng.multinomial(14, np.ones(k) / k) for _ in range(N)])
    counts[np.arange(N), truth] += 6 * (rng.random(N) < 0.6)
    counts[np.arange(N), rng.integers(0, k, N)] += 1
    # No probability is 0, where scikit-learn clips at another place.
    p = np.maximum(counts, 1e-6)
    p /= p.sum(axis=1, keepdims=True)
    label = p.argmax(axis=1)
    w = dict(sample_weight=weights)
    expected = {
        "accuracy": m.accuracy_score(truth, label, **w),
        "balanced_accuracy": m.balanced_accuracy_score(truth, label, **w),
        "f1_macro": m.f1_score(truth, label, average="macro", **w),
        "f1_micro": m.f1_score(truth, label, average="micro", **w),
        "f1_weighted": m.f1_score(truth, label, average="weighted", **w),
        "mcc": m.matthews_corrcoef(truth, label, **w),
        "log_loss": m.log_loss(truth, p, labels=range(k), **w),
        "brier": m.brier_score_loss(truth, p if k > 2 else p[:, 1], labels=range(k), scale_by_half=True, **w),
    }
    if k == 2:
        y, score = truth == positive, p[:, positive]
        expected |= {
            "auc": m.roc_auc_score(y, score, **w),
            "average_precision": m.average_precision_score(y, score, **w),
            "f1": m.f1_score(truth, label, pos_label=positive, **w),
            "precision": m.precision_score(truth, label, pos_label=positive, **w),
            "recall": m.recall_score(truth, label, pos_label=positive, **w),
        }
    else:
        # roc_auc_score takes no weights for many classes in some versions, so the mean is taken here.
        each = [m.roc_auc_score(truth == c, p[:, c], **w) for c in range(k)]
        expected["auc"] = float(np.mean(each))
    return dict(classes=k, positive=positive, truth=truth.tolist(), predicted=p.ravel().tolist(), expected=expected)


def regression(weights):
    truth = rng.integers(1, 60, N) / 4
    predicted = np.maximum(truth + rng.normal(0, 2, N).round(1), 0.0)
    w = dict(sample_weight=weights)
    expected = {
        "rmse": m.root_mean_squared_error(truth, predicted, **w),
        "mae": m.mean_absolute_error(truth, predicted, **w),
        "r2": m.r2_score(truth, predicted, **w),
        "rmsle": m.root_mean_squared_log_error(truth, predicted, **w),
        "mape": m.mean_absolute_percentage_error(truth, predicted, **w),
        "median_absolute_error": m.median_absolute_error(truth, predicted, **w),
        "explained_variance": m.explained_variance_score(truth, predicted, **w),
        "pinball": m.mean_pinball_loss(truth, predicted, **w),
        "pinball@0.9": m.mean_pinball_loss(truth, predicted, alpha=0.9, **w),
        "pinball@0.05": m.mean_pinball_loss(truth, predicted, alpha=0.05, **w),
    }
    if weights is None or (weights == weights.round()).all():
        # SciPy takes no weights, so the rows are repeated.
        times = np.ones(N, int) if weights is None else weights.astype(int)
        expected["spearman"] = spearmanr(truth.repeat(times), predicted.repeat(times)).statistic
    return dict(classes=0, positive=0, truth=truth.tolist(), predicted=predicted.tolist(), expected=expected)


def case(name, make, weights):
    made = make(weights)
    made["expected"] = {k: float(v) for k, v in made["expected"].items()}
    return dict(name=name, weights=None if weights is None else weights.tolist(), **made)


def cases():
    kinds = {
        "binary": lambda w: classification(2, 1, w),
        "binary, the first class positive": lambda w: classification(2, 0, w),
        "four classes": lambda w: classification(4, 0, w),
        "regression": regression,
    }
    for name, make in kinds.items():
        yield case(name, make, None)
        yield case(f"{name}, whole weights", make, rng.integers(0, 4, N).astype(float))
        yield case(f"{name}, weights", make, rng.uniform(0.1, 5, N).round(3))


out = pathlib.Path(__file__).with_name("expected.json")
out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases()) + "\n]\n")
