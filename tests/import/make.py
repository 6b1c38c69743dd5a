"""Writes small models with LightGBM 4.7, the rows they were asked about, and what they answered.

NAME.txt is a model, TABLE.csv rows, and answers.json says which table each model was asked about and its
predictions. Numbers in the tables are such that 32 bits hold them.

Run it with a Python that has lightgbm, numpy and pandas: python3 make.py
"""

import json
import pathlib

import lightgbm as lgb
import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
ROWS, KEPT = 400, 60

answers = {}


def write(name, booster, table_name, table):
    """Keeps a model with its answers for the first rows of a table."""
    text = booster.model_to_string()
    # What the model was trained with takes most of the text, and is not needed to predict.
    before, rest = text.split("\nfeature_importances:", 1)
    after = rest.split("end of parameters\n", 1)[1]
    (HERE / f"{name}.txt").write_text(before + "\n" + after)
    table = table.iloc[:KEPT]
    table.to_csv(HERE / f"{table_name}.csv", index=False)
    answers[name] = {"table": table_name, "predictions": np.asarray(booster.predict(table)).tolist()}


def train(table, target, trees=4, categories="auto", **params):
    params = dict(num_leaves=7, min_data_in_leaf=5, learning_rate=0.3, verbose=-1, num_threads=1, seed=1) | params
    return lgb.train(params, lgb.Dataset(table, target, categorical_feature=categories), trees)


def numbers(rng, missing=0.0):
    """Three columns of numbers, one of them with missing cells."""
    table = pd.DataFrame({name: rng.normal(size=ROWS).astype("float32").astype("float64") for name in ["a", "b", "c"]})
    table.loc[rng.random(ROWS) < missing, "b"] = np.nan
    return table


def score(table):
    return table["a"] + np.nan_to_num(table["b"], nan=1.5) * np.sign(table["c"])


def plain():
    rng = np.random.default_rng(1)
    table = numbers(rng)
    y = score(table) + rng.normal(size=ROWS) * 0.3
    three = np.digitize(y, [-0.5, 0.5])
    write("binary", train(table, y > 0, objective="binary", sigmoid=0.7), "numbers", table)
    write("multiclass", train(table, three, trees=2, objective="multiclass", num_class=3), "numbers", table)
    write("multiclass_of_two", train(table, y > 0, trees=2, objective="multiclass", num_class=2), "numbers", table)
    write("one_against_all", train(table, three, trees=2, objective="multiclassova", num_class=3, sigmoid=2.0), "numbers", table)
    write("cross_entropy", train(table, 1 / (1 + np.exp(-y)), objective="cross_entropy"), "numbers", table)
    write("poisson", train(table, rng.poisson(np.exp(y.clip(-2, 2))), objective="poisson"), "numbers", table)
    write("square_root", train(table, y**3, objective="regression", reg_sqrt=True), "numbers", table)
    forest = dict(boosting="rf", bagging_fraction=0.6, bagging_freq=1, feature_fraction=0.8)
    write("forest", train(table, y > 0, objective="binary", **forest), "numbers", table)
    write("forest_of_three", train(table, three, trees=2, objective="multiclass", num_class=3, **forest), "numbers", table)
    write("constant", train(table, np.full(ROWS, 2.5), objective="regression"), "numbers", table)


def missing():
    rng = np.random.default_rng(2)
    table = numbers(rng, missing=0.2)
    y = score(table) + 2.0 * table["b"].isna()
    write("missing", train(table, y, objective="regression"), "missing", table)
    # Trained without missing cells, asked about some: they count as zero.
    whole = table.fillna(0.0)
    write("missing_later", train(whole, score(whole), objective="regression_l1"), "missing", table)
    # Zeros and missing cells are the same, and both go where they fit better.
    sparse = table.copy()
    sparse[rng.random((ROWS, 3)) < 0.3] = 0.0
    y = score(sparse) + 2.0 * ((sparse["b"] == 0) | sparse["b"].isna())
    write("zero_as_missing", train(sparse, y, objective="huber", zero_as_missing=True), "zeros", sparse)


def categories():
    rng = np.random.default_rng(3)
    few = ROWS // 4
    codes = rng.integers(0, 300, ROWS)
    effect = rng.normal(size=300)
    table = pd.DataFrame({"code": codes.astype("float64"), "a": numbers(rng)["a"]})
    y = effect[codes] + 0.1 * table["a"]
    cat = dict(min_data_per_group=3, cat_smooth=1.0, cat_l2=1.0, max_cat_to_onehot=2, max_cat_threshold=200)
    booster = train(table, y, categories=["code"], objective="quantile", alpha=0.6, **cat)
    # Codes that no tree has seen, negative ones, fractions and missing cells.
    asked = table.copy()
    asked.loc[:7, "code"] = [np.nan, -1.0, -0.5, 299.9, 1e4, 1e6, 31.0, 32.0]
    write("codes", booster, "codes", asked)

    names = np.array(["red", "green", "blue", "Very Dark", "7"])
    table = pd.DataFrame(
        {
            "a": numbers(rng)["a"],
            "colour": pd.Categorical(rng.choice(names, ROWS), categories=names),
            "size": pd.Categorical(rng.integers(1, 6, ROWS) * 10),
            "open": pd.Categorical(rng.random(ROWS) < 0.5),
        }
    )
    y = table["a"] * (table["colour"] == "blue") + (table["size"] == 30) * 1.0 + (table["open"] == True)  # noqa: E712
    booster = train(table, y > 0.5, objective="binary", **cat)
    asked = table.copy()
    asked.loc[:few:7, ["colour", "size"]] = np.nan
    write("names", booster, "names", asked)


def large():
    rng = np.random.default_rng(4)
    second = 1_700_000_000 + rng.integers(0, 100_000, ROWS)
    table = pd.DataFrame({"second": second.astype("float64"), "unused": 1.0, "with space": rng.integers(0, 9, ROWS) / 8.0})
    y = (second % 2 == 0) * 0.1 + (second > 1_700_030_000) + table["with space"]
    asked = table.rename(columns={"with space": "with_space"})
    write("seconds", train(table, y, objective="regression", max_bin=400), "seconds", asked)


plain()
missing()
categories()
large()
lines = [f"  {json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
(HERE / "answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
