"""One boosting library as a process that does one request per line: JSON in, JSON out.

    python gbdt.py NAME        NAME: lightgbm, xgboost, catboost or catboost-symmetric

`serving.py` has the protocol. Seconds are from arrays in memory to a model, with the library's own data set in between.

Settings come in the words of this project and are translated here, one class per library. `{"defaults": true}`
leaves everything to the library but trees and threads.
"""

import numpy as np

from serving import reset_peak, serve, status_bytes, timed


class LightGbm:
    def __init__(self):
        import lightgbm

        self.module = lightgbm

    def params(self, settings, task):
        objective = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[task["kind"]]
        params = {"objective": objective, "num_threads": settings["threads"], "verbosity": -1}
        if task["kind"] == "multiclass":
            params["num_class"] = task["classes"]
        if settings.get("defaults"):
            return params
        return params | {
            "num_leaves": settings["leaves"],
            "learning_rate": settings["learning_rate"],
            "max_bin": settings["max_bin"],
            "min_data_in_leaf": settings["min_data_in_leaf"],
            "min_sum_hessian_in_leaf": settings["min_sum_hessian"],
            "lambda_l2": settings["lambda_l2"],
            "cat_l2": settings["cat_l2"],
            "cat_smooth": settings["cat_smooth"],
            # The library counts the bin of what is missing as a level.
            "max_cat_to_onehot": settings["max_cat_to_onehot"] + 1,
            "min_data_per_group": settings["min_data_per_group"],
        }

    def dataset(self, data, params, reference=None):
        categorical = data["categorical"] or "auto"
        return self.module.Dataset(
            data["x"], data["y"], params=params, categorical_feature=categorical, reference=reference
        )

    def fit(self, settings, task, data, valid, patience):
        params = self.params(settings, task)
        train, callbacks, valids = self.dataset(data, params), [], []
        if valid is not None:
            callbacks = [self.module.early_stopping(patience, verbose=False)]
            valids = [self.dataset(valid, params, reference=train)]
        return self.module.train(params, train, settings["trees"], valid_sets=valids, callbacks=callbacks)

    def trees(self, model):
        return model.best_iteration if model.best_iteration > 0 else model.current_iteration()

    def predict(self, model, x, task, threads, categorical):
        return model.predict(x, num_threads=threads)

    def contributions(self, model, x, threads):
        return model.predict(x, num_threads=threads, pred_contrib=True)

    def cross_validate(self, settings, task, data, folds):
        params = self.params(settings, task)
        train = self.dataset(data, params)
        curves = self.module.cv(params, train, settings["trees"], folds=folds, metrics="binary_logloss")
        return curves["valid binary_logloss-mean"][-1]


class XgBoost:
    def __init__(self):
        import xgboost

        self.module = xgboost

    def params(self, settings, task):
        objective = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
        params = {"objective": objective[task["kind"]], "nthread": settings["threads"], "tree_method": "hist", "verbosity": 0}
        if task["kind"] == "multiclass":
            params["num_class"] = task["classes"]
        if settings.get("defaults"):
            return params
        return params | {
            "grow_policy": "lossguide",
            "max_leaves": settings["leaves"],
            "max_depth": 0,
            "learning_rate": settings["learning_rate"],
            "max_bin": settings["max_bin"],
            # The library's default. It has no smallest number of rows, and with less it would grow leaves of one row.
            "min_child_weight": 1,
            "reg_lambda": settings["lambda_l2"],
        }

    def fit(self, settings, task, data, valid, patience):
        if valid is not None or data["categorical"]:
            raise ValueError("xgboost is asked for fits of numbers without validation rows only")
        params = self.params(settings, task)
        threads, max_bin = settings["threads"], params.get("max_bin", 256)
        train = self.module.QuantileDMatrix(data["x"], data["y"], max_bin=max_bin, nthread=threads)
        return self.module.train(params, train, settings["trees"])

    def trees(self, model):
        return model.num_boosted_rounds()

    def predict(self, model, x, task, threads, categorical):
        model.set_param({"nthread": threads})
        return model.inplace_predict(x)

    def cross_validate(self, settings, task, data, folds):
        params = self.params(settings, task)
        # Rows of a quantile matrix cannot be chosen, those of a plain one can.
        train = self.module.DMatrix(data["x"], data["y"], nthread=params["nthread"])
        curves = self.module.cv(
            params, train, settings["trees"], folds=folds, metrics=["logloss"], as_pandas=False, verbose_eval=False
        )
        return curves["test-logloss-mean"][-1]


