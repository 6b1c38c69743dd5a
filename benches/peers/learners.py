"""Single learners of other libraries as a process that does one request per line; `serving.py` has the protocol.

    python learners.py NAME        NAME: one of `ESTIMATORS`

Seconds are from arrays in memory to a model: numbers are standardised and categories spread inside, where a library
needs that, as it is on the other side. What reads the files is not timed.

Linear models of scikit-learn get one thread for their products up to `ONE_THREAD_WIDTH` features: threads that wait for
each other cost more than small products, twenty times more where the machine has other things to do. With more features
they are fitted with one thread and with all, and the faster fit counts.
"""

import contextlib
import json
import tempfile
import warnings

import numpy as np

from serving import reset_peak, serve, status_bytes, timed

# Sparse features up to this number are faster as a dense array.
DENSE_WIDTH_MAX = 256
ONE_THREAD_WIDTH = 100


def scikit(module, name):
    import importlib

    return getattr(importlib.import_module(f"sklearn.{module}"), name)


def products(threads):
    """Matrix products on so many threads, where that can be told."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    return threadpool_limits(threads, user_api="blas")


class Design:
    """Numbers standardised (or as they are), codes spread to one column per level, sparse features as they come."""

    def __init__(self, scaled=True, spread=True, fill=True):
        self.scaled, self.spread, self.fill = scaled, spread, fill

    def fit(self, data):
        numbers = data["numbers"]
        self.means = np.nan_to_num(np.nanmean(numbers, axis=0)) if self.fill and len(numbers) else None
        if self.scaled and numbers.shape[1]:
            self.scaler = scikit("preprocessing", "StandardScaler")().fit(self.filled(numbers))
        if self.spread and data["codes"].shape[1]:
            encoder = scikit("preprocessing", "OneHotEncoder")
            self.encoder = encoder(handle_unknown="ignore", sparse_output=False).fit(data["codes"])
        return self

    def filled(self, numbers):
        if self.means is None or not np.isnan(numbers).any():
            return numbers
        return np.where(np.isnan(numbers), self.means, numbers)

    def transform(self, data):
        from scipy import sparse

        numbers, codes, words = self.filled(data["numbers"]), data["codes"], data["words"]
        if self.scaled and numbers.shape[1]:
            numbers = self.scaler.transform(numbers)
        if self.spread and codes.shape[1]:
            codes = self.encoder.transform(codes)
        dense = np.hstack([numbers, codes]) if codes.shape[1] else numbers
        if words is None:
            return dense
        if isinstance(words, np.ndarray):
            return np.hstack([dense, words])
        return sparse.hstack([dense, words], format="csr") if dense.shape[1] else words


class Scikit:
    """An estimator of scikit-learn behind a design."""

    package = "sklearn"

    def __init__(self, classes=None, numbers=None, is_linear=False, **design):
        self.makers, self.design, self.is_linear = {"classes": classes, "numbers": numbers}, design, is_linear

    def threads(self, data, threads):
        """How many threads its products may have: every number is tried."""
        if not self.is_linear:
            return [threads]
        width = data["numbers"].shape[1] + (0 if data["words"] is None else data["words"].shape[1])
        return [1] if width <= ONE_THREAD_WIDTH or threads == 1 else [1, threads]

    def fit(self, data, valid, task, settings, threads, seed):
        # Penalties stand beside the sum of the losses; some estimators have the mean.
        settings = settings | {"rows": len(data["y"])}
        kind = "numbers" if task["kind"] == "regression" else "classes"
        if self.makers[kind] is None:
            raise ValueError(f"there is no estimator for {task['kind']}")
        self.shape = Design(**self.design).fit(data)
        self.model = self.makers[kind](settings, threads, seed).fit(self.shape.transform(data), data["y"])
        self.classes = task["classes"] if kind == "classes" else None

    def predict(self, data):
        x = self.shape.transform(data)
        if self.classes is None:
            return self.model.predict(x)
        return in_all_classes(self.model.predict_proba(x), self.model.classes_, self.classes)


def in_all_classes(probabilities, seen, classes):
    """A column for every class, those without a training row included."""
    if len(seen) == classes:
        return probabilities
    made = np.zeros((len(probabilities), classes))
    made[:, np.asarray(seen, int)] = probabilities
    return made


def forest(name):
    def make(kind):
        def of(settings, threads, seed):
            features = settings[f"max_features_{kind}"]
            return scikit("ensemble", name + {"classes": "Classifier", "numbers": "Regressor"}[kind])(
                n_estimators=settings["trees"], max_features=features, n_jobs=threads, random_state=seed
            )

        return of

    return Scikit(make("classes"), make("numbers"), scaled=False, spread=False, fill=False)


def linear():
    def classes(s, threads, seed):
        # The tolerance is its own unless the case says otherwise.
        exact = {"tol": s["tolerance"]} if "tolerance" in s else {}
        return scikit("linear_model", "LogisticRegression")(C=1 / s["l2"], max_iter=10_000, **exact)

    return Scikit(
        classes,
        lambda s, threads, seed: scikit("linear_model", "Ridge")(alpha=s["l2"]),
        is_linear=True,
    )


def elastic_net():
    def numbers(s, threads, seed):
        # The penalty is on the coefficients of the standardised target.
        target = scikit("preprocessing", "StandardScaler")()
        net = scikit("linear_model", "ElasticNet")(alpha=s["penalty"] / s["rows"], l1_ratio=s["l1_ratio"], max_iter=10_000)
        return scikit("compose", "TransformedTargetRegressor")(net, transformer=target)

    def classes(s, threads, seed):
        regression = scikit("linear_model", "LogisticRegression")
        return regression(C=1 / s["penalty"], l1_ratio=s["l1_ratio"], solver="saga", max_iter=1000, random_state=seed)

    return Scikit(classes, numbers, is_linear=True)


def support_vectors():
    def classes(s, threads, seed):
        svc = scikit("svm", "LinearSVC")(C=s["c"], random_state=seed)
        return scikit("calibration", "CalibratedClassifierCV")(svc, method="sigmoid", cv=3, n_jobs=threads)

    def numbers(s, threads, seed):
        # The tube is in deviations of the target, and so is the cost of leaving it.
        target = scikit("preprocessing", "StandardScaler")()
        svr = scikit("svm", "LinearSVR")(C=s["c"], epsilon=s["insensitive"], random_state=seed, max_iter=10_000)
        return scikit("compose", "TransformedTargetRegressor")(svr, transformer=target)

    return Scikit(classes, numbers)


def neighbours():
    def of(name):
        return lambda s, threads, seed: scikit("neighbors", name)(s["neighbours"], weights=s["weights"], n_jobs=threads)

    return Scikit(of("KNeighborsClassifier"), of("KNeighborsRegressor"))


def poisson():
    def numbers(s, threads, seed):
        return scikit("linear_model", "PoissonRegressor")(alpha=s["l2"] / s["rows"], max_iter=1000)

    return Scikit(None, numbers, is_linear=True)


def quantile():
    def numbers(s, threads, seed):
        return scikit("linear_model", "QuantileRegressor")(quantile=s["quantile"], alpha=s["alpha"], solver="highs")

    return Scikit(None, numbers)


class Ebm:
    """The explainable boosting machine of interpret; codes are its nominal features.

    It draws validation rows of its own and asks for none. Its worker processes are not in the CPU seconds.
    """

    package = "interpret"

    def table(self, data):
        return np.hstack([data["numbers"].astype(object), data["codes"].astype(np.int64).astype(str).astype(object)])

    def fit(self, data, valid, task, settings, threads, seed):
        from interpret import glassbox

        kinds = ["continuous"] * data["numbers"].shape[1] + ["nominal"] * data["codes"].shape[1]
        self.classes = None if task["kind"] == "regression" else task["classes"]
        name = "ExplainableBoostingRegressor" if self.classes is None else "ExplainableBoostingClassifier"
        model = getattr(glassbox, name)(feature_types=kinds, n_jobs=threads, random_state=seed, **settings)
        self.model = model.fit(self.table(data), data["y"])

    def predict(self, data):
        if self.classes is None:
            return self.model.predict(self.table(data))
        return in_all_classes(self.model.predict_proba(self.table(data)), self.model.classes_, self.classes)


class FastAi:
    """The net of fast.ai as AutoGluon fits it, with the epoch that is best on the validation rows."""

    package = "autogluon.tabular"

    def table(self, data):
        import pandas

        numbers = pandas.DataFrame(data["numbers"]).add_prefix("n")
        codes = pandas.DataFrame(data["codes"].astype(np.int64)).add_prefix("c")
        # Levels are those of the training rows, as AutoGluon's own preparation sees to; others are missing.
        codes = pandas.DataFrame({c: pandas.Categorical(codes[c], levels) for c, levels in zip(codes, self.levels)})
        if data["words"] is not None:
            raise ValueError("the net is asked for tables without text only")
        return pandas.concat([numbers, codes], axis=1)

    def fit(self, data, valid, task, settings, threads, seed):
        import pandas
        from autogluon.tabular.models import NNFastAiTabularModel

        # The classes of the training rows stand for all: it numbers them from 0.
        self.seen, self.classes = np.unique(data["y"]), task["classes"]
        self.is_regression = task["kind"] == "regression"
        self.levels = [np.unique(column) for column in data["codes"].astype(np.int64).T]

        def target(part):
            y = part["y"] if self.is_regression else np.searchsorted(self.seen, part["y"])
            return pandas.Series(y)

        metric = "root_mean_squared_error" if self.is_regression else "log_loss"
        hyper = settings | {"ag.random_seed": seed} if settings else None
        self.model = NNFastAiTabularModel(
            path=tempfile.mkdtemp(), problem_type=task["kind"], eval_metric=metric, hyperparameters=hyper
        )
        x, x_valid = self.table(data), self.table(valid)
        self.model.fit(X=x, y=target(data), X_val=x_valid, y_val=target(valid), num_cpus=threads, num_gpus=0)

    def predict(self, data):
        made = self.model.predict_proba(self.table(data))
        if self.is_regression or self.classes == 2:
            return made
        return in_all_classes(made, self.seen, self.classes)


ESTIMATORS = {
    "linear": linear,
    "elastic-net": elastic_net,
    "poisson": poisson,
    "quantile": quantile,
    "random-forest": lambda: forest("RandomForest"),
    "extra-trees": lambda: forest("ExtraTrees"),
    "neighbours": neighbours,
    "gaussian-bayes": lambda: Scikit(lambda *_: scikit("naive_bayes", "GaussianNB")(), scaled=False),
    "multinomial-bayes": lambda: Scikit(lambda s, *_: scikit("naive_bayes", "MultinomialNB")(alpha=s["alpha"]), scaled=False),
    "support-vectors": support_vectors,
    "ebm": Ebm,
    "fastai": FastAi,
}


class Peer:
    """The requests."""

    def __init__(self, name):
        import importlib

        warnings.filterwarnings("ignore")
        self.make, self.data, self.model, self.kept = ESTIMATORS[name], {}, None, None
        self.warm = set()
        self.version = importlib.import_module(self.make().package).__version__

    def load(self, name, x, y, categorical, words=None):
        """Reads arrays into memory; later requests call them by `name`. `train` comes first."""
        x = np.load(x).astype(np.float64)
        is_code = np.isin(np.arange(x.shape[1]), categorical)
        self.data[name] = {"numbers": x[:, ~is_code], "codes": x[:, is_code], "words": None, "y": np.load(y)}
        if words is not None:
            self.data[name]["words"] = self.words(name, len(x), **words)
        return {}

    def words(self, name, rows, starts, indices, values, width):
        """Sparse features, without those that no training row has; dense if they are few."""
        from scipy import sparse

        parts = (np.load(values).astype(np.float64), np.load(indices), np.load(starts))
        made = sparse.csr_matrix(parts, shape=(rows, width))
        if name == "train":
            self.kept = np.unique(made.indices)
        made = made[:, self.kept]
        return made.toarray() if len(self.kept) <= DENSE_WIDTH_MAX else made

    def fit(self, data, task, settings, threads, seed, valid=None):
        self.model = None
        self.warm_up(task, settings, threads)
        data, valid = self.data[data], self.data.get(valid)
        fits = []
        for blas in getattr(self.make(), "threads", lambda data, threads: [threads])(data, threads):
            model = self.make()
            with products(blas):
                _, seconds = timed(lambda: model.fit(data, valid, task, settings, threads, seed))
            fits.append((seconds, model))
        seconds, self.model = min(fits, key=lambda fit: fit[0]["wall"])
        return seconds

    def warm_up(self, task, settings, threads):
        """A tiny fit, so that none pays for what is imported with the first of a kind."""
        if task["kind"] in self.warm:
            return
        self.warm.add(task["kind"])
        rows, nothing = 60, np.zeros((60, 0))
        y = np.arange(rows, dtype=np.float32) % max(task["classes"], 2)
        tiny = {"numbers": np.random.default_rng(0).random((rows, 2)), "codes": nothing, "words": None, "y": y}
        try:
            self.make().fit(tiny, tiny, task, settings, threads, 0)
        except Exception:
            pass

    def texts(self, file, classes, penalties, threads, out):
        """From texts to the probabilities of some: a path of logistic regressions, the best on the validation rows."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        with open(file) as lines:
            data = json.load(lines)
        texts, y = data["texts"], np.array(data["y"])
        train, valid, test = data["train"], data["valid"], data["test"]

        def work():
            words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
            words.fit([texts[i] for i in train + valid])
            x, x_valid, x_test = (words.transform([texts[i] for i in rows]) for rows in (train, valid, test))
            model, best = LogisticRegression(max_iter=1000, warm_start=True), (np.inf, None)
            for penalty in penalties:
                made = model.set_params(C=1 / penalty).fit(x, y[train])
                of_truth = in_all_classes(made.predict_proba(x_valid), made.classes_, classes)[np.arange(len(valid)), y[valid]]
                loss = -np.log(np.maximum(of_truth, 1e-15)).mean()
                if loss < best[0]:
                    best = loss, in_all_classes(made.predict_proba(x_test), made.classes_, classes)
            return best[1]

        reset_peak()
        with products(1):
            made, seconds = timed(work)
        made.astype(np.float64).tofile(out)
        return seconds | {"peak_bytes": status_bytes("VmHWM")}

    def predict(self, data, threads, out=None):
        """Predicts arrays; writes doubles, row after row, to the file `out`."""
        made, seconds = timed(lambda: self.model.predict(self.data[data]))
        if out is not None:
            np.ascontiguousarray(made, np.float64).tofile(out)
        return seconds


serve(Peer)
