#!/usr/bin/env bash
# Builds the command, fits a bundled table and predicts it: the whole path in one go.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -p automl-cli
automl=${CARGO_TARGET_DIR:-target}/release/automl
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$automl" datasets write breast_cancer --out "$folder/cancer.csv"
"$automl" fit "$folder/cancer.csv" --target diagnosis --time-budget 10s --out "$folder/run"
"$automl" predict "$folder/run" "$folder/cancer.csv" --proba --out "$folder/predictions.csv"
head -n 4 "$folder/predictions.csv"