class CatBoost:
    """`Lossguide` grows trees leaf by leaf like the others, `symmetric` as the library does by itself."""

    def __init__(self, symmetric):
        import catboost

        self.module, self.symmetric = catboost, symmetric

    def params(self, settings, task):
        loss = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}[task["kind"]]
        params = {
            "loss_function": loss,
            "iterations": settings["trees"],
            "thread_count": settings["threads"],
            "random_seed": settings["seed"],
            "allow_writing_files": False,
            "logging_level": "Silent",
        }
        if task["kind"] == "multiclass":
            params["classes_count"] = task["classes"]
        if settings.get("defaults"):
            return params
        params |= {"learning_rate": settings["learning_rate"], "border_count": settings["max_bin"] - 1}
        if self.symmetric:
            return params
        return params | {
            "grow_policy": "Lossguide",
            "max_leaves": settings["leaves"],
            "depth": 16,
            "min_data_in_leaf": settings["min_data_in_leaf"],
            "l2_leaf_reg": settings["lambda_l2"],
            "bootstrap_type": "No",
            "random_strength": 0,
            "leaf_estimation_method": "Newton",
            "leaf_estimation_iterations": 1,
        }

    def pool(self, x, y, categorical, threads):
        if categorical:
            x = with_integers(x, categorical)
        return self.module.Pool(x, y, cat_features=categorical or None, thread_count=threads)

    def fit(self, settings, task, data, valid, patience):
        threads, more = settings["threads"], {}
        if valid is not None:
            more["eval_set"] = self.pool(valid["x"], valid["y"], valid["categorical"], threads)
            more["early_stopping_rounds"] = patience
        model = self.module.CatBoost(self.params(settings, task))
        return model.fit(self.pool(data["x"], data["y"], data["categorical"], threads), **more)

    def trees(self, model):
        return model.tree_count_

    def predict(self, model, x, task, threads, categorical):
        kind = "RawFormulaVal" if task["kind"] == "regression" else "Probability"
        data = self.pool(x, None, categorical, threads) if categorical else x
        made = model.predict(data, prediction_type=kind, thread_count=threads)
        return made[:, 1] if task["kind"] == "binary" else made


def with_integers(x, categorical):
    """The array as a table in which categories are integers, which CatBoost insists on."""
    import pandas

    table = pandas.DataFrame(x, copy=False)
    return table.astype({j: np.int64 for j in categorical})


LIBRARIES = {
    "lightgbm": LightGbm,
    "xgboost": XgBoost,
    "catboost": lambda: CatBoost(symmetric=False),
    "catboost-symmetric": lambda: CatBoost(symmetric=True),
}


class Peer:
    """The requests."""

    def __init__(self, name):
        self.side, self.arrays, self.model, self.task = LIBRARIES[name](), {}, None, None
        self.version = self.side.module.__version__

    def load(self, name, x, y=None, categorical=()):
        """Reads arrays into memory; later requests call them by `name`."""
        labels = None if y is None else np.load(y)
        self.arrays[name] = {"x": np.load(x), "y": labels, "categorical": list(categorical)}
        return {}

    def fit(self, data, task, settings, valid=None, patience=None):
        data, valid, self.task = self.arrays[data], self.arrays.get(valid), task
        self.model = None
        self.model, seconds = timed(lambda: self.side.fit(settings, task, data, valid, patience))
        return seconds | {"trees": self.side.trees(self.model)}

    def predict(self, data, threads, out=None):
        """Predicts an array; writes doubles, row after row, to the file `out`."""
        data = self.arrays[data]
        made, seconds = timed(lambda: self.side.predict(self.model, data["x"], self.task, threads, data["categorical"]))
        if out is not None:
            np.ascontiguousarray(made, np.float64).tofile(out)
        return seconds

    def contributions(self, data, rows, threads):
        """What each column added to the scores of the first rows; LightGBM alone is asked."""
        x = self.arrays[data]["x"][:rows]
        _, seconds = timed(lambda: self.side.contributions(self.model, x, threads))
        return seconds

    def single_rows(self, data, rows):
        """Microseconds of predicting each of the first rows alone, on one thread."""
        data, micros = self.arrays[data], []
        for i in range(rows):
            row = data["x"][i : i + 1]
            _, seconds = timed(lambda: self.side.predict(self.model, row, self.task, 1, data["categorical"]))
            micros.append(seconds["wall"] * 1e6)
        return {"micros": micros}

    def cross_validate(self, data, task, settings, fold_of_row):
        """Fits one configuration without each of the folds in turn; `loss` is the mean over them after all trees."""
        data, fold_of_row = self.arrays[data], np.load(fold_of_row)
        numbers = range(int(fold_of_row.max()) + 1)
        folds = [(np.flatnonzero(fold_of_row != k), np.flatnonzero(fold_of_row == k)) for k in numbers]
        loss, seconds = timed(lambda: self.side.cross_validate(settings, task, data, folds))
        return seconds | {"loss": loss}

    def memory(self, data, task, settings):
        """The peak of resident memory during a fit, above what was there before it."""
        reset_peak()
        before = status_bytes("VmRSS")
        self.fit(data, task, settings)
        return {"bytes": status_bytes("VmHWM") - before}


serve(Peer)
